"""How often the rows are looked at: said by `controls explain`, counted in the statements of the local engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from data_framework.cli import app
from data_framework.modules.config import Control, TableContract
from data_framework.modules.data_process.integrations.pandas import connection, pandas_data_process
from data_framework.modules.data_process.plan.model import AggregateCheck, FunctionCheck, KeyCheck, RowCheck
from data_framework.modules.data_process.plan.passes import passes_of
from data_framework.modules.data_process.plan.vocabulary import column, python_judgement
from data_framework.modules.data_process.sql import parse_condition, parse_expression
from data_framework.modules.validation import check_file

ROWS = [{"algorithm": "is_not_null", "field": "a"},
        {"algorithm": "is_in", "field": "b", "arguments": {"values": ["x"]}},
        {"algorithm": "satisfies", "arguments": {"expression": "a > 0 or b = 'x'"}}]  # fmt: skip
VALUES = [{"algorithm": "mean", "field": "a"}, {"algorithm": "row_count"}, {"algorithm": "stdev", "field": "a"}]
KEYS = [{"algorithm": "is_unique", "field": "b"}, {"algorithm": "is_primary_key", "field": "b"},
        {"algorithm": "is_unique", "field": "b", "nulls": "fail"}]  # fmt: skip

CONTRACT = TableContract.model_validate(
    {"database": "d", "table": "t", "columns": [{"name": "a", "type": "int"}, {"name": "b"}]}
)


class Counting:
    """A connection that keeps the statements run on it and on its cursors."""

    def __init__(self, inner: duckdb.DuckDBPyConnection, seen: list[str]) -> None:
        self._inner, self._seen = inner, seen

    def execute(self, sql: str, *rest: Any) -> Any:
        self._seen.append(sql)
        return self._inner.execute(sql, *rest)

    def cursor(self) -> Counting:
        return Counting(self._inner.cursor(), self._seen)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    statements: list[str] = []
    opened = connection.open_connection
    monkeypatch.setattr(
        pandas_data_process, "open_connection", lambda *given, **named: Counting(opened(*given, **named), statements)
    )
    monkeypatch.setattr(pandas_data_process, "cursor_of", lambda database: database.cursor(), raising=False)
    return statements


def run(seen: list[str], file: Path, controls: list[dict[str, Any]]) -> tuple[int, int, int]:
    """Judge a file by controls: passes over it, scans of staged rows, and groupings by a key."""
    seen.clear()
    written = [Control.model_validate({"name": str(n), **one}) for n, one in enumerate(controls)]
    found = check_file(file, written, CONTRACT)
    assert [one.error for one in found.controls] == [""] * len(controls)
    passes = sum(sql.startswith("COPY") and "read_csv" in sql for sql in seen)
    scans = sum("FROM df_staged" in sql and sql.startswith("SELECT") and "GROUP BY" not in sql for sql in seen)
    keys = sum("df_keys_" in sql and "GROUP BY" in sql for sql in seen)
    return passes, scans, keys


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n" + "1,x\n2,x\n")
    return path


def test_all_rules_of_rows_are_one_pass(seen: list[str], file: Path) -> None:
    assert run(seen, file, ROWS[:1]) == run(seen, file, ROWS * 20)
    assert run(seen, file, ROWS * 20)[0] == 1


def test_all_values_of_the_table_are_one_scan_for_each_where(seen: list[str], file: Path) -> None:
    one = run(seen, file, VALUES[:1])
    assert run(seen, file, VALUES * 5) == one
    narrowed = [{**value, "where": "a > 1"} for value in VALUES]
    assert run(seen, file, [*VALUES, *narrowed])[1] == one[1] + 1


def test_each_distinct_key_is_grouped_once(seen: list[str], file: Path) -> None:
    assert run(seen, file, KEYS)[2] == 1
    other = {"algorithm": "determines", "field": "a", "arguments": {"fields": ["b"]}}
    assert run(seen, file, [*KEYS, other, other])[2] == 2


def test_what_is_said_is_what_is_done() -> None:
    valid, python = parse_condition("a > 0"), python_judgement("is_in_cidr", column("a"), "10.0.0.0/8")
    said = passes_of([
        RowCheck("1", "one", ("a",), valid), RowCheck("2", "two", ("a",), python),
        KeyCheck("3", "three", ("b",)), KeyCheck("4", "four", ("b",), nulls="fail"),
        KeyCheck("5", "five", ("b",), ("a",)),
        AggregateCheck("6", "six", ("a",), parse_expression("avg(a)")),
        AggregateCheck("7", "seven", ("a",), parse_expression("max(a)")),
        AggregateCheck("8", "eight", ("a",), parse_expression("max(a)"), valid),
        FunctionCheck("9", "nine", lambda data: True),
    ])  # fmt: skip
    assert (said.source, said.aggregates) == (1, 2)
    assert said.shuffles == ("key b", "key b → a")
    assert said.fallbacks == ("two", "nine")
    assert said.lines()[-1] == "fallbacks to Python: 2: two, nine"


def test_explain_prints_it(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    assert CliRunner().invoke(app(), ["init", str(root)]).exit_code == 0
    done = CliRunner().invoke(app(), ["controls", "explain", "shop_staging.orders", "--project", str(root)])
    assert done.exit_code == 0, done.output
    assert "passes over the source: 1" in done.output
    assert "fallbacks to Python: 0" in done.output
