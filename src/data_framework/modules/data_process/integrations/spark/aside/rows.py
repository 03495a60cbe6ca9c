"""The rows a pass sets aside: each with every reason, its file and line, and itself as it was delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.one_pass.layers import LINE, SOURCE, by_file
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import PLACE, Pinned
from data_framework.modules.data_process.integrations.spark.one_pass.sources import FAULT, TEXT, json_object
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.aside import COLUMNS, delivered_names, members_of
from data_framework.modules.data_process.plan.model import RawSource
from data_framework.modules.utils.mask import HIDDEN

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_REASON = "struct<kind:string,control:string,field:string,message:string>"
NAMES = [column.name for column in COLUMNS]


def rows_aside(pinned: Pinned, run_id: str, place: str) -> DataFrame:
    """The rows of the quarantine table this pass adds.

    Args:
        pinned: The rows.
        run_id: The execution.
        place: What stands for the content hash of rows that come from no file.
    """
    files = pinned.plan.source.files if isinstance(pinned.plan.source, RawSource) else ()
    rows = _rejected(pinned)
    if (late := _late(pinned)) is not None:
        rows = rows.union(late)
    if pinned.faults is not None:
        rows = rows.union(_broken(pinned.faults))
    if not files:
        rows = _numbered(pinned, rows)
    names = [file.file_name for file in files] or [""]
    hashes = [file.content_hash for file in files] or [place]
    dates = [file.data_date for file in files] or [pinned.plan.data_date]
    table = literal(str(pinned.plan.target))
    if files:
        identity = f"{_of_file(members_of(files))}, {LINE}"
    else:
        again = f"row_number() OVER (PARTITION BY df_row ORDER BY {hidden.RECORD})"
        identity = f"{literal(place or run_id)}, df_row, {again}"
    values = {
        "_quarantine_id": f"md5(concat_ws('|', {table}, {identity}))", "_file_name": _of_file(names),
        "_content_hash": _of_file(hashes), "_line": LINE, "_data_date": by_file(dates, hidden.FILE, "date"),
        "_run_id": literal(run_id), "_reasons": "df_reasons", "_status": "'open'", "_row": "df_row",
    }  # fmt: skip
    return rows.selectExpr(*(f"{values[name]} AS {name}" for name in NAMES))


def _of_file(values: list[str]) -> str:
    """As `by_file`, but an empty text stays one."""
    if len(set(values)) == 1:
        return literal(values[0])
    return f"array({', '.join(map(literal, values))})[{hidden.FILE}]"


# rows that casts and row checks take away ---------------------------------------------------------------------------
def _rejected(pinned: Pinned) -> DataFrame:
    reasons = [*_cast_reasons(pinned), *_check_reasons(pinned)]
    listed = f"CAST(array_sort(filter(array({', '.join(reasons)}), r -> r IS NOT NULL)) AS array<{_REASON}>)"
    cells = [*PLACE, LINE, f"{listed if reasons else f'CAST(array() AS array<{_REASON}>)'} AS df_reasons",
             f"{pinned.row} AS df_row"]  # fmt: skip
    return pinned.judged.where(pinned.layout.set_aside).selectExpr(*cells)


def _cast_reasons(pinned: Pinned) -> list[str]:
    layout, names = pinned.layout, delivered_names(pinned.plan)
    kinds = {column.name: column.type for column in layout.columns}
    found = []
    for fault in layout.faults:
        bit = f"{hidden.CASTS}{fault.position // hidden.BITS} & {1 << (fault.position % hidden.BITS)} <> 0"
        if fault.kind == "extra":
            message = literal("the contract has no such column")
        elif fault.kind == "null":
            message = literal("a value is required")
        else:
            cells = [f"get_json_object(df_doc, {literal(_path(name))})" for name in names[fault.column]]
            value = f"coalesce({', '.join(cells)})" if len(cells) > 1 else cells[0]
            value = value.replace("df_doc", pinned.row)
            shown = literal(HIDDEN) if fault.column in layout.private else mask(value)
            message = f"{shown} || {literal(f' is no {kinds[fault.column]}')}"
        found.append(_reason(bit, "cast", "", fault.column, message))
    return found


def _check_reasons(pinned: Pinned) -> list[str]:
    found = []
    for number, check in enumerate(pinned.layout.checks):
        if check.on_failure != "quarantine":
            continue
        column, bit = pinned.layout.invalid_bit(number)
        known = [name for name in check.fields if name in pinned.layout.names]
        private = pinned.layout.private
        values = " || ', ' || ".join(
            literal(HIDDEN) if name in private else mask(f"CAST({quoted(name)} AS string)") for name in known
        ) or "''"  # fmt: skip
        found.append(_reason(f"{column} & {bit} <> 0", "control", check.name, ", ".join(check.fields), values))
    return found


def _reason(condition: str, kind: str, control: str, field: str, message: str) -> str:
    said = (f"'kind', {literal(kind)}, 'control', {literal(control)}, 'field', {literal(field)}, "
            f"'message', {message}")  # fmt: skip
    return f"CASE WHEN {condition} THEN named_struct({said}) END"


def _path(name: str) -> str:
    return "$['" + name.replace("'", "\\'") + "']"


def mask(value: str) -> str:
    """SQL of a value as it may be shown: letters and digits hidden, 40 characters at most (`mask_value` in SQL)."""
    unseen = r"[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\x{A0}\x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]"
    short = f"left({value}, 40)"
    for pattern, shown in ((r"\p{L}", "*"), (r"\p{N}", "#"), (unseen, "?")):
        short = f"regexp_replace({short}, {literal(pattern)}, {literal(shown)})"
    more = f"CASE WHEN length({value}) > 40 THEN '…' ELSE '' END"
    return f"CASE WHEN {value} IS NULL THEN 'null' WHEN {value} = '' THEN '\\'\\'' ELSE {short} || {more} END"


# rows that lost their place after the pass, and broken records --------------------------------------------------------
def _late(pinned: Pinned) -> DataFrame | None:
    if pinned.late is None:
        return None
    from pyspark.sql import functions

    said = "named_struct('kind', 'control', 'control', control, 'field', field, 'message', message)"
    listed = f"CAST(array_sort(collect_list({said})) AS array<{_REASON}>) AS df_reasons"
    wanted = pinned.late.where("effect = 'quarantine'").groupBy(*PLACE).agg(functions.expr(listed))
    rows, delivered = _delivered(pinned)
    return rows.join(wanted, PLACE).selectExpr(*PLACE, LINE, "df_reasons", f"{delivered} AS df_row")


def _delivered(pinned: Pinned) -> tuple[DataFrame, str]:
    """All rows, and SQL of one as delivered: text is read again; of typed rows what would have been published."""
    if isinstance(pinned.plan.source, RawSource):
        cells = [f"{quoted(name)} AS {quoted(SOURCE + name)}" for name in pinned.source.columns]
        return pinned.source.sound.selectExpr(*PLACE, LINE, *cells), pinned.source.row
    return pinned.judged, json_object({name: name for name in hidden.visible(pinned.layout.names)})


def _broken(faults: DataFrame) -> DataFrame:
    said = f"named_struct('kind', 'structure', 'control', '', 'field', '', 'message', {FAULT})"
    return faults.selectExpr(
        hidden.FILE, f"CAST(NULL AS bigint) AS {hidden.RECORD}", LINE,
        f"CAST(array({said}) AS array<{_REASON}>) AS df_reasons", f"{TEXT} AS df_row",
    )  # fmt: skip


def _numbered(pinned: Pinned, rows: DataFrame) -> DataFrame:
    """Typed rows numbered as they came: their numbers in Spark's partitions, laid end to end."""
    sizes = pinned.judged.selectExpr(f"shiftright({hidden.RECORD}, 33) AS part").groupBy("part").count().collect()
    start, cases = 0, []
    for part, size in sorted((row["part"], row["count"]) for row in sizes):
        cases.append(f"WHEN {part} THEN {start}")
        start += size
    offset = f"CASE shiftright({hidden.RECORD}, 33) {' '.join(cases)} ELSE 0 END" if cases else "0"
    line = f"CAST({offset} + ({hidden.RECORD} & {(1 << 33) - 1}) + 1 AS bigint) AS {LINE}"
    return rows.selectExpr(*PLACE, line, "df_reasons", "df_row")
