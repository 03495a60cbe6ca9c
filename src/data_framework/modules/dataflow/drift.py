"""Schema drift: how deliveries differ from a contract, and the patch of the contract that would take them.

The patch is a JSON Patch (RFC 6902) of the contract's file. Nothing applies it: whoever owns the contract decides.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.plan import RawSource
from data_framework.modules.dataflow.raw_cells import cells_of
from data_framework.modules.validation import compare_columns

if TYPE_CHECKING:
    from data_framework.modules.config import TableContract
    from data_framework.modules.data_process import Prepared
    from data_framework.modules.data_process.infer_column import InferredColumn
    from data_framework.modules.dataflow.execution import Execution

FOLDER = "schema_drift"
_SAMPLE_ROWS = 20_000
_ALIKE = 0.6


@dataclass(frozen=True)
class Drift:
    """What differs.

    Attributes:
        new: Delivered columns the contract does not know: name → what their cells look like.
        missing: Columns of the contract that no file delivers.
        unfit: Columns whose cells want another type, or words for null or a format: name → what they look like.
    """

    new: Mapping[str, Mapping[str, Any]]
    missing: Sequence[str] = ()
    unfit: Mapping[str, Mapping[str, Any]] | None = None


def patch_of(contract: TableContract, drift: Drift) -> list[dict[str, Any]]:
    """The JSON Patch that lets a contract take what was delivered; columns that are missing stay in it.

    Example:
        >>> from data_framework.modules.config.model.tables import TableContract
        >>> columns = ({"name": "colour"}, {"name": "n", "type": "int"})
        >>> contract = TableContract(database="d", table="t", columns=columns)
        >>> drift = Drift({"color": {"type": "string"}}, ["colour"], {"n": {"type": "double"}})
        >>> for step in patch_of(contract, drift): print(step["op"], step["path"], step["value"])
        add /columns/0/aliases ['color']
        replace /columns/1/type double
    """
    places = {column.name: number for number, column in enumerate(contract.columns)}
    steps: list[dict[str, Any]] = []
    missing = list(drift.missing)
    for name, cells in drift.new.items():
        near = difflib.get_close_matches(name, missing, n=1, cutoff=_ALIKE)
        if near:
            missing.remove(near[0])
            steps.append(_alias(contract, places[near[0]], name))
        else:
            steps.append({"op": "add", "path": "/columns/-", "value": {"name": name, **cells}})
    for name, cells in (drift.unfit or {}).items():
        steps += _retyped(contract, places[name], cells)
    return steps


def propose(execution: Execution, prepared: Prepared) -> None:
    """After a pass over raw files: where they drift from the contract, write the patch beside the reports.

    A later run replaces it; the run's warnings say where it is.
    """
    contract = execution.runtime.config.contract(prepared.plan.target.database, prepared.plan.target.table)
    if contract is None or not isinstance(prepared.plan.source, RawSource):
        return
    drift = _found(execution, contract, prepared)
    patch = patch_of(contract, drift)
    if not patch:
        return
    key = f"{execution.runtime.config.project_id}/{FOLDER}/{contract.database}.{contract.table}.json"
    execution.runtime.storage.write("output", key, [document(contract, drift, patch, _files(prepared.plan.source))])
    execution.report.warnings.append(
        f"deliveries drift from the contract of {prepared.plan.target}: a patch is proposed in output/{key}"
    )


def frozen_patch(contract: TableContract | None, names: tuple[str, ...], file: str) -> bytes | None:
    """The patch for a file whose new columns a contract froze out; its cells were not looked at: they are text."""
    if contract is None or contract.schema_policy.new_columns != "freeze" or not names:
        return None
    new, missing, _ = compare_columns(names, contract)
    drift = Drift({name: {"type": "string"} for name in new}, missing)
    patch = patch_of(contract, drift)
    return document(contract, drift, patch, [file]) if patch else None


def document(contract: TableContract, drift: Drift, patch: list[dict[str, Any]], files: Iterable[str]) -> bytes:
    """The file that proposes a patch."""
    said = {
        "table": f"{contract.database}.{contract.table}", "files": list(files), "new_columns": list(drift.new),
        "missing_columns": list(drift.missing), "columns_that_do_not_fit": list(drift.unfit or {}), "patch": patch,
    }  # fmt: skip
    return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()


def _alias(contract: TableContract, place: int, name: str) -> dict[str, Any]:
    known = bool(contract.columns[place].aliases)
    path = f"/columns/{place}/aliases"
    return {"op": "add", "path": f"{path}/-" if known else path, "value": name if known else [name]}


def _retyped(contract: TableContract, place: int, cells: Mapping[str, Any]) -> list[dict[str, Any]]:
    column = contract.columns[place]
    steps = []
    if cells["type"] != column.type:
        steps.append({"op": "replace", "path": f"/columns/{place}/type", "value": cells["type"]})
    for key in ("formats", "null_values"):
        wanted = [*getattr(column, key), *(value for value in cells.get(key, ()) if value not in getattr(column, key))]
        if wanted != list(getattr(column, key)):
            steps.append({"op": "add", "path": f"/columns/{place}/{key}", "value": wanted})
    return steps


def _files(source: RawSource) -> list[str]:
    return list(dict.fromkeys(file.file_name for file in source.files))


def _found(execution: Execution, contract: TableContract, prepared: Prepared) -> Drift:
    assert isinstance(prepared.plan.source, RawSource)
    promised = {column.name for column in contract.columns}
    delivered = dict.fromkeys(name for file in prepared.plan.source.files for name in file.columns.values())
    new = [name for name in delivered if name not in promised and name != contract.partition_field]
    read = {column.name for column in prepared.plan.columns if column.text is not None}
    missing = [name for name in promised if name not in read and name != contract.partition_field]
    failures = prepared.verdict.cast_failures
    unfit = [column.name for column in contract.columns if failures.get(column.name)]
    if not new and not unfit:
        return Drift({}, sorted(missing))
    seen = _seen(execution, prepared.plan.source, [*new, *unfit])
    cells = {name: _cells(column) for name, column in seen.items()}
    types, rows = {column.name: column.type for column in contract.columns}, prepared.verdict.rows_read
    meant = [name for name in unfit if cells[name]["type"] == types[name] or _most(failures[name], rows, seen[name])]
    return Drift({name: cells[name] for name in new}, sorted(missing), {name: cells[name] for name in meant})


def _cells(column: InferredColumn) -> dict[str, Any]:
    return {key: value for key, value in column.proposal().items() if key != "nullable"}


def _most(failed: int, rows: int, column: InferredColumn) -> bool:
    """Whether most filled cells do not fit: a few are mistakes, which quarantine tells, and no other type."""
    known = column.filled + column.nulls
    return 2 * failed > (rows * column.filled / known if known else rows)


def _seen(execution: Execution, source: RawSource, names: Sequence[str]) -> dict[str, InferredColumn]:
    """What the first cells of some columns look like, over all files of the unit."""
    from data_framework.modules.data_process.infer_column import InferredColumn

    seen = {name: InferredColumn() for name in names}
    for name, cell, count in cells_of(execution, source, names, _SAMPLE_ROWS):
        seen[name].see(cell, count)
    return seen
