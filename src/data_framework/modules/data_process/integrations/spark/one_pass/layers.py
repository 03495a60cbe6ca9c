"""The one pass as layers of SQL expressions: text → typed cells → cast bits → check bits.

Each layer names what the next one uses, so that Spark computes it once. The columns of the source stay beside them for
the rows that are set aside: what nobody asks for, Spark does not compute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from data_framework.modules.data_process.integrations.spark.sql import casts
from data_framework.modules.data_process.integrations.spark.sql.casts import stored_type
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.layout import Fault, Layout
from data_framework.modules.data_process.plan.model import PlanColumn, RowCheck, TablePlan
from data_framework.modules.utils.data_types import parse_type

SOURCE = "_df_s:"
LINE = "_df_line"
Layer = list[str]


def one_pass(plan: TablePlan, layout: Layout, columns: Sequence[str], deliveries: Deliveries) -> list[Layer]:
    """The layers over a source with these columns."""
    kept = [f"{quoted(name)} AS {quoted(SOURCE + name)}" for name in columns]
    texts = [
        f"{_text(column, deliveries)} AS {_text_name(position)}"
        for position, column in enumerate(layout.columns)
        if column.text is not None
    ]
    values = [
        f"{_value(column, position, plan, layout, deliveries)} AS {quoted(column.name)}"
        for position, column in enumerate(layout.columns)
    ]
    layers = [[hidden.FILE, hidden.RECORD, LINE, *kept, *texts], ["*", *values]]
    if masks := _fault_masks(layout):
        layers.append(["*", *masks])
    if masks := [_check_mask(layout, column, deliveries) for column in layout.check_columns]:
        layers.append(["*", *masks])
    return layers


def nested(layers: Sequence[Layer], source: str) -> str:
    """Layers as one SELECT over a source by name, to be shown."""
    text = source
    for number, layer in enumerate(layers):
        text = f"SELECT {', '.join(layer)} FROM {f'({text})' if number else text}"
    return text


def check_sql(check: RowCheck, deliveries: Deliveries) -> tuple[str, str]:
    """A row check as (valid, judged) in SQL."""
    return render(check.valid, deliveries), render(check.judged, deliveries) if check.judged is not None else "true"


def by_file(values: Sequence[str], place: str, kind: str = "string") -> str:
    """SQL of the value a file has, by its number; empty ones are null."""
    items = [literal(value) if value else "NULL" for value in values]
    if len(set(items)) < 2:
        return f"CAST({items[0] if items else 'NULL'} AS {kind})"
    return f"CAST(array({', '.join(items)})[{place}] AS {kind})"


# text and values ----------------------------------------------------------------------------------------------------
def _text_name(position: int) -> str:
    return f"_df_t{position}"


def _text(column: PlanColumn, deliveries: Deliveries) -> str:
    assert column.text is not None
    text = render(column.text, deliveries)
    if not column.null_values:
        return text
    words = ", ".join(literal(word) for word in column.null_values)
    bare = casts.trim(text) if column.cast != "none" else f"CAST({text} AS string)"
    return f"CASE WHEN {bare} IN ({words}) THEN NULL ELSE {text} END"


def _value(column: PlanColumn, position: int, plan: TablePlan, layout: Layout, deliveries: Deliveries) -> str:
    kind = stored_type(next(parse_type(one.type) for one in layout.schema.columns if one.name == column.name))
    default = f"CAST({literal(_default(column.default))} AS {kind})" if column.default is not None else ""
    if column.text is None:
        if column.name in {plan.partition_field, hidden.DATA_DATE}:
            return _delivered_date(plan, deliveries, kind)
        return default or f"CAST(NULL AS {kind})"
    text = _text_name(position)
    if column.cast == "none":
        value = f"CAST({text} AS {kind})"
    else:
        value = f"CAST({casts.exact_cast(text, column.type, column.formats, deliveries.zone)} AS {kind})"
    return f"CASE WHEN {_blank(column, text)} THEN {default} ELSE {value} END" if default else value


def _default(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _delivered_date(plan: TablePlan, deliveries: Deliveries, kind: str) -> str:
    dates = deliveries.dates if any(deliveries.dates) else [plan.data_date]
    return by_file(dates, hidden.FILE, kind)


def _blank(column: PlanColumn, text: str) -> str:
    """Whether a cell holds no value at all."""
    if column.cast == "none" or column.type.kind in {"string", "binary"}:
        return f"{text} IS NULL"
    nothing = "IN ('', 'null')" if column.type.is_nested else "= ''"
    return f"({text} IS NULL OR {casts.trim(text)} {nothing})"


# bits ---------------------------------------------------------------------------------------------------------------
def _fault_masks(layout: Layout) -> list[str]:
    places = {column.name: (position, column) for position, column in enumerate(layout.columns)}
    bits: dict[str, list[str]] = {name: [] for name in layout.cast_columns}
    for fault in layout.faults:
        broken, bit = _broken(fault, places), 1 << (fault.position % hidden.BITS)
        bits[f"{hidden.CASTS}{fault.position // hidden.BITS}"].append(f"CASE WHEN {broken} THEN {bit}L ELSE 0L END")
    return [f"{' + '.join(parts)} AS {name}" for name, parts in bits.items()]


def _broken(fault: Fault, places: Mapping[str, tuple[int, PlanColumn]]) -> str:
    if fault.kind == "extra":
        return f"{quoted(SOURCE + fault.column)} IS NOT NULL"
    position, column = places[fault.column]
    name, text = quoted(column.name), _text_name(position)
    if fault.kind == "cast":
        return f"{name} IS NULL AND NOT {_blank(column, text)}"
    if column.text is not None and column.cast != "none" and column.type.kind not in {"string", "binary"}:
        return f"{name} IS NULL AND {_blank(column, text)}"
    return f"{name} IS NULL"


def _check_mask(layout: Layout, column: str, deliveries: Deliveries) -> str:
    bits = []
    for number, check in enumerate(layout.checks):
        place, bit = layout.invalid_bit(number)
        if place != column:
            continue
        valid, judged = check_sql(check, deliveries)
        judged = " AND ".join([f"({judged})", *_uncast(layout, check)])
        bits.append(f"CASE WHEN ({judged}) IS NOT TRUE THEN {bit << 1}L WHEN ({valid}) THEN 0L ELSE {bit}L END")
    return f"{' + '.join(bits)} AS {column}"


def _uncast(layout: Layout, check: RowCheck) -> list[str]:
    """Conditions that the check's cells did cast."""
    return [
        f"({hidden.CASTS}{fault.position // hidden.BITS} & {1 << (fault.position % hidden.BITS)}L) = 0"
        for fault in layout.faults
        if fault.kind == "cast" and fault.column in check.fields
    ]
