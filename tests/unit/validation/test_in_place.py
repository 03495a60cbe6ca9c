"""A Parquet file is judged where it lies: nothing of it is copied, and the answer is the staged one's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_framework.modules.config import Control
from data_framework.modules.data_process import DataProcessInterface
from data_framework.modules.data_process.files.parquet_rows import ParquetRows
from data_framework.modules.data_process.integrations.pandas.pandas_data_process import PandasDataProcess
from data_framework.modules.data_process.integrations.pandas.sql.dialect import render
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.vocabulary import matches
from data_framework.modules.validation import FileChecked, check_file

CONTROLS = [
    {"algorithm": "is_primary_key", "field": "Id"},
    {"algorithm": "is_in", "field": "country", "arguments": {"values": ["ES", "PT"]}},
    {"algorithm": "is_positive", "field": "amount", "on_failure": "drop"},
    {"algorithm": "is_not_in_future", "field": "day", "on_failure": "quarantine"},
    {"algorithm": "mean", "field": "amount", "arguments": {"max": 2}},
    {"algorithm": "determines", "field": "country", "arguments": {"fields": ["day"]}},
    {"algorithm": "is_increasing", "field": "id"},
    {"algorithm": "entropy", "field": "country", "arguments": {"max": 1}},
    {"algorithm": "satisfies", "arguments": {"expression": "amount / (id - 4) > 0"}},
    {"algorithm": "is_in_month_end", "field": "moment"},
    {"algorithm_type": "SQL", "algorithm": "select country, count(*) from {data} group by country",
     "threshold": {"max": 1}},
]  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    moments = pa.array([0, 1, None, 3, 4], pa.timestamp("us"))
    table = pa.table({
        "Id": pa.array([1, 2, 2, 4, None], pa.int64()), "country": ["ES", "XX", None, "PT", "ES"],
        "amount": pa.array([1.5, -1.0, float("nan"), 2.0, None], pa.float64()),
        "day": pa.array([0, 0, 1, 99999, None], pa.date32()), "moment": moments,
        "price": pa.array(["1.20", None, "3.00", "4.10", "5.55"]).cast(pa.decimal128(9, 2)),
    })  # fmt: skip
    path = tmp_path / "typed.parquet"
    pq.write_table(table, path)
    return path


def answers(found: FileChecked) -> list[tuple[Any, ...]]:
    return [(one.total, one.invalid, one.observed, one.rag, one.error, one.detail) for one in found.controls]


def test_the_answer_is_the_one_of_staged_rows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controls = [Control.model_validate({"name": str(number), **one}) for number, one in enumerate(CONTROLS)]
    ours = check_file(file, controls)
    monkeypatch.setattr(PandasDataProcess, "judge", DataProcessInterface.judge)
    theirs = check_file(file, controls)
    assert answers(ours) == answers(theirs)
    assert ours.rows == theirs.rows == 5
    assert [one.error for one in ours.controls if one.name != "8"] == [""] * (len(CONTROLS) - 1)
    assert "zero" in ours.controls[8].error


def test_nothing_is_copied_and_the_source_is_scanned_once_for_all_rules_of_rows(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*arguments: Any, **named: Any) -> None:
        raise AssertionError("the rows were staged")

    monkeypatch.setattr(PandasDataProcess, "prepare", never)
    many = [
        Control.model_validate({"name": f"{rule}{n}", "algorithm": rule, "field": "country"})
        for rule in ("is_upper_case", "is_trimmed", "is_ascii") for n in range(10)
    ]  # fmt: skip
    scans = {len(controls): scans_of(lambda controls=controls: check_file(file, controls), monkeypatch)  # type: ignore[misc]
             for controls in (many[:1], many)}  # fmt: skip
    assert scans[1] == scans[30], "thirty rules are one pass, as one is"


def scans_of(act: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many statements read the rows of the source."""
    return sum(
        "df_staged" in sql and "CREATE OR REPLACE TEMP VIEW" not in sql for sql in statements_of(act, monkeypatch)
    )


def statements_of(act: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    from data_framework.modules.data_process.integrations.pandas import pandas_data_process as module

    seen: list[str] = []

    class Cursor:
        def __init__(self, inner: duckdb.DuckDBPyConnection) -> None:
            self._inner = inner

        def execute(self, sql: str, *rest: Any) -> Any:
            seen.append(sql)
            return self._inner.execute(sql, *rest)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

    with monkeypatch.context() as patched:
        whole = module.PandasDataProcess._database
        patched.setattr(module.PandasDataProcess, "_database", lambda self: Counted(whole(self)))

        class Counted:
            def __init__(self, inner: duckdb.DuckDBPyConnection) -> None:
                self._inner = inner

            def cursor(self) -> Cursor:
                return Cursor(self._inner.cursor())

            def __getattr__(self, name: str) -> Any:
                return getattr(self._inner, name)

        act()
    return seen


def regexes(file: Path) -> FileChecked:
    patterns = ("^[A-Z]{2}$", "x*")
    return check_file(file, [
        Control.model_validate({"name": pattern, "algorithm": "matches_regex", "field": "country",
                                "arguments": {"pattern": pattern}}) for pattern in patterns
    ])  # fmt: skip


def test_a_regex_is_asked_once_per_value_where_values_repeat(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = statements_of(lambda: regexes(file), monkeypatch)
    assert any("regexp_extract" in sql for sql in seen)
    assert [(one.total, one.invalid) for one in regexes(file).controls] == [(4, 0), (4, 0)]
    plain = file.with_name("plain.parquet")
    pq.write_table(pq.read_table(file), plain, use_dictionary=False)
    assert not any("regexp_extract" in sql for sql in statements_of(lambda: regexes(plain), monkeypatch))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("pattern", ["b", "^b*$", "", "a|ab", "^$", "(?i)B$", "b\\n?", ".", "(a)(b)?", "[^a]", "ñ+"])
def test_what_is_extracted_is_what_matches(pattern: str, full: bool) -> None:
    texts = ["", "a", "ab", "b", "b\n", "\nb", "aB", "ñandú", "x", " ", None]
    tree = matches("text", pattern, full)
    asked = [render(tree, Deliveries(repeating=frozenset({"text"}))), render(tree, Deliveries())]
    rows = duckdb.execute(f"SELECT {', '.join(asked)} FROM (SELECT unnest(?) AS text)", [texts]).fetchall()
    assert asked[0] != asked[1]
    assert [one for one, _ in rows] == [other for _, other in rows]


@pytest.mark.parametrize(("last", "invalid"), [(30_000, 0), (12_345, 2)])
def test_a_key_in_order_is_not_counted_and_a_late_repeat_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int, invalid: int
) -> None:
    path = tmp_path / "keys.parquet"
    pq.write_table(pa.table({"a": [number // 3 for number in range(30_000)] + [last // 3],
                             "b": [number % 3 for number in range(30_000)] + [last % 3]}), path)  # fmt: skip
    controls = [Control.model_validate({"name": "key", "algorithm": "is_unique", "field": ["a", "b"]})]
    seen = statements_of(lambda: check_file(path, controls), monkeypatch)
    assert any("GROUP BY" in sql and '"b"' in sql for sql in seen) == (invalid > 0)
    assert [(one.total, one.invalid) for one in check_file(path, controls).controls] == [(30_001, invalid)]


def test_types_duckdb_reads_otherwise_are_read_by_arrow(tmp_path: Path) -> None:
    path = tmp_path / "odd.parquet"
    pq.write_table(pa.table({"a": pa.array([1, 2], pa.uint64()), "file_row_number": ["x", "y"]}), path)
    found = check_file(path, [Control.model_validate({"name": "a", "algorithm": "is_positive", "field": "a"})])
    assert (found.rows, found.controls[0].total, found.controls[0].error) == (2, 2, "")
    assert pa.table(ParquetRows(str(path), {"a": "b", "file_row_number": "c"})).column_names == ["b", "c"]
