"""The dialect written for Athena: every word's text is held (athena.json), and run it answers what Spark answered.

DuckDB runs it, reading Athena's SQL as sqlglot does; what that reads otherwise than Athena is named below. After a
change on purpose: `python tests/unit/data_process/sql/test_athena.py` writes athena.json again, to be read.
"""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))

from athena_sql import for_duckdb  # noqa: E402 - run alone, the folder of the tests is not on the path
from data_framework.modules.data_process.sql import parse_select, to_athena  # noqa: E402
from data_framework.modules.exception.sql_exceptions import SqlError  # noqa: E402

_SPEC = importlib.util.spec_from_file_location("golden", HERE / "golden.py")
assert _SPEC is not None
assert _SPEC.loader is not None
golden = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(golden)
ANSWERS: dict[str, Any] = json.loads((HERE / "golden.json").read_text(encoding="utf-8"))
SCHEMA = {"t": {"i": "int", "l": "bigint", "d": "decimal(10,2)", "e": "decimal(18,4)", "f": "double", "s": "string",
                "b": "boolean", "dt": "date", "ts": "timestamp", "n": "int", "k": "string"}}  # fmt: skip
# Athena stops where Spark answers: loud, never another answer.
STOPS = {
    "lpad('7', 3, '')", "rpad('7', 3, '')", "upper(i)", "length(12345)", "floor(1e30D)", "12345678901234567890",
    "999999999999.9999 * 999999999999.9999",
}  # fmt: skip
# DuckDB answers here what Athena does not: texts that are no whole numbers, a negative length, sums beyond 64 bits.
DUCKDB_ALONE = {
    "cast('12.7' as int)", "cast('1e3' as int)", "cast('1_000' as int)", "cast('0x10' as int)", "substr('abc', 2, -1)",
    "sum(9223372036854775807) from t",
}  # fmt: skip
CASES = [case for case in dict.fromkeys(golden.cases()) if case not in DUCKDB_ALONE]


def written(case: str) -> str:
    """A case as Athena's SQL, or why there is none."""
    try:
        return to_athena(parse_select(golden.query(case)), SCHEMA)
    except SqlError as error:
        return f"refused: {str(error).partition(': ')[2].partition(' See docs')[0]}"


def examples() -> dict[str, str]:
    """The example of every function."""
    return {case: written(case) for case in golden.examples()}


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        opened.execute("create table t as " + golden.ROWS.replace(" string)", " varchar)"))
        yield opened


def same(expected: Any, found: Any) -> bool:
    """Whether values are equal; a number is one whatever its type."""
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    a, b = number(expected), number(found)
    if a is None or b is None:
        return bool(expected == found)
    return math.isclose(a, b, rel_tol=1e-12) or (math.isnan(a) and math.isnan(b))


def number(value: Any) -> float | None:
    if isinstance(value, str) and value.startswith(("double ", "decimal ")):
        return float(value.partition(" ")[2])
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def answer(connection: Any, sql: str) -> Any:
    try:
        return [golden.canonical(row) for row in connection.execute(for_duckdb(sql).sql("duckdb")).fetchall()]
    except duckdb.Error:
        return "stopped"


def test_every_word_is_written_as_it_was_read_by_people() -> None:
    assert examples() == json.loads((HERE / "athena.json").read_text(encoding="utf-8"))


def test_what_is_not_refused_answers_the_same(connection: Any) -> None:
    written_out = {case: sql for case in CASES if not (sql := written(case)).startswith("refused: ")}
    assert len(written_out) > 450
    differ = []
    for case, sql in written_out.items():
        found, expected = answer(connection, sql), ANSWERS[case].get("rows", "stopped")
        if not same(expected, found) and not (found == "stopped" and case in STOPS):
            differ.append((case, sql, expected, found))
    assert differ == []


@pytest.mark.parametrize(("query", "reason"), [
    ("select i / n as x from t", "use try_divide"),
    ("select d / 2 as x from t", "quotients of decimals"),
    ("select cast(f as int) as x from t", "rounds"),
    ("select cast(ts as string) as x from t", "date_format"),
    ("with i as (select f as i from t) select cast(i as int) as x from i", "rounds"),
    ("select round(f, 1) as x from t", "round"),
    ("select i % 2 as x from t", "mod"),
    ("select 1 as x from t a left semi join t b on a.i = b.i", "semi join"),
    ("select 1 as x from t where b is true", "is true"),
    ("select replace(s, k, '') as x from t", "quoted text"),
    ("select sha2(s, 512) as x from t", "sha2"),
    ("select least(f, d) as x from t", "NaN"),
    ("select regexp_like(s, '(?i)a') as x from t", "flags"),
    ("select date_format(dt, 'MMM') as x from t", "yyyy"),
])  # fmt: skip
def test_what_would_answer_otherwise_is_refused(query: str, reason: str) -> None:
    with pytest.raises(SqlError, match=reason):
        to_athena(parse_select(query), SCHEMA)


if __name__ == "__main__":
    lines = [f"{json.dumps(case)}: {json.dumps(sql, ensure_ascii=False)}" for case, sql in examples().items()]
    (HERE / "athena.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
