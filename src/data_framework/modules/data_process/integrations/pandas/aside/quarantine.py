"""Rows set aside, with every reason, their file and line: one table beside the target, one commit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import duckdb

from data_framework.modules.catalogue import CatalogueInterface, Change, TableSchema, committed, standing
from data_framework.modules.config.model.tables import Partition
from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.integrations.pandas.files import write_files
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import LATE, STAGED, Staged
from data_framework.modules.data_process.integrations.pandas.one_pass.raw import FAULTS
from data_framework.modules.data_process.integrations.pandas.one_pass.rejected import REJECTED
from data_framework.modules.data_process.integrations.pandas.one_pass.relation import relation
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.aside import COLUMNS, delivered_names, members_of, place_of
from data_framework.modules.data_process.plan.model import RawFile, RawSource
from data_framework.modules.exception import CommitConflictError, PublishFailedError
from data_framework.modules.utils.mask import HIDDEN
from data_framework.modules.utils.names import quote_identifier as quoted

_NAMES = ", ".join(column.name for column in COLUMNS)
_ASIDE = "df_aside"


def set_aside(catalogue: CatalogueInterface, staged: Staged, properties: Mapping[str, str]) -> int:
    """Publish the rejected rows of a staged plan; answer how many there are."""
    plan, ref = staged.plan, staged.plan.target.quarantine
    place = place_of(plan, properties)
    replaces = plan.replaces_date or bool(place or plan.in_force)
    if not staged.verdict.rejected and not (replaces and catalogue.exists(ref)):
        return 0
    _collect(staged, properties.get("execution-id") or properties.get("run-id", ""), place)
    wanted = TableSchema(COLUMNS, "_data_date")
    schema = catalogue.create(ref, wanted) if catalogue.exists(ref) else catalogue.reserve(ref, wanted)
    try:
        committed(catalogue, ref, lambda: _publish(catalogue, staged, schema, properties))
    except (duckdb.Error, OSError) as error:
        raise PublishFailedError(table=str(ref), reason=str(error).split("\n\n")[0]) from error
    return staged.verdict.rejected


# collecting ---------------------------------------------------------------------------------------------------------
def _collect(staged: Staged, run_id: str, place: str) -> None:
    """A table of the rows set aside by this pass."""
    files = _files(staged)
    names = [file.file_name for file in files] or [""]
    hashes = [file.content_hash for file in files] or [place]
    dates = [file.data_date for file in files] or [staged.plan.data_date]
    lines = _lines(staged)
    reasons = " UNION ALL ".join([*_cast_reasons(staged), *_check_reasons(staged), *_late_reasons(staged)])
    rows = []
    if reasons:
        rows.append(
            f"SELECT w.file, w.record, w.reasons, coalesce(s.{hidden.ROW}, o.text) AS text, NULL::BIGINT AS line "
            f"FROM (SELECT file, record, list({{'kind': kind, 'control': control, 'field': field, 'message': message}} "
            f"ORDER BY kind, control, field) AS reasons FROM ({reasons}) GROUP BY file, record) w "
            f"LEFT JOIN {REJECTED} s ON s.{hidden.FILE} = w.file AND s.{hidden.RECORD} = w.record "
            f"LEFT JOIN ({_originals(staged)}) o ON o.file = w.file AND o.record = w.record"
        )
    if staged.reader:
        reason = "[{'kind': 'structure', 'control': '', 'field': '', 'message': message}]"
        rows.append(f"SELECT file, record, {reason} AS reasons, text, line FROM {FAULTS}")
    every = " UNION ALL ".join(rows) or (
        "SELECT 0 AS file, 0 AS record, NULL::STRUCT(kind VARCHAR, control VARCHAR, field VARCHAR, message "
        "VARCHAR)[] AS "
        "reasons, '' AS text, 0::BIGINT AS line WHERE false"
    )
    run = casts.literal(run_id)
    table = casts.literal(str(staged.plan.target))
    line = "coalesce(r.line, l.line, r.record)"
    if files:
        identity = f"{_pick(members_of(files))}, {line}"
    else:
        identity = (
            f"{casts.literal(place or run_id)}, r.text, row_number() OVER (PARTITION BY r.text ORDER BY r.record)"
        )
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {_ASIDE} AS SELECT md5(concat_ws('|', {table}, {identity})) "
        f"AS _quarantine_id, {_pick(names)} AS _file_name, "
        f"{_pick(hashes)} AS _content_hash, {line if files else 'r.record'} AS _line, "
        f"TRY_CAST({_pick(dates)} AS DATE) AS _data_date, {run} AS _run_id, r.reasons AS _reasons, 'open' AS _status, "
        f"r.text AS _row FROM ({every}) r LEFT JOIN ({lines}) l ON l.file = r.file AND l.record = r.record"
    )


def _pick(values: Sequence[str]) -> str:
    return f"([{', '.join(casts.literal(value) for value in values)}])[r.file + 1]"


def _cast_reasons(staged: Staged) -> list[str]:
    layout = staged.layout
    names = delivered_names(staged.plan)
    found = []
    for fault in layout.faults:
        bit = f"{hidden.CASTS}{fault.position // hidden.BITS} & {1 << (fault.position % hidden.BITS)} <> 0"
        if fault.kind == "extra":
            message = "'the contract has no such column'"
        elif fault.kind == "null":
            message = "'a value is required'"
        else:
            column = next(column for column in layout.columns if column.name == fault.column)
            pointers = [casts.literal("/" + name.replace("~", "~0").replace("/", "~1")) for name in names[fault.column]]
            values = [f"json_extract_string({hidden.ROW}, {pointer})" for pointer in pointers]
            value = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]
            shown = casts.literal(HIDDEN) if fault.column in layout.private else f"df_mask({value})"
            message = f"{shown} || {casts.literal(f' is no {column.type}')}"
        found.append(f"SELECT {hidden.FILE} AS file, {hidden.RECORD} AS record, 'cast' AS kind, '' AS control, "
                     f"{casts.literal(fault.column)} AS field, {message} AS message FROM {REJECTED} WHERE "
                     f"{bit}")  # fmt: skip
    return found


def _check_reasons(staged: Staged) -> list[str]:
    found = []
    for number, check in enumerate(staged.layout.checks):
        if check.on_failure != "quarantine":
            continue
        place, bit = staged.layout.invalid_bit(number)
        known = [name for name in check.fields if name in staged.layout.names]
        values = " || ', ' || ".join(
            casts.literal(HIDDEN) if name in staged.layout.private else f"df_mask({quoted(name)}::VARCHAR)"
            for name in known
        ) or "''"  # fmt: skip
        found.append(f"SELECT {hidden.FILE} AS file, {hidden.RECORD} AS record, 'control' AS kind, "
                     f"{casts.literal(check.name)} AS control, {casts.literal(', '.join(check.fields))} AS field, "
                     f"{values} AS message FROM {REJECTED} WHERE {place} & {bit} <> 0")  # fmt: skip
    return found


def _late_reasons(staged: Staged) -> list[str]:
    if not staged.late:
        return []
    return [f"SELECT file, record, 'control' AS kind, control, field, message FROM {LATE} WHERE effect = 'quarantine'"]


def _originals(staged: Staged) -> str:
    """The delivered text of rows that lost their place after the pass, read from raw again only for them."""
    nothing = "SELECT NULL::INTEGER AS file, NULL::BIGINT AS record, NULL::VARCHAR AS text WHERE false"
    if not staged.late:
        return nothing
    numbers = [row[0] for row in staged.rows(f"SELECT DISTINCT file FROM {LATE} WHERE effect = 'quarantine'")]
    if not numbers:
        return nothing
    if staged.reader is None:
        names = [name for name in staged.layout.names if name not in hidden.TECHNICAL]
        pairs = ", ".join(f"{casts.literal(name)}, {quoted(name)}" for name in names)
        return (
            f"SELECT {hidden.FILE} AS file, {hidden.RECORD} AS record, json_object({pairs})::VARCHAR AS "
            f"text FROM {STAGED}"
        )
    group = [staged.reader.files[number] for number in numbers]
    for state in group:
        staged.cursor.execute(f"DROP TABLE IF EXISTS {state.rejects}")
        staged.cursor.execute(f"DROP TABLE IF EXISTS df_scan_{state.number}")
    opened = staged.reader.open(group)
    cells = ", ".join(f"{quoted(name)} AS {quoted('_df_s:' + name)}" for name in opened.columns)
    wanted = f"SELECT file, record FROM {LATE} WHERE effect = 'quarantine'"
    return (
        f"SELECT {hidden.FILE} AS file, {hidden.RECORD} AS record, {opened.row} AS text FROM "
        f"(SELECT {hidden.FILE}, {hidden.RECORD}, {cells} FROM ({opened.select})) x "
        f"SEMI JOIN ({wanted}) w ON w.file = x.{hidden.FILE} AND w.record = x.{hidden.RECORD}"
    )


def _lines(staged: Staged) -> str:
    """SQL of (file, record, line): where a record starts in its file."""
    parts = ["SELECT NULL::INTEGER AS file, NULL::BIGINT AS record, NULL::BIGINT AS line WHERE false"]
    if staged.reader is None:
        return parts[0]
    aside = (f"SELECT DISTINCT {hidden.FILE} AS file FROM {REJECTED} WHERE {staged.layout.set_aside} "
             f"UNION SELECT DISTINCT file FROM {LATE} WHERE effect = 'quarantine'")  # fmt: skip
    for (number,) in staged.rows(aside):
        state = staged.reader.files[number]
        numbered = staged.reader.line_numbers(state)
        if numbered is None and state.file.format == "csv" and not _line_is_record(staged, number, state.dialect):
            staged.reader.read_exactly(state)
            numbered = staged.reader.good_lines(state)
        if numbered is not None:
            parts.append(f"SELECT {number} AS file, record, line FROM ({numbered})")
            continue
        skip = state.dialect.skip_lines if state.file.format == "csv" else 0
        parts.append(_counted(staged, number, skip))
    return " UNION ALL ".join(parts)


def _line_is_record(staged: Staged, number: int, dialect: CsvDialect) -> bool:
    rows = staged.one(f"SELECT count(*) FROM {STAGED} WHERE {hidden.FILE} = {number}")[0]
    faults = staged.one(f"SELECT count(*) FROM {FAULTS} WHERE file = {number}")[0]
    return bool(rows + faults + dialect.skip_lines == dialect.lines)


def _counted(staged: Staged, number: int, skip: int) -> str:
    """Where each line is a record: its number, moved on by the broken lines before it."""
    records = (
        f"SELECT {hidden.RECORD} AS record FROM {REJECTED} "
        f"WHERE {hidden.FILE} = {number} AND {staged.layout.set_aside} "
        f"UNION SELECT record FROM {LATE} WHERE file = {number} AND effect = 'quarantine'"
    )
    each = (f"SELECT line - row_number() OVER (ORDER BY line) - {skip} AS before, row_number() OVER (ORDER BY line) "
            f"AS moved FROM {FAULTS} WHERE file = {number}")  # fmt: skip
    faults = f"SELECT before, max(moved) AS moved FROM ({each}) GROUP BY before"  # broken lines in a row move together
    return (
        f"SELECT {number} AS file, record, record + {skip} + coalesce(moved, 0) AS line FROM ({records}) a "
        f"ASOF LEFT JOIN ({faults}) f ON a.record > f.before"
    )


# publishing ---------------------------------------------------------------------------------------------------------
def _publish(catalogue: CatalogueInterface, staged: Staged, schema: TableSchema, properties: Mapping[str, str]) -> None:
    plan, ref = staged.plan, staged.plan.target.quarantine
    found = standing(catalogue, ref, schema)
    files = found.files
    dates = {
        str(row[0]) if row[0] is not None else None for row in staged.rows(f"SELECT DISTINCT _data_date FROM {_ASIDE}")
    }
    place = place_of(plan, properties)
    replaced: set[str | None] = {plan.data_date or None} if place or plan.in_force else set()
    if plan.replaces_date:
        replaced = {plan.data_date} if plan.data_date else {file.partition for file in files}
    touched = [file for file in files if file.partition in dates | replaced]
    known = relation(catalogue, ref, schema, touched, staged.scratch, technical=True)
    kept = _kept(staged, known, replaced, place)
    fresh = (f"SELECT {_NAMES} FROM {_ASIDE} a ANTI JOIN (SELECT _quarantine_id FROM ({kept})) k "
             "USING (_quarantine_id)")  # fmt: skip
    select = f"{kept} UNION ALL {fresh}" if touched else fresh
    if touched and _unchanged(staged, known, select):
        return
    made = write_files(
        catalogue,
        staged.cursor,
        select,
        ref,
        f"df-{uuid.uuid4().hex}",
        field_ids(schema),
        Partition("_data_date"),
    )
    if not made and not touched:
        return
    change = Change(made, [file.path for file in touched], found.base, properties, create=found.create)
    try:
        catalogue.commit(ref, change)
    except CommitConflictError:
        catalogue.discard_files(made)
        raise


def _kept(staged: Staged, known: str, replaced: set[str | None], place: str) -> str:
    """What stays of the rows that are there.

    Rows set aside again give way to what is said of them now, unless they were given up for good. Of replaced dates (or
    of the same unit) open rows in force give way too; those of a version no longer in force are superseded.
    """
    plan = staged.plan
    again = f"(_status <> 'discarded' AND _quarantine_id IN (SELECT _quarantine_id FROM {_ASIDE}))"
    if place:
        mine = f"(_status = 'open' AND _content_hash = {casts.literal(place)})"
        return f"SELECT {_NAMES} FROM ({known}) WHERE NOT ({again} OR {mine})"
    hashes = plan.in_force or [file.content_hash for file in _files(staged)]
    in_force, known_of = (f"_content_hash IN ({', '.join(map(casts.literal, of)) or repr('')})"
                          for of in (hashes, [*hashes, *plan.foreign]))  # fmt: skip
    dates = ", ".join(casts.literal(date) for date in replaced if date) or "''"
    here = f"coalesce(_data_date::VARCHAR, '') IN ({dates}{', ' + repr('') if None in replaced else ''})"
    overtaken = "'open', 'replayed'" if plan.replaces_date else "'open'"  # what was appended stays in the table
    status = f"CASE WHEN {here} AND _status IN ({overtaken}) AND NOT {known_of} THEN 'superseded' ELSE _status END"
    gone = f"({here} AND {in_force} AND _status IN ('open', 'superseded'))" if plan.replaces_date else "false"
    columns = _NAMES.replace("_status", f"{status} AS _status")
    return f"SELECT {columns} FROM ({known}) WHERE NOT ({again} OR {gone})"


def _files(staged: Staged) -> Sequence[RawFile]:
    return staged.plan.source.files if isinstance(staged.plan.source, RawSource) else ()


def _unchanged(staged: Staged, known: str, select: str) -> bool:
    """Whether the rows are the same but for the run that set them aside."""
    columns = _NAMES.replace(", _run_id", "")
    old, new = f"SELECT {columns} FROM ({known})", f"SELECT {columns} FROM ({select})"
    row = staged.one(
        f"SELECT (SELECT count(*) FROM ({old} EXCEPT ALL {new})), (SELECT count(*) FROM ({new} EXCEPT ALL {old}))"
    )
    return row == (0, 0)


def field_ids(schema: TableSchema) -> str:
    """The FIELD_IDS clause of a quarantine table's file."""
    return "{" + ", ".join(_field_id(column.name, schema) for column in schema.columns) + "}"


def _field_id(name: str, schema: TableSchema) -> str:
    inner = {"_reasons": ("kind", "control", "field", "message")}.get(name)
    ids = schema.field_ids
    if inner is None:
        return f"{quoted(name)}: {ids[name]}"
    parts = ", ".join(f"{quoted(part)}: {ids[f'{name}.element.{part}']}" for part in inner)
    element = f"{{__duckdb_field_id: {ids[f'{name}.element']}, {parts}}}"
    return f"{quoted(name)}: {{__duckdb_field_id: {ids[name]}, element: {element}}}"
