"""The three tables of controls: their columns, and how a row of them is a control."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError as InvalidModel

from data_framework.modules.catalogue import Column, TableSchema
from data_framework.modules.config.model.controls import Control
from data_framework.modules.validation.rules import RuleError
from data_framework.modules.validation.verdicts import truth

MASTER, DATASET, RESULTS = "controls_master", "controls_dataset", "controls_results"

_CALL = re.compile(r"\s*(\w+)\s*\(?\s*(\{.*\})?\s*\)?\s*\Z", re.DOTALL)
_IN_ALGORITHM = {"algorithm", "arguments", "where", "nulls", "on_failure", "blocking"}
_THRESHOLD = ("min", "max", "rag_min", "rag_max", "type")
_MASTER_COLUMNS = {
    "control_master_id": "string", "control_level": "string", "control_threshold_min": "double",
    "control_threshold_max": "double", "control_threshold_type": "string",
}  # fmt: skip
_DATASET_COLUMNS = {
    "control_master_id": "string", "control_table_id": "string", "control_layer": "string",
    "control_database": "string", "control_table": "string", "control_field": "string",
    "control_dataset_details": "string", "control_level": "string", "control_description": "string",
    "control_algorithm_type": "string", "control_threshold_min": "double", "control_threshold_max": "double",
    "control_threshold_rag_min": "double", "control_threshold_rag_max": "double", "control_threshold_type": "string",
    "blocking_control_indicator": "boolean", "active_control_indicator": "boolean",
}  # fmt: skip
_RESULTS_COLUMNS = {
    "control_master_id": "string", "control_table_id": "string", "control_detail": "string",
    "control_outcome": "string", "control_metric_value": "double", "data_date": "date", "initial_date": "timestamp",
    "end_date": "timestamp", "execution_id": "string", "dataflow": "string", "process": "string",
    "control_layer": "string", "control_database": "string", "control_table": "string", "control_field": "string",
    "control_name": "string", "control_level": "string", "dimension": "string", "file_name": "string",
    "total": "bigint", "invalid": "bigint", "observed": "string", "rag": "string", "blocking": "boolean",
    "success": "boolean", "error": "string", "engine": "string", "milliseconds": "double", "bytes_scanned": "bigint",
    "version": "string",
}  # fmt: skip


def schema_of(table: str) -> TableSchema:
    """The columns of one of the three tables."""
    columns = {MASTER: _MASTER_COLUMNS, DATASET: _DATASET_COLUMNS, RESULTS: _RESULTS_COLUMNS}[table]
    return TableSchema(tuple(Column(name, kind) for name, kind in columns.items()))


@dataclass(frozen=True)
class Loaded:
    """A control and where it came from; `error` says why its row is no control."""

    control: Control
    from_table: bool = False
    error: str = ""

    @property
    def usable(self) -> Control:
        """The control.

        Raises:
            RuleError: Its row is no control.
        """
        if self.error:
            raise RuleError(self.error)
        return self.control


def load_controls(
    written: Iterable[Control], masters: Iterable[Mapping[str, Any]], datasets: Iterable[Mapping[str, Any]]
) -> list[Loaded]:
    """All controls: those written as JSON, then those of the tables that JSON does not already have.

    A row of controls_dataset overrides its row of controls_master. A control written as JSON wins over a row with the
    same ids.
    """
    found = [Loaded(control) for control in written]
    known = {_ids(one.control) for one in found}
    by_id = {row.get("control_master_id"): row for row in masters}
    for row in datasets:
        loaded = from_row(row, by_id.get(row.get("control_master_id"), {}))
        if _ids(loaded.control) not in known:
            found.append(loaded)
    return found


def from_row(row: Mapping[str, Any], master: Mapping[str, Any]) -> Loaded:
    """Read a row of controls_dataset, laid over its row of controls_master."""
    merged = {**master, **{name: value for name, value in row.items() if value is not None and value != ""}}
    ids = {name: str(merged.get(name) or "") for name in ("control_master_id", "control_table_id")}
    place = {
        "layer": _lower(merged.get("control_layer")), "database": merged.get("control_database"),
        "table": merged.get("control_table"), "description": str(merged.get("control_dataset_details") or ""),
    }  # fmt: skip
    try:
        control = Control.model_validate({**ids, **place, **_judgement(merged), **_algorithm(merged)})
    except InvalidModel as error:
        first = error.errors()[0]
        reason = f"its row in {DATASET} is wrong: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        broken: dict[str, Any] = {**ids, **place, **_threshold_free(merged)}
        return Loaded(Control.model_construct(None, **broken), True, reason)
    return Loaded(control, True)


def to_row(control: Control) -> dict[str, Any]:
    """Write a control as a row of controls_dataset."""
    threshold = {f"control_threshold_{name}": getattr(control.threshold, name) for name in _THRESHOLD}
    return {
        "control_master_id": control.control_master_id, "control_table_id": control.control_table_id,
        "control_layer": control.layer, "control_database": control.database, "control_table": control.table,
        "control_field": ",".join(control.field), "control_dataset_details": control.description or control.name,
        "control_level": control.level, "control_description": _written(control),
        "control_algorithm_type": control.algorithm_type, **threshold,
        "blocking_control_indicator": bool(control.blocking), "active_control_indicator": control.active,
    }  # fmt: skip


def master_rows(controls: Iterable[Control]) -> list[dict[str, Any]]:
    """The rows of controls_master: the first control of each master id says its level and threshold."""
    rows: dict[str, dict[str, Any]] = {}
    for control in controls:
        row = to_row(control)
        rows.setdefault(control.control_master_id, {name: row[name] for name in _MASTER_COLUMNS})
    return [row for name, row in rows.items() if name]


def _ids(control: Control) -> tuple[str, ...]:
    place = (control.database or "", control.table or "", ",".join(control.field))
    return (control.control_master_id, control.control_table_id, *(() if control.control_table_id else place))


def _judgement(merged: Mapping[str, Any]) -> dict[str, Any]:
    threshold = {name: merged.get(f"control_threshold_{name}") for name in _THRESHOLD}
    return {
        "level": merged.get("control_level") or "Data",
        "field": [name.strip() for name in str(merged.get("control_field") or "").split(",") if name.strip()],
        "threshold": {name: value for name, value in threshold.items() if value is not None},
        "blocking": _flag(merged.get("blocking_control_indicator"), False),
        "active": _flag(merged.get("active_control_indicator"), True),
        "algorithm_type": merged.get("control_algorithm_type") or "Data Framework",
    }


def _threshold_free(merged: Mapping[str, Any]) -> dict[str, Any]:
    safe = {name: value for name, value in _judgement(merged).items() if name in {"field", "blocking", "active"}}
    return {**safe, "field": tuple(safe["field"]), "algorithm": str(merged.get("control_description") or "")}


def _algorithm(merged: Mapping[str, Any]) -> dict[str, Any]:
    """Read the algorithm: as it is, of a built-in rule with arguments `is_in {"values": […]}`, or a JSON object."""
    text = str(merged.get("control_description") or "")
    kind = str(merged.get("control_algorithm_type") or "Data Framework").lower()
    written = _json(text)
    if written and "algorithm" in written:
        return {name: value for name, value in written.items() if name in _IN_ALGORITHM}
    call = _CALL.match(text) if kind == "data framework" else None
    return {"algorithm": call[1], "arguments": _json(call[2] or "{}") or {}} if call else {"algorithm": text}


def _written(control: Control) -> str:
    extra = {"where": control.where, "nulls": control.nulls,
             "on_failure": None if control.on_failure == "keep" else control.on_failure,
             "blocking": "amber" if control.blocking == "amber" else None}  # fmt: skip
    given = {name: value for name, value in extra.items() if value is not None}
    arguments = dict(control.arguments)
    if given:
        return json.dumps({"algorithm": control.algorithm, "arguments": arguments, **given}, ensure_ascii=False)
    return f"{control.algorithm} {json.dumps(arguments, ensure_ascii=False)}" if arguments else control.algorithm


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _flag(value: Any, default: bool) -> bool:
    if value is None:
        return default
    return {"y": True, "yes": True, "n": False, "no": False}.get(str(value).lower(), truth(value) is True)


def _lower(value: Any) -> str | None:
    return str(value).lower() if value else None
