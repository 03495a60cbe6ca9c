"""The one SQL dialect written for Spark answers what Spark itself answered when golden.json was written.

`tests/unit/data_process/sql/test_golden.py` holds DuckDB to the same answers, types included.
"""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.data_process.sql import parse_select, to_spark

FOLDER = Path(__file__).parents[1] / "unit" / "data_process" / "sql"
_SPEC = importlib.util.spec_from_file_location("golden", FOLDER / "golden.py")
assert _SPEC is not None
assert _SPEC.loader is not None
golden = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(golden)
ANSWERS: dict[str, Any] = json.loads((FOLDER / "golden.json").read_text(encoding="utf-8"))
CASES = list(dict.fromkeys(golden.cases()))


@pytest.fixture(scope="module")
def session(spark: Any) -> Any:
    """A session that has the table `t`."""
    spark.sql(golden.ROWS).createOrReplaceTempView("t")
    return spark


def answer(session: Any, case: str) -> dict[str, Any]:
    try:
        frame = session.sql(to_spark(parse_select(golden.query(case))))
        types = [kind for _, kind in frame.dtypes]
        return {"types": types, "rows": [golden.canonical(tuple(row)) for row in frame.collect()]}
    except Exception as error:  # noqa: BLE001 - any refusal of Spark is an answer
        return {"error": str(error).partition("]")[0].lstrip("[")[:60]}


def same(expected: Any, found: Any) -> bool:
    if isinstance(expected, dict):
        return expected.keys() == found.keys() and all(same(expected[key], found[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if str(expected).startswith("double ") and str(found).startswith("double "):
        a, b = float(expected[7:]), float(found[7:])
        return math.isclose(a, b, rel_tol=1e-12) or (math.isnan(a) and math.isnan(b))
    return bool(expected == found)


def differences(session: Any, cases: list[str]) -> list[tuple[str, Any, Any]]:
    answers = ((case, ANSWERS[case], answer(session, case)) for case in cases)
    return [(case, expected, found) for case, expected, found in answers if not same(expected, found)]


@pytest.mark.quick
def test_some_cases(session: Any) -> None:
    assert differences(session, CASES[::20]) == []


def test_every_case(session: Any) -> None:
    assert len(CASES) > 600
    assert differences(session, CASES) == []
