"""The footer reader says of a file what PyArrow says of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_framework.modules.catalogue.integrations.iceberg.parquet_footer import Footer, NotParquetError, read_footer

COLUMNS = {
    "i": (st.integers(-(2**31), 2**31 - 1), pa.int32()),
    "l": (st.integers(-(2**63), 2**63 - 1), pa.int64()),
    "d": (st.floats(allow_nan=False), pa.float64()),
    "s": (st.text(max_size=30), pa.string()),
    "b": (st.booleans(), pa.bool_()),
    "n": (st.decimals(-(10**20), 10**20, places=2, allow_nan=False), pa.decimal128(38, 2)),
    "x": (st.lists(st.integers(0, 9), max_size=3), pa.list_(pa.int32())),
}
TABLES = st.integers(0, 20).flatmap(
    lambda rows: st.fixed_dictionaries(
        {name: st.lists(st.none() | values, min_size=rows, max_size=rows) for name, (values, _) in COLUMNS.items()}
    )
)


def _footer(path: Path) -> Footer:
    with path.open("rb") as file:
        return read_footer(file)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=TABLES, group=st.integers(1, 25))
def test_it_agrees_with_pyarrow(tmp_path: Path, content: dict[str, list[Any]], group: int) -> None:
    path = tmp_path / "file.parquet"
    table = pa.table({name: pa.array(content[name], kind) for name, (_, kind) in COLUMNS.items()})
    pq.write_table(table, path, row_group_size=group, compression="zstd")
    footer, known = _footer(path), pq.read_metadata(path)
    assert (footer.rows, footer.size) == (known.num_rows, path.stat().st_size)
    assert [".".join(leaf.path) for leaf in footer.leaves] == [
        known.schema.column(i).path for i in range(known.num_columns)
    ]
    assert len(footer.offsets) == known.num_row_groups
    for position, leaf in enumerate(footer.leaves):
        assert leaf.physical == known.schema.column(position).physical_type
        assert len(leaf.chunks) == known.num_row_groups
        for number, chunk in enumerate(leaf.chunks):
            column = known.row_group(number).column(position)
            assert (chunk.values, chunk.size) == (column.num_values, column.total_compressed_size)
            if column.statistics is not None and column.statistics.has_null_count:
                assert chunk.nulls == column.statistics.null_count
            if column.statistics is not None and column.statistics.has_min_max and leaf.physical in {"INT32", "INT64"}:
                assert chunk.lower is not None
                assert int.from_bytes(chunk.lower, "little", signed=True) == column.statistics.min


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_damaged_footer_is_an_error_and_never_a_crash(tmp_path: Path, position: int, byte: int) -> None:
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"a": [1, 2], "n": [Decimal("1.5"), None]}), path)
    content = bytearray(path.read_bytes())
    content[-1 - position % (len(content) - 4)] = byte
    path.write_bytes(content)
    try:
        footer = _footer(path)
    except NotParquetError:
        return
    assert isinstance(footer.rows, int)


def test_what_is_no_parquet_is_said(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"", b"id,name\n1,2\n" * 10, b"PAR1" + b"\xff" * 20 + b"\xff\xff\xff\xffPAR1"):
        path.write_bytes(content)
        with pytest.raises(NotParquetError):
            _footer(path)
