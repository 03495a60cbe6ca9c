"""Parquet → record batches of text, as `tables export` writes values: ISO dates, exact decimals, nested as JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from data_framework.modules.data_process.files.limits import RATIO_FROM, FileLimits
from data_framework.modules.exception import FileContentError, FileLimitError

_ROWS = 16_384


class ParquetReader:
    """Reads one Parquet file as text.

    Args:
        path: The file.
        limits: Limits of the platform.

    Attributes:
        names: Its columns.
    """

    def __init__(self, path: Path, limits: FileLimits) -> None:
        from pyarrow import parquet

        self._limits, self._size = limits, path.stat().st_size
        self._unpacked = 0
        with _Errors():
            self._file = parquet.ParquetFile(path)
            self.names: list[str] = self._file.schema_arrow.names
        if len(self.names) > limits.columns:
            raise FileLimitError(reason=f"it has {len(self.names):,} columns", limit="columns")

    def batches(self, names: list[str]) -> Iterator[Any]:
        """Yield its rows as text, under other names.

        Raises:
            FileContentError: It is damaged.
            FileLimitError: It unpacks to too much.
        """
        import pyarrow

        with _Errors(), self._file:
            for batch in self._file.iter_batches(batch_size=_ROWS, use_threads=False):
                self._measure(batch.nbytes)
                cells = [as_text(column) for column in batch.columns]
                yield pyarrow.RecordBatch.from_arrays(cells, names=names)

    def _measure(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > self._limits.unpacked_bytes:
            raise FileLimitError(reason=f"it unpacks to more than {self._limits.unpacked_bytes:,} bytes",
                                 limit="unpacked_bytes")  # fmt: skip
        if self._unpacked > RATIO_FROM and self._unpacked / max(self._size, 1) > self._limits.ratio:
            raise FileLimitError(reason=f"it unpacks to more than {self._limits.ratio:g} times its size", limit="ratio")


class _Errors:
    """Says what is wrong with a file in the words of a refusal."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        import pyarrow

        if isinstance(error, pyarrow.ArrowException | OSError) and not isinstance(error, MemoryError):
            raise FileContentError(reason=f"it is no Parquet file, or a damaged one: {_short(error)}") from error


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def as_text(column: Any) -> Any:
    """A column as text."""
    import pyarrow
    from pyarrow import compute

    kind, types = column.type, pyarrow.types
    if types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if types.is_string(kind):
        return column
    if types.is_floating(kind):
        written = compute.cast(column, pyarrow.string()).to_pylist()
        return pyarrow.array([None if cell is None else plain_number(cell) for cell in written], pyarrow.string())
    if types.is_timestamp(kind):
        return _moments(column)
    try:
        if not (types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)):
            return compute.cast(column, pyarrow.string())
    except pyarrow.ArrowNotImplementedError:
        pass  # nested, or a kind of its own
    cells = column.to_pylist(maps_as_pydicts="lossy")
    return pyarrow.array([None if cell is None else _plain(cell) for cell in cells], pyarrow.string())


def _moments(column: Any) -> Any:
    """ISO, without a fraction that is nothing, and with Z where the type has a zone."""
    import pyarrow
    from pyarrow import compute

    zoned = column.type.tz is not None
    plain = compute.cast(column, pyarrow.timestamp(column.type.unit)) if zoned else column
    text = compute.replace_substring_regex(compute.cast(plain, pyarrow.string()), r"(\.\d*?)0*$", r"\1")
    text = compute.replace_substring_regex(text, r"\.$", "")
    text = compute.replace_substring(text, " ", "T", max_replacements=1)
    return compute.binary_join_element_wise(text, "Z", "") if zoned else text


def plain_number(text: str) -> str:
    """A number without exponent and without a fraction that is nothing, of its shortest text.

    Example:
        >>> [plain_number(text) for text in ("12.0", "0.1", "1e+22", "1.5e-07", "nan")]
        ['12', '0.1', '10000000000000000000000', '0.00000015', 'NaN']
    """
    if text.endswith(".0"):
        return text[:-2]
    if "e" in text:
        return format(Decimal(text), "f")
    return "NaN" if text == "nan" else text


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if not isinstance(value, dict | list):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_other)


def _other(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _plain(value) if isinstance(value, bytes) else str(value)
