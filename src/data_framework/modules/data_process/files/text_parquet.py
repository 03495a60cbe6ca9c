"""Records as text, written as one Parquet file: what XML, Excel, Parquet and fixed width become in raw.

Every column is text under its delivered name; names are distinct even without regard to case, since engines that read
the file may not tell them apart. Memory is one row group, however many records and whenever a column first appears.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import FileContentError, FileLimitError
from data_framework.modules.utils.names import normalise_names

_GROUP_ROWS = 100_000
_GROUP_BYTES = 16 * 1024 * 1024
Cells = Mapping[str, str | None]


class TextParquet:
    """Writes the records of one file.

    Args:
        path: Where to write; files that only help lie beside it.
        limits: Limits of the platform.
        names: Columns known beforehand, in order; others are added as they appear.

    Attributes:
        names: The delivered names, in order of appearance.
        rows: Records written.
    """

    def __init__(self, path: Path, limits: FileLimits, names: Sequence[str] = ()) -> None:
        self._path, self._limits = path, limits
        self.names: dict[str, str] = {}
        self.rows = 0
        self._parts: list[Path] = []
        self._writer: Any = None
        self._written: list[str] = []
        self._waiting: list[Any] = []
        self._waiting_bytes = self._waiting_rows = 0
        self._know(names)

    @property
    def columns(self) -> dict[str, str]:
        """Name in the file → normalised name, in order."""
        return dict(zip(self.names.values(), normalise_names(self.names), strict=True))

    def write(self, records: Sequence[Cells]) -> None:
        """Write some records, given by delivered names.

        Raises:
            FileLimitError: There are too many columns, or a value is too long.
            FileContentError: A value is no text.
        """
        import pyarrow

        if not records:
            return
        columns = self._columns(records)
        try:
            arrays = [pyarrow.array(column, pyarrow.string()) for column in columns]
        except UnicodeEncodeError as error:
            raise FileContentError(reason="it holds half of a surrogate pair, which is no character") from error
        self.write_batch(pyarrow.RecordBatch.from_arrays(arrays, names=list(self.names.values())))

    def write_columns(self, batch: Any) -> None:
        """Write a record batch of text by delivered names, some of which may be new or missing.

        Raises:
            FileLimitError: There are too many columns, or a value is too long.
        """
        import pyarrow

        self._know(batch.schema.names)
        empty = pyarrow.nulls(batch.num_rows, pyarrow.string())
        held = {*batch.schema.names}
        columns = [batch.column(name) if name in held else empty for name in self.names]
        self.write_batch(pyarrow.RecordBatch.from_arrays(columns, names=list(self.names.values())))

    def write_batch(self, batch: Any) -> None:
        """Write a record batch of text that has exactly the columns known so far."""
        if batch.nbytes > self._limits.cell_bytes:
            self._check_cells(batch)
        self._waiting.append(batch)
        self.rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        self._waiting_rows += batch.num_rows
        if self._waiting_bytes >= _GROUP_BYTES or self._waiting_rows >= _GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Finish the file, of one part or united of several."""
        self._flush()
        if self._writer is not None:
            self._writer.close()
        if len(self._parts) == 1 and self._written == list(self.names.values()):
            self._parts[0].replace(self._path)
            return
        self._unite()

    # inside ---------------------------------------------------------------------------------------------------------
    def _columns(self, records: Sequence[Cells]) -> Sequence[Sequence[str | None]]:
        """The cells of records by column; records of one shape, which most are, are turned around as a whole."""
        shape = tuple(self.names)
        if shape and all(tuple(record) == shape for record in records):
            return list(zip(*(record.values() for record in records), strict=True))
        for record in records:
            if not record.keys() <= self.names.keys():
                self._know(record)
        return [[record.get(name) for record in records] for name in self.names]

    def _know(self, names: Sequence[str] | Cells) -> None:
        new = [name for name in names if name not in self.names]
        self.names.update(zip(new, distinct_names(new, self.names.values()), strict=True))
        if len(self.names) > self._limits.columns:
            raise FileLimitError(reason=f"it has more than {self._limits.columns:,} columns", limit="columns")

    def _check_cells(self, batch: Any) -> None:
        from pyarrow import compute

        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            lengths = compute.binary_length(column)
            longest = compute.max(lengths).as_py() or 0
            if longest > self._limits.cell_bytes:
                place = self.rows + compute.index(lengths, longest).as_py() + 1
                reason = f"record {place:,} has a value of {longest:,} bytes in {name!r}"
                raise FileLimitError(reason=reason, limit="cell_bytes")

    def _flush(self) -> None:
        import pyarrow

        if not self._waiting:
            return
        table = pyarrow.concat_tables([pyarrow.Table.from_batches([one]) for one in self._waiting],
                                      promote_options="default")  # fmt: skip
        self._waiting, self._waiting_bytes, self._waiting_rows = [], 0, 0
        names = list(self.names.values())
        if self._writer is None or self._written != names:
            self._open(names)
        self._writer.write_table(_widened(table, names), row_group_size=_GROUP_ROWS)

    def _open(self, names: list[str]) -> None:
        if self._writer is not None:
            self._writer.close()
        self._parts.append(self._path.with_name(f"{self._path.name}.{len(self._parts)}"))
        self._writer, self._written = _writer(self._parts[-1], names), names

    def _unite(self) -> None:
        """Write the parts again under all the columns: only where some came late, or there are no records."""
        from pyarrow import parquet

        names = list(self.names.values())
        with _writer(self._path, names) as writer:
            for part in self._parts:
                with parquet.ParquetFile(part) as held:
                    for group in range(held.num_row_groups):
                        writer.write_table(_widened(held.read_row_group(group), names))
                part.unlink()


def distinct_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Names of columns that are distinct without regard to case, and none of them blank.

    Example:
        >>> distinct_names(["a", "", "A", "b", "a"])
        ['a', 'column_2', 'A_2', 'b', 'a_3']
    """
    held = [name.casefold() for name in taken]
    known, result = set(held), []
    for position, name in enumerate(names, len(held) + 1):
        wanted, number = name or f"column_{position}", 2
        unique = wanted
        while unique.casefold() in known:
            unique, number = f"{wanted}_{number}", number + 1
        known.add(unique.casefold())
        result.append(unique)
    return result


def keep_columns(path: Path, kept: Sequence[str], names: list[str]) -> None:
    """Write a file again with some of its columns, under other names; nothing is done where they are all it has."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as held:
        if held.schema_arrow.names == names == list(kept):
            return
        whole = path.with_name(f"{path.name}.whole")
        with _writer(whole, names) as writer:
            for group in range(held.num_row_groups):
                writer.write_table(held.read_row_group(group).select(kept).rename_columns(names))
    whole.replace(path)


def _writer(path: Path, names: list[str]) -> Any:
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([(name, pyarrow.string()) for name in names])
    return parquet.ParquetWriter(path, schema, compression="zstd", compression_level=1, write_statistics=False)


def _widened(table: Any, names: list[str]) -> Any:
    """A table with these columns, null where it has none."""
    import pyarrow

    held = set(table.column_names)
    empty = None if held.issuperset(names) else pyarrow.nulls(table.num_rows, pyarrow.string())
    return pyarrow.table([table.column(name) if name in held else empty for name in names], names=names)
