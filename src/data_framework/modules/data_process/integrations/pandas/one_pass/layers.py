"""The one pass as layered SELECTs: text → typed cells → cast bits → check bits.

Each layer names what the next one uses, so that DuckDB computes it once. The layers after the source are the same for
raw text, queries and frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from data_framework.modules.data_process.integrations.pandas.field_ids import stored
from data_framework.modules.data_process.integrations.pandas.one_pass import rejected
from data_framework.modules.data_process.integrations.pandas.one_pass.once import computed_once
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.integrations.pandas.sql.dialect import render
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.layout import Fault, Layout
from data_framework.modules.data_process.plan.model import PlanColumn, RowCheck, TablePlan
from data_framework.modules.utils.names import quote_identifier as quoted


@dataclass(frozen=True)
class Opened:
    """A source as the layers read it.

    Attributes:
        select: A SELECT of `_df_file`, `_df_record` and the source's columns.
        columns: The source's columns.
        row: SQL of the row as it was delivered (JSON), over the source's columns.
        deliveries: Names and data dates by file number.
    """

    select: str
    columns: Sequence[str]
    row: str
    deliveries: Deliveries


def one_pass(plan: TablePlan, layout: Layout, source: Opened, reject: str = "df_reject") -> str:
    """The SELECT a staged file is copied from; rejected rows go to the function `reject` instead."""
    typed = _typed_layer(plan, layout, source)
    faulted = _fault_layer(plan, layout, typed)
    return _check_layer(layout, faulted, source, reject)


def every_row(plan: TablePlan, layout: Layout, source: Opened) -> str:
    """The SELECT of all rows with their bits, in the columns of `rejected.columns`: to look at, not to be kept."""
    faulted = _fault_layer(plan, layout, _typed_layer(plan, layout, source))
    names = ", ".join("NULL AS " + name if name == hidden.ROW else name for name, _ in rejected.columns(layout))
    return f"SELECT {names} FROM ({_judged(layout, faulted, source.deliveries)})"


def _text_name(position: int) -> str:
    return f"_df_t{position}"


def _typed_layer(plan: TablePlan, layout: Layout, source: Opened) -> str:
    """Text of each column, then its value; the source's columns stay for the rows set aside."""
    kept = [f"{quoted(name)} AS {quoted('_df_s:' + name)}" for name in source.columns]
    texts = [
        f"{_text(column, plan, source)} AS {_text_name(position)}"
        for position, column in enumerate(layout.columns)
        if column.text is not None
    ]
    inner = f"SELECT {', '.join([hidden.FILE, hidden.RECORD, *kept, *texts])} FROM ({source.select})"
    quick = [
        f"{found} AS {_quick_name(position)}"
        for position, column in enumerate(layout.columns)
        if (found := _quick(column, position))
    ]
    inner = f"SELECT *, {', '.join(quick)} FROM ({inner})" if quick else inner
    values = [
        f"{_value(column, position, plan, layout, source.deliveries)} AS {quoted(column.name)}"
        for position, column in enumerate(layout.columns)
    ]
    return f"SELECT *, {', '.join(values)} FROM ({inner})"


def _quick_name(position: int) -> str:
    return f"_df_q{position}"


def _quick(column: PlanColumn, position: int) -> str:
    if column.text is None or column.cast == "none":
        return ""
    return casts.quick_cast(_text_name(position), column.type, column.formats)


def _text(column: PlanColumn, plan: TablePlan, source: Opened) -> str:
    assert column.text is not None
    text = render(column.text, source.deliveries)
    if not column.null_values:
        return text
    words = ", ".join(casts.literal(word) for word in column.null_values)
    bare = casts.trim(text) if column.cast != "none" else f"CAST({text} AS VARCHAR)"
    return f"CASE WHEN {bare} IN ({words}) THEN NULL ELSE {text} END"


def _value(column: PlanColumn, position: int, plan: TablePlan, layout: Layout, deliveries: Deliveries) -> str:
    kind = stored(layout.schema, column.name)
    default = f"CAST({casts.literal(_default(column.default))} AS {kind})" if column.default is not None else ""
    if column.text is None:
        if column.name in {plan.partition_field, hidden.DATA_DATE}:
            return f"CAST({_delivered_date(plan, deliveries)} AS {kind})"
        return default or f"CAST(NULL AS {kind})"
    text = _text_name(position)
    if column.cast == "none":
        value = f"CAST({text} AS {kind})"
    else:
        quick = _quick_name(position) if _quick(column, position) else ""
        value = casts.exact_cast(text, column.type, column.formats, deliveries.zone, quick)
        value = value if value == text else f"CAST({value} AS {kind})"
    return f"CASE WHEN {_blank(column, text)} THEN {default} ELSE {value} END" if default else value


def _default(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _delivered_date(plan: TablePlan, deliveries: Deliveries) -> str:
    if any(deliveries.dates):
        return f"[{', '.join(casts.literal(date) if date else 'NULL' for date in deliveries.dates)}][{hidden.FILE} + 1]"
    return casts.literal(plan.data_date) if plan.data_date else "NULL"


def _blank(column: PlanColumn, text: str) -> str:
    """Whether a cell holds no value at all."""
    if column.cast == "none" or column.type.kind in {"string", "binary"}:
        return f"{text} IS NULL"
    nothing = "IN ('', 'null')" if column.type.is_nested else "= ''"
    return f"({text} IS NULL OR {casts.trim(text)} {nothing})"


def _fault_layer(plan: TablePlan, layout: Layout, typed: str) -> str:
    if not layout.faults:
        return typed
    places = {column.name: (position, column) for position, column in enumerate(layout.columns)}
    bits: dict[str, list[str]] = {name: [] for name in layout.cast_columns}
    fine: dict[str, list[str]] = {name: [] for name in layout.cast_columns}
    for fault in layout.faults:
        name = f"{hidden.CASTS}{fault.position // hidden.BITS}"
        quick, broken = _fault(fault, places)
        fine[name].append(quick)
        bits[name].append(f"(CASE WHEN {broken} THEN {1 << (fault.position % hidden.BITS)} ELSE 0 END)")
    # in a layer of its own a condition is computed over whole vectors; inside CASE each part narrows a selection
    sound = [f"{' AND '.join(fine[name])} AS {quoted(name + '_sound')}" for name in layout.cast_columns]
    masks = [
        f"CASE WHEN {quoted(name + '_sound')} THEN 0 ELSE {' + '.join(bits[name])} END::BIGINT AS {name}"
        for name in layout.cast_columns
    ]
    return f"SELECT *, {', '.join(masks)} FROM (SELECT *, {', '.join(sound)} FROM ({typed}))"


def _fault(fault: Fault, places: Mapping[str, tuple[int, PlanColumn]]) -> tuple[str, str]:
    """(a cheap condition that is only true without the fault, the fault)."""
    if fault.kind == "extra":
        cell = quoted("_df_s:" + fault.column)
        return f"{cell} IS NULL", f"{cell} IS NOT NULL"
    position, column = places[fault.column]
    name, text = quoted(column.name), _text_name(position)
    if fault.kind == "cast":
        return f"({name} IS NOT NULL OR {text} IS NULL)", f"{name} IS NULL AND NOT {_blank(column, text)}"
    empty = f"{name} IS NULL"
    if column.text is not None and column.cast != "none" and column.type.kind not in {"string", "binary"}:
        empty = f"({name} IS NULL AND {_blank(column, text)})"
    return f"{name} IS NOT NULL", empty


def accepted_rows(layout: Layout, files: Sequence[str], deliveries: Deliveries) -> str:
    """The SELECT of the rows in staged files with all their bits; "" without files."""
    if not files:
        return ""
    listed = ", ".join(casts.literal(path) for path in files)
    sound = "".join(f", 0::BIGINT AS {name}" for name in layout.cast_columns)
    rows = f"SELECT *, NULL::VARCHAR AS {hidden.ROW}{sound} FROM read_parquet([{listed}], hive_partitioning = false)"
    return _judged(layout, rows, deliveries) if layout.counted_late else rows


def _check_layer(layout: Layout, faulted: str, source: Opened, reject: str) -> str:
    targets = [quoted(name) for name in layout.names]
    judged = faulted if layout.counted_late else _judged(layout, faulted, source.deliveries)
    select = f"SELECT {', '.join([*targets, *layout.staged_columns])} FROM ({judged})"
    if layout.sound == "true":
        return select
    cells = {hidden.ROW: f"CASE WHEN {layout.set_aside} THEN {source.row} END"}
    if layout.counted_late:
        cells |= {name: f"({_bits(layout, name, source.deliveries)})::VARCHAR" for name in layout.check_columns}
    return f"{select} WHERE CASE WHEN {layout.sound} THEN true ELSE {reject}({rejected.packed(layout, cells)}) END"


def _judged(layout: Layout, faulted: str, deliveries: Deliveries) -> str:
    faulted, checks = computed_once(layout.checks, faulted, deliveries)
    shared = replace(layout, checks=checks)
    masks = [f"{_bits(shared, column, deliveries)} AS {column}" for column in layout.check_columns]
    return f"SELECT *{''.join(f', {mask}' for mask in masks)} FROM ({faulted})"


def _bits(layout: Layout, column: str, deliveries: Deliveries) -> str:
    quick, bits = [f"{name} = 0" for name in layout.cast_columns], []
    for number, check in enumerate(layout.checks):
        place, bit = layout.invalid_bit(number)
        if place != column:
            continue
        valid, judged = check_sql(check, deliveries)
        quick += [f"({valid})"] if judged == "true" else [f"({judged})", f"({valid})"]
        judged = " AND ".join([f"({judged})", *_uncast(layout, check)])
        bits.append(f"(CASE WHEN ({judged}) IS NOT TRUE THEN {bit << 1} WHEN ({valid}) THEN 0 ELSE {bit} END)::BIGINT")
    return f"CASE WHEN {' AND '.join(dict.fromkeys(quick))} THEN 0 ELSE {' + '.join(bits)} END::BIGINT"


def check_sql(check: RowCheck, deliveries: Deliveries) -> tuple[str, str]:
    """A row check as (valid, judged) in SQL."""
    return render(check.valid, deliveries), render(check.judged, deliveries) if check.judged is not None else "true"


def _uncast(layout: Layout, check: RowCheck) -> list[str]:
    """Conditions that the check's cells did cast."""
    return [
        f"({hidden.CASTS}{fault.position // hidden.BITS} & {1 << (fault.position % hidden.BITS)}) = 0"
        for fault in layout.faults
        if fault.kind == "cast" and fault.column in check.fields
    ]
