"""The typed rows of a Parquet file, wherever it is read: in place by an engine that can, else as an Arrow table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from data_framework.modules.data_process.helpers.libraries import pa, pq


@dataclass(frozen=True)
class ParquetRows:
    """A frame that is not read before it must be.

    Attributes:
        path: The file.
        names: Name of a column in the file → its name as a column, in the file's order.
    """

    path: str
    names: Mapping[str, str]

    @cached_property
    def schema(self) -> pa.Schema:
        """Its columns, under their new names."""
        found = pq.read_schema(self.path)
        return pa.schema([field.with_name(self.names[field.name]) for field in found])

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Read it all, for those who ask for an Arrow stream."""
        table = pq.read_table(self.path, partitioning=None).rename_columns(list(self.names.values()))
        return table.__arrow_c_stream__(requested_schema)
