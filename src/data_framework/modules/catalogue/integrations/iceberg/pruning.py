"""Which manifests and files may hold rows of some partitions, and which columns a file is too old to have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import ManifestFile
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.types import NestedField, PrimitiveType

from data_framework.modules.catalogue.integrations.iceberg.data_files import partition_value
from data_framework.modules.catalogue.integrations.iceberg.types import children, partition_of

HISTORY = "data_framework.schemas"


def may_hold(metadata: TableMetadata, manifest: ManifestFile, partitions: Sequence[str | None] | None) -> bool:
    """Whether a manifest may list files of some partitions (values as text, None: of null); None: of any."""
    spec = metadata.specs()[manifest.partition_spec_id]
    if partitions is None or not manifest.partitions or partition_of(metadata.schema(), spec) is None:
        return True
    summary = manifest.partitions[0]
    if None in partitions and summary.contains_null:
        return True
    texts = [text for text in partitions if text is not None]
    if summary.lower_bound is None or summary.upper_bound is None:
        return bool(texts)
    transform = spec.fields[0].transform
    kind = transform.result_type(metadata.schema().find_type(spec.fields[0].source_id))
    if not isinstance(kind, PrimitiveType):
        return True
    lower, upper = from_bytes(kind, summary.lower_bound), from_bytes(kind, summary.upper_bound)
    values: Iterable[Any] = (partition_value(text, kind, transform) for text in texts)
    return any(lower <= value <= upper for value in values)


def history_entry(schema_id: int, sequence: int, past: str | None, current: int | None) -> str:
    """The table property that says from which sequence number on which schema was in force.

    Schemas another engine put in between are not known by their files: what came before is then forgotten.
    """
    known: list[list[int]] = json.loads(past) if past else []
    if known and known[-1][0] != current:
        known = []
    return json.dumps([*known, [schema_id, sequence]])


class MissingColumns:
    """Says which of a table's columns a file lacks, from the moment it was written."""

    def __init__(self, metadata: TableMetadata) -> None:
        history = json.loads(metadata.properties.get(HISTORY, "[]"))
        known = history and history[-1][0] == metadata.current_schema_id
        self._history: list[tuple[int, int]] = [tuple(pair) for pair in history] if known else []
        self._schemas = {schema.schema_id: schema for schema in metadata.schemas}
        self._current = metadata.schema()
        self._answers: dict[int, tuple[str, ...] | None] = {}

    def of(self, sequence: int | None) -> tuple[str, ...] | None:
        """The columns a file of this sequence number lacks; None when it differs in another way or is not known."""
        written = [schema_id for schema_id, since in self._history if since < (sequence or 0)]
        if not written:
            return None
        if written[-1] not in self._answers:
            self._answers[written[-1]] = _missing(self._schemas[written[-1]], self._current)
        return self._answers[written[-1]]


def _missing(written: Schema, current: Schema) -> tuple[str, ...] | None:
    return _added(written.fields, current.fields, "")


def _added(then: Iterable[NestedField], now: Iterable[NestedField], prefix: str) -> tuple[str, ...] | None:
    """The fields of `now` that `then` lacks, dotted where they are nested; None when they differ in another way."""
    old, new = ({field.field_id: field for field in fields} for fields in (then, now))
    found = [f"{prefix}{field.name}" for field_id, field in new.items() if field_id not in old]
    for field_id, field in old.items():
        same = new.get(field_id)
        if same is None or same.name != field.name or type(same.field_type) is not type(field.field_type):
            return None
        inner = children(field.field_type)
        if not inner and same.field_type != field.field_type:
            return None
        nested = _added(inner, children(same.field_type), f"{prefix}{field.name}.")
        if nested is None:
            return None
        found += nested
    return tuple(found)
