"""Values of invalid rows, to be shown: looked for only where there are any, and no longer than until five are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.utils.mask import HIDDEN

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned

_SHOWN = 5
_LOOKED_AT = 200


def samples_of(pinned: Pinned, failing: Mapping[int, int]) -> dict[int, tuple[str, ...]]:
    """Row check number → samples: from the first invalid rows of any check, then for those that had none among them."""
    places = {number: pinned.layout.invalid_bit(number) for number in failing}
    texts = {number: text for number in failing if (text := _text(pinned, number))}
    if not texts:
        return {}
    bits: dict[str, int] = {}
    for number in texts:
        column, bit = places[number]
        bits[column] = bits.get(column, 0) | bit
    # Spark puts what a column is made of in the place of each mention of it: here all rules of the table.
    wanted = " OR ".join(f"({column} & {bit}) <> 0" for column, bit in bits.items())
    cells = [f"CASE WHEN {places[number][0]} & {places[number][1]} <> 0 THEN {text} END AS s{number}"
             for number, text in texts.items()]  # fmt: skip
    rows = pinned.judged.where(wanted).selectExpr(*cells).take(_LOOKED_AT)
    found = {number: tuple(row[f"s{number}"] for row in rows if row[f"s{number}"] is not None)[:_SHOWN]
             for number in texts}  # fmt: skip
    for number, samples in found.items():
        if len(samples) < min(_SHOWN, failing[number]) and len(rows) == _LOOKED_AT:
            column, bit = places[number]
            more = pinned.judged.where(f"({column} & {bit}) <> 0").selectExpr(f"{texts[number]} AS s").take(_SHOWN)
            found[number] = tuple(row["s"] for row in more)
    return found


def sampled(rows: DataFrame, names: Sequence[str], private: Set[str]) -> tuple[str, ...]:
    """Up to five rows' values of some columns."""
    if not names:
        return ()
    return tuple(row[0] for row in rows.selectExpr(_joined(names, private)).take(_SHOWN))


def _text(pinned: Pinned, number: int) -> str:
    known = [name for name in pinned.layout.checks[number].fields if name in pinned.layout.names]
    return _joined(known, pinned.layout.private)


def _joined(names: Sequence[str], private: Set[str]) -> str:
    values = (literal(HIDDEN) if name in private else f"CAST({quoted(name)} AS string)" for name in names)
    return " || ', ' || ".join(f"coalesce({value}, 'null')" for value in values)
