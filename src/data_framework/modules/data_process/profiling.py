"""What the columns of a file have in common: types, nulls, values, ranges, lengths, keys, dependencies.

One aggregation over one scan, in bounded memory: distinct values are estimated and only the most common are held. What
it answers are candidates; whoever acts on them judges them on all rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.local_text import Hints, text_parquet
from data_framework.modules.exception import SampleReadError
from data_framework.modules.utils.names import normalise_names
from data_framework.modules.utils.names import quote_identifier as quoted

_MEMORY = "256MiB"
_COMMON = 48
_SAMPLE = 20_000
_GROUPS = 1_000  # a column of more values decides nothing worth a control
_DECIDERS = 8
_KEY_COLUMNS = 6
_INTEGER = r"[+-]?(0|[1-9][0-9]{0,17})"
_DECIMAL = r"[+-]?(0|[1-9][0-9]{0,24})(\.[0-9]{1,12})?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = _DATE + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_FACTS = {
    "filled": "count({t})",
    "integers": "count_if(regexp_full_match({t}, '" + _INTEGER + "'))",
    "decimals": "count_if(regexp_full_match({t}, '" + _DECIMAL + "'))",
    "dates": "count_if(regexp_full_match({t}, '" + _DATE + "') AND try_cast({t} AS DATE) IS NOT NULL)",
    "times": "count_if(regexp_full_match({t}, '" + _TIME + "') AND try_cast({t} AS TIMESTAMP) IS NOT NULL)",
    "booleans": "count_if(lower({t}) IN ('true', 'false'))",
    "trimmed": "count_if({t} = {v})",
    "distinct": "approx_count_distinct({t})",
    "lowest": "min(try_cast({t} AS DECIMAL(38, 12)))",
    "highest": "max(try_cast({t} AS DECIMAL(38, 12)))",
    "first": "min({t})",
    "last": "max({t})",
    "shortest": "min(length({t}))",
    "longest": "max(length({t}))",
    "common": "approx_top_k({t}, " + str(_COMMON) + ")",
}


@dataclass(frozen=True)
class ColumnProfile:
    """One column.

    Attributes:
        name: Its normalised name.
        filled: Cells with a value; `rows` of the profile less these are null or empty.
        kind: string, integer, decimal, date, timestamp or boolean: what all its cells are.
        distinct: About how many values there are.
        lowest, highest: Of numbers, else None.
        first, last: The least and greatest text.
        shortest, longest: Lengths of the texts.
        trimmed: Whether no text has blanks around it.
        common: The most common values, as text.
    """

    name: str
    filled: int
    kind: str
    distinct: int
    lowest: Any
    highest: Any
    first: str
    last: str
    shortest: int
    longest: int
    trimmed: bool
    common: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """A file.

    Attributes:
        keys: Columns, else pairs of columns, that may be keys, the likeliest first.
        dependencies: (column, what it decides) as far as a sample shows.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    keys: tuple[tuple[str, ...], ...]
    dependencies: tuple[tuple[str, str], ...]


def profile_file(path: Path, limits: FileLimits | None = None, hints: Hints | None = None) -> Profile:
    """Profile a file of any format `tables infer` reads.

    Raises:
        NotInThisVersionError: It is a file of another kind.
        FileContentError: It is not what its name says.
        SampleReadError: It cannot be read.
    """
    with _text(path, limits or FileLimits(), hints or Hints()) as (connection, names):
        facts = ", ".join(
            fact.replace("{t}", f"nullif(trim({quoted(name)}), '')").replace("{v}", quoted(name))
            for name in names for fact in _FACTS.values()
        )  # fmt: skip
        rows, *found = connection.execute(f"SELECT count(*){', ' * bool(facts)}{facts} FROM rows").fetchone()
        width = len(_FACTS)
        columns = tuple(
            _column(new, dict(zip(_FACTS, found[width * place : width * (place + 1)], strict=True)))
            for place, new in enumerate(names.values())
        )
        back = {new: name for name, new in names.items()}
        return Profile(rows, columns, _keys(rows, columns), _dependencies(connection, rows, columns, back))


@contextmanager
def _text(path: Path, limits: FileLimits, hints: Hints) -> Iterator[tuple[Any, Mapping[str, str]]]:
    """A database with the view `rows`, all text, and the columns' names: in the view → normalised."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="data-framework-profile-") as folder:
        source = path
        try:
            if path.suffix.lower() != ".parquet":
                source = Path(folder) / "text.parquet"
                text_parquet(path, source, limits, hints)
        except OSError as error:
            raise SampleReadError(path=str(path), reason=error.strerror or str(error)) from error
        settings: Any = {"memory_limit": _MEMORY, "temp_directory": folder}
        with duckdb.connect(config=settings) as connection:
            literal = "'" + str(source).replace("'", "''") + "'"
            try:
                connection.execute(
                    f"CREATE VIEW rows AS SELECT COLUMNS(*)::VARCHAR FROM "
                    f"read_parquet({literal}, hive_partitioning = false)"
                )
            except duckdb.Error as error:
                raise SampleReadError(path=str(path), reason=str(error).split("\n")[0]) from error
            names = [row[0] for row in connection.execute("DESCRIBE rows").fetchall()]
            yield connection, dict(zip(names, normalise_names(names), strict=True))


def _column(name: str, facts: Mapping[str, Any]) -> ColumnProfile:
    filled = facts["filled"]
    kinds = {"boolean": "booleans", "integer": "integers", "decimal": "decimals", "date": "dates", "timestamp": "times"}
    kind = next((kind for kind, count in kinds.items() if filled and facts[count] == filled), "string")
    numbers = kind in {"integer", "decimal"}
    return ColumnProfile(
        name, filled, kind, facts["distinct"], facts["lowest"] if numbers else None,
        facts["highest"] if numbers else None, facts["first"] or "", facts["last"] or "", facts["shortest"] or 0,
        facts["longest"] or 0, facts["trimmed"] == filled, tuple(facts["common"] or ()),
    )  # fmt: skip


def _keys(rows: int, columns: Sequence[ColumnProfile]) -> tuple[tuple[str, ...], ...]:
    full = [one for one in columns if one.filled == rows and one.kind not in {"decimal", "boolean"}]
    single = [(one.name,) for one in full if one.distinct >= rows * 0.9]
    pairs = [
        (one.name, other.name)
        for one, other in combinations(full[:_KEY_COLUMNS], 2)
        if one.distinct * other.distinct >= rows and not {(one.name,), (other.name,)} & {*single}
    ]
    return (*single, *pairs)


def _dependencies(
    connection: Any, rows: int, columns: Sequence[ColumnProfile], names: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Which columns of few values decide others, in the first rows of the file."""
    few = [one for one in columns if 1 < one.distinct <= min(_GROUPS, rows / 3) and one.filled][:_DECIDERS]
    pairs = [(a.name, b.name) for a, b in permutations(few, 2) if b.distinct < a.distinct]
    if not pairs:
        return ()
    counts = ", ".join(
        f"count(DISTINCT ({quoted(names[a])}, {quoted(names[b])})) FILTER ({quoted(names[a])} IS NOT NULL AND "
        f"{quoted(names[b])} IS NOT NULL) = count(DISTINCT {quoted(names[a])}) FILTER ({quoted(names[b])} IS NOT NULL)"
        for a, b in pairs
    )
    answer = connection.execute(f"SELECT {counts} FROM (SELECT * FROM rows LIMIT {_SAMPLE})").fetchone()
    return tuple(pair for pair, holds in zip(pairs, answer, strict=True) if holds)
