"""The rows of a quarantine get another status: replayed or discarded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data_framework.modules.catalogue import CatalogueInterface, Change, committed
from data_framework.modules.config.model.tables import Partition
from data_framework.modules.data_process.helpers.libraries import pa, pq
from data_framework.modules.data_process.integrations.pandas.aside.quarantine import field_ids
from data_framework.modules.data_process.integrations.pandas.files import write_files
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import LATE, Staged
from data_framework.modules.data_process.integrations.pandas.one_pass.raw import FAULTS
from data_framework.modules.data_process.integrations.pandas.one_pass.rejected import REJECTED
from data_framework.modules.data_process.integrations.pandas.one_pass.relation import relation
from data_framework.modules.data_process.integrations.pandas.sql.casts import literal
from data_framework.modules.data_process.interface_data_process import Marking
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.exception import CommitConflictError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from data_framework.modules.config.model.tables import TableRef


@dataclass(frozen=True)
class Engine:
    """What the files are read and written with: the tables, a connection, a folder for what is in between."""

    catalogue: CatalogueInterface
    cursor: DuckDBPyConnection
    scratch: str


def lines_aside(staged: Staged) -> list[tuple[int, int]]:
    """File and line of the rows a plan over files of one row a line rejects."""
    found = staged.rows(
        f"SELECT {hidden.FILE}, {hidden.RECORD} FROM {REJECTED} WHERE {staged.layout.set_aside} "
        f"UNION SELECT file, record FROM {LATE} WHERE effect = 'quarantine' "
        f"UNION SELECT file, coalesce(record, line) FROM {FAULTS}"
    )
    return [(int(file), int(line)) for file, line in found]


def mark(engine: Engine, ref: TableRef, marking: Marking, properties: Mapping[str, str]) -> int:
    """Write the files that hold the rows anew, in one commit."""
    if not marking.ids:
        return 0
    names = str(Path(engine.scratch) / f"marked-{uuid.uuid4().hex}.parquet")
    pq.write_table(pa.table({"_quarantine_id": pa.array(list(marking.ids), pa.string())}), names)
    hit = f"_status = 'open' AND _quarantine_id IN (SELECT _quarantine_id FROM read_parquet({literal(names)}))"
    return committed(engine.catalogue, ref, lambda: _marked(engine, ref, (hit, _values(marking, hit)), properties))


def _values(marking: Marking, hit: str) -> str:
    """What becomes of the columns."""
    values = [f"CASE WHEN {hit} THEN {literal(marking.status)} ELSE _status END AS _status"]
    if marking.reason:
        said = (
            f"{{'kind': {literal(marking.status)}, 'control': '', 'field': '', 'message': {literal(marking.reason)}}}"
        )
        values.append(f"CASE WHEN {hit} THEN list_append(_reasons, {said}) ELSE _reasons END AS _reasons")
    return ", ".join(values)


def _marked(engine: Engine, ref: TableRef, what: tuple[str, str], properties: Mapping[str, str]) -> int:
    (hit, values), catalogue = what, engine.catalogue
    schema, snapshot, files = catalogue.schema(ref), catalogue.snapshot(ref), catalogue.files(ref)
    rows = relation(catalogue, ref, schema, files, engine.scratch, technical=True)
    found = engine.cursor.execute(f"SELECT _data_date, count(*) FROM ({rows}) WHERE {hit} GROUP BY 1").fetchall()
    held = {str(day) if day is not None else None for day, _ in found}
    leaving = [file for file in files if file.partition in held]
    if not leaving:
        return 0
    known = relation(catalogue, ref, schema, leaving, engine.scratch, technical=True)
    made = write_files(
        catalogue, engine.cursor, f"SELECT * REPLACE ({values}) FROM ({known})", ref,
        f"df-{uuid.uuid4().hex}", field_ids(schema), Partition("_data_date"),
    )  # fmt: skip
    base = snapshot.snapshot_id if snapshot else None
    try:
        catalogue.commit(ref, Change(made, [file.path for file in leaving], base, properties))
    except CommitConflictError:
        catalogue.discard_files(made)
        raise
    return sum(count for _, count in found)
