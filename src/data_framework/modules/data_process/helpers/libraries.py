"""pyarrow, imported when frames or Arrow batches are handled: neither raw files nor plain .sql text need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.modules.utils.lazy import LazyModule

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
else:
    pa, pc, pq = LazyModule("pyarrow"), LazyModule("pyarrow.compute"), LazyModule("pyarrow.parquet")

__all__ = ["pa", "pc", "pq"]
