"""Rules about the table as a whole: its columns, and how it compares with another."""

# ruff: noqa: A002  (arguments are named as users write them)
from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.sql import parse_expression, parse_select
from data_framework.modules.utils.data_types import DataType, parse_type
from data_framework.modules.utils.mask import mask_value
from data_framework.modules.utils.names import quote_identifier as quoted
from data_framework.modules.validation.rules.aggregate_rules import LIMITS
from data_framework.modules.validation.rules.model import (
    Answers,
    Argument,
    Examples,
    Field,
    Finding,
    Place,
    Query,
    RuleError,
    rule,
)
from data_framework.modules.validation.rules.said import asked
from data_framework.modules.validation.verdicts import exact

_TABLE = Argument("table", "table", "the other table, `database.table` or in the same database `table`", required=True)
_TOLERANCE = Argument("tolerance", "number", "how far numbers may lie apart", default=0)
_STOCK = {"sku": "string", "n": "int"}
_OTHER = {"stock": [{"sku": "a", "n": "1"}, {"sku": "b", "n": "2"}]}
_SAME = [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]


@rule(
    "columns", dimension="consistency", fields=(0, 0), needs=("place",),
    arguments=[
        Argument("columns", "names", "the columns it must have", required=True),
        Argument("ordered", "flag", "whether they must stand in this order", default=False),
        Argument("exact", "flag", "whether it may have no others", default=False),
        Argument("position", "count", "where the first of them must stand, 1 is the first column"),
    ],
    examples=Examples(_STOCK, _SAME, [{"n": 1}], arguments={"columns": ["sku"]}, fail_types={"n": "int"}),
)  # fmt: skip
def has_columns(
    fields: Sequence[Field], place: Place, columns: Sequence[str], ordered: bool = False, exact: bool = False,
    position: int | None = None,
) -> Finding:  # fmt: skip
    """The table has these columns; names are compared without case; technical columns do not count."""
    there, wanted = [name.lower() for name in place.columns], [name.lower() for name in columns]
    problems = [f"{name} is missing" for name in wanted if name not in there]
    problems += [f"{name} is not expected" for name in there if exact and name not in wanted]
    kept = [name for name in there if name in wanted]
    if ordered and not problems and kept != list(dict.fromkeys(wanted)):
        problems.append(f"they stand as {', '.join(kept)}")
    if position is not None and wanted[0] in there and there.index(wanted[0]) + 1 != position:
        problems.append(f"{wanted[0]} stands at {there.index(wanted[0]) + 1}, not {position}")
    return Finding(list(place.columns), not problems, "; ".join(problems))


@rule(
    "columns", dimension="consistency", fields=(0, 0), needs=("place",),
    arguments=[Argument("contract", "contract", "a table with a contract, or columns and types; default: its own")],
    examples=Examples(_STOCK, _SAME, [{"sku": "a"}], arguments={"contract": {"sku": "string", "n": "int"}},
                      fail_types={"sku": "string", "n": "bigint"}),
)  # fmt: skip
def schema_matches(
    fields: Sequence[Field], place: Place, contract: str | Mapping[str, str] | None = None
) -> Finding:  # fmt: skip
    """The table has the columns of a contract in their types, and no others."""
    promised = place.contract(contract or "") if not isinstance(contract, Mapping) else contract
    if promised is None:
        raise RuleError(f"there is no contract {contract!r}" if contract else "the table has no contract")
    there = {name.lower(): str(kind) for name, kind in place.columns.items()}
    wanted = {name.lower(): str(parse_type(kind)) for name, kind in promised.items()}
    problems = [f"{name} is missing" for name in wanted if name not in there]
    problems += [f"{name} is not expected" for name in there if name not in wanted]
    problems += [
        f"{name} is {there[name]}, not {kind}" for name, kind in wanted.items() if there.get(name, kind) != kind
    ]
    return Finding(", ".join(f"{name} {kind}" for name, kind in there.items()), not problems, "; ".join(problems))


@rule(
    "columns", dimension="validity", fields=(1, 1), needs=("place",),
    arguments=[Argument("types", "types", "the types that are right, as contracts write them", required=True)],
    examples=Examples({"x": "int"}, [{"x": 1}], [{"x": 1}], ("x",), {"types": ["int", "bigint"]},
                      fail_types={"x": "decimal(5,2)"}),
)  # fmt: skip
def type_is(fields: Sequence[Field], place: Place, types: Sequence[DataType]) -> Finding:
    """The column's type is one of a list: the contract's, or of text without one the type all its cells fit."""
    kind = place.columns.get(fields[0].name)
    valid = any(
        kind == wanted or (kind and kind.kind == wanted.kind == "decimal" and not wanted.precision) for wanted in types
    )
    return Finding(str(kind), valid, "" if valid else f"it is {kind}")


@rule(
    "query", dimension="consistency", fields=(0, 0), arguments=[_TABLE],
    examples=Examples(_STOCK, _SAME, [{"sku": "a", "n": 1}], arguments={"table": "stock"}, tables=_OTHER),
)  # fmt: skip
def row_count_equals(fields: Sequence[Field], table: str) -> Query:
    """The table has as many rows as another one."""
    select = asked("select 'here' as identifier, count(*) as result from data union all "
                   "select 'there' as identifier, count(*) as result from other")  # fmt: skip
    return Query(select, lambda rows: _same_value(rows, table, Decimal(0)), {"other": table})


@rule(
    "query", dimension="accuracy", fields=(0, 0),
    arguments=[
        _TABLE, Argument("aggregate", "text", "an aggregate of the SQL dialect, `sum(amount)`", required=True),
        _TOLERANCE,
    ],
    examples=Examples(_STOCK, _SAME, [{"sku": "a", "n": 9}], tables=_OTHER,
                      arguments={"table": "stock", "aggregate": "sum(cast(n as int))"}),
)  # fmt: skip
def aggregate_equals(fields: Sequence[Field], table: str, aggregate: str, tolerance: Decimal = Decimal(0)) -> Query:
    """An aggregate of the table is that of another one, give or take a tolerance; null equals null only."""
    value = parse_expression(aggregate)
    if value.find(exp.Subquery, exp.Select):
        raise RuleError("aggregate must be one expression without a query")
    select = asked("select 'here' as identifier, value as result from data union all "
                   "select 'there' as identifier, value as result from other", value=value)  # fmt: skip
    return Query(select, lambda rows: _same_value(rows, table, tolerance), {"other": table})


@rule(
    "query", dimension="consistency", fields=(0, None), needs=("place",),
    arguments=[
        _TABLE, Argument("keys", "names", "what identifies a row in both; default: the primary key"), _TOLERANCE
    ],
    examples=Examples({"sku": "string", "n": "string"}, [{"sku": "a", "n": "1"}, {"sku": "b", "n": "2"}],
                      [{"sku": "a", "n": "1"}, {"sku": "b", "n": "3"}, {"sku": "c", "n": "4"}],
                      arguments={"table": "stock", "keys": ["sku"]}, tables=_OTHER),
)  # fmt: skip
def matches_table(
    fields: Sequence[Field],
    place: Place,
    table: str,
    keys: Sequence[str] | None = None,
    tolerance: Decimal = Decimal(0),
) -> Query:
    """Row by row by its key, the table holds what another one does: rows missing, extra or different are shown.

    Compared are the control's fields, else all columns both have; null equals null; `tolerance` is for numbers.
    """
    by = [name.lower() for name in (keys or place.keys)]
    if not by:
        raise RuleError("matches_table needs keys: the table has no primary key")
    own = {name.lower(): name for name in place.columns}
    for name in by:
        if own and name not in own:
            raise RuleError(f"keys: the table has no column {name!r}")
    there = {name.lower() for name in place.columns_of(table)}
    compared = [field.name for field in fields] or [name for low, name in own.items() if low in there and low not in by]
    select = parse_select(_comparison(by, compared, place.columns, tolerance))
    return Query(select, lambda rows: _compared(dict(rows)), {"other": table})


@rule(
    "query", dimension="accuracy", fields=(0, None),
    arguments=[
        Argument("sql", "query", "a query of one value over `{data}` and tables by name", required=True), *LIMITS
    ],
    examples=Examples({"x": "int"}, [{"x": 1}, {"x": 3}], [{"x": 1}, {"x": 9}],
                      arguments={"sql": "select max(x) - min(x) from {data}", "max": 5}),
)  # fmt: skip
def custom_metric(fields: Sequence[Field], sql: exp.Expression, min: Any = None, max: Any = None) -> Query:
    """A value of one's own, observed by a query, lies between `min` and `max` (else the threshold judges it)."""
    return Query(sql, lambda rows: Finding(rows[0][1] if rows else None), {}, min, max)


def _same_value(rows: Answers, table: str, tolerance: Decimal) -> Finding:
    found = dict(rows)
    here, there = found.get("here"), found.get("there")
    one, other = exact(here), exact(there)
    near = one is not None and other is not None and abs(one - other) <= Fraction(abs(tolerance))
    valid = near or here == there
    return Finding(here, valid, "" if valid else f"{here} here, {there} in {table}")


def _comparison(keys: Sequence[str], columns: Sequence[str], types: Mapping[str, DataType], tolerance: Decimal) -> str:
    differ = [_difference(name, types.get(name), tolerance) for name in columns]
    names = ", ".join(
        f"case when {one} then '{name.replace(chr(39), chr(39) * 2)}' end"
        for name, one in zip(columns, differ, strict=True)
    )
    different = " or ".join(differ) or "false"
    shown = ", ".join(
        f"coalesce(cast(here.{quoted(name)} as string), cast(there.{quoted(name)} as string))" for name in keys
    )
    on = " and ".join(f"here.{quoted(name)} = there.{quoted(name)}" for name in keys)
    return f"""
        with compared as (
            select case when there.df_there is null then 'extra' when here.df_there is null then 'missing'
                        when {different} then 'different' else 'same' end as kind,
                   concat_ws(' ', {shown}) as label, concat_ws(', ', {names or "''"}, '') as places
            from (select *, 1 as df_there from data) as here
            full outer join (select *, 1 as df_there from other) as there on {on}),
        ranked as (
            select kind, label, places, row_number() over (partition by kind order by label) as place from compared
            where kind <> 'same')
        select kind as identifier, cast(count(*) as string) as result from compared group by kind
        union all
        select concat('example ', kind, ' ', cast(place as string)) as identifier, concat(label, '|', places) as result
        from ranked where place <= 5
    """


def _difference(name: str, kind: DataType | None, tolerance: Decimal) -> str:
    here, there = f"here.{quoted(name)}", f"there.{quoted(name)}"
    if kind is not None and kind.is_number and tolerance:
        near = f"abs({here} - {there}) <= {abs(tolerance):f}"
        return f"not (coalesce({near}, false) or ({here} is null and {there} is null))"
    return f"not ({here} <=> {there})"


def _compared(found: Mapping[str, Any]) -> Finding:
    kinds = ("missing", "extra", "different")
    counts = {kind: int(found.get(kind, 0)) for kind in (*kinds, "same")}
    parts = []
    for kind in kinds:
        if counts[kind]:
            samples = [_sample(text) for name, text in sorted(found.items()) if name.startswith(f"example {kind} ")]
            parts.append(f"{counts[kind]} {kind}, for example {', '.join(dict.fromkeys(samples))}")
    invalid = sum(counts[kind] for kind in kinds)
    return Finding(None, None, "; ".join(parts), invalid + counts["same"], invalid)


def _sample(text: str) -> str:
    label, _, places = text.rpartition("|")
    where = places.strip(", ")
    return f"{mask_value(label)} ({where})" if where else mask_value(label)
