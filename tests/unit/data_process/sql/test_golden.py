"""Every function and operator answers on DuckDB what Spark answered (golden.json, written by golden.py)."""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_framework.modules.data_process.sql import functions, parse_select, to_duckdb
from data_framework.modules.exception.sql_exceptions import SqlError

HERE = Path(__file__).parent
_SPEC = importlib.util.spec_from_file_location("golden", HERE / "golden.py")
assert _SPEC is not None
assert _SPEC.loader is not None
golden = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(golden)
ANSWERS: dict[str, Any] = json.loads((HERE / "golden.json").read_text(encoding="utf-8"))
SCHEMA = {"t": {"i": "int", "l": "bigint", "d": "decimal(10,2)", "e": "decimal(18,4)", "f": "double", "s": "string",
                "b": "boolean", "dt": "date", "ts": "timestamp", "n": "int", "k": "string"}}  # fmt: skip
NAMES = {"string": "VARCHAR", "int": "INTEGER", "array<string>": "VARCHAR[]", "void": ""}


@pytest.fixture(scope="module")
def connection() -> Any:
    """A database whose `t` holds instants, as tables do."""
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        rows = golden.ROWS.replace(" string)", " varchar)").replace("as timestamp)", "as timestamptz)")
        opened.execute("create table t as " + rows)
        yield opened


def same(expected: Any, found: Any) -> bool:
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if str(expected).startswith("double ") and str(found).startswith("double "):
        a, b = float(expected[7:]), float(found[7:])
        return math.isclose(a, b, rel_tol=1e-12) or (math.isnan(a) and math.isnan(b))
    return bool(expected == found)


@pytest.mark.parametrize("case", list(dict.fromkeys(golden.cases())))
def test_case(connection: Any, case: str) -> None:
    expected = ANSWERS[case]
    if "error" in expected:
        with pytest.raises((duckdb.Error, SqlError)):
            connection.execute(to_duckdb(parse_select(golden.query(case)), SCHEMA)).fetchall()
        return
    result = connection.execute(to_duckdb(parse_select(golden.query(case)), SCHEMA))
    types = [str(one[1]).removesuffix(" WITH TIME ZONE") for one in result.description]
    rows = [golden.canonical(row) for row in result.fetchall()]
    assert same(expected["rows"], rows), (expected["rows"], rows)
    wanted = [NAMES.get(name, name.upper()) for name in expected["types"]]
    assert [a or b for a, b in zip(wanted, types, strict=True)] == types


def test_every_function_has_an_answer_of_spark() -> None:
    answered = [case for case in golden.examples() if "rows" in ANSWERS[case]]
    assert len(answered) == len(functions()) > 100
