"""Every word of a plan's vocabulary means the same on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlglot import exp

from conformance.engines import on_duckdb, on_spark
from data_framework.modules.data_process.integrations.pandas.sql import dialect as duckdb_dialect
from data_framework.modules.data_process.integrations.spark.sql import dialect as spark_dialect
from data_framework.modules.data_process.plan import vocabulary as words
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.utils.regex import portability_problem
from data_framework.testing.engine.texts import MEASURED, TEXTS

SUBJECTS = [*TEXTS["others"], *TEXTS["subjects"]]


def both(
    session: Any, texts: list[str | None], made: dict[str, exp.Expression], **context: Any
) -> list[tuple[Any, ...]]:
    """What the engines answer differently, by expression: its name, the text, DuckDB's value and Spark's."""
    found = on_duckdb(texts, {name: duckdb_dialect.render(node) for name, node in made.items()})
    other = on_spark(session, texts, {name: spark_dialect.render(node) for name, node in made.items()})
    rows = [(name, row) for name in made for row in zip(texts, found[name], other[name], strict=True)]
    return [(name, *row) for name, row in rows if row[1] != row[2]]


def test_every_word_is_written_by_both_engines() -> None:
    assert set(duckdb_dialect._WRITERS) == set(spark_dialect._WRITERS) == words.WORDS


@pytest.mark.quick
def test_regular_expressions(spark: Any) -> None:
    portable = [pattern for pattern in TEXTS["patterns"] if portability_problem(pattern) is None]
    assert len(portable) > 30
    made = {f"{number} {full}": words.matches("x", pattern, full)
            for number, pattern in enumerate(portable) for full in (False, True)}  # fmt: skip
    assert [(portable[int(name.split()[0])], name, *rest) for name, *rest in both(spark, [*SUBJECTS, None], made)] == []


@pytest.mark.quick
def test_words_about_text(spark: Any) -> None:
    made = {
        "trim": words.trimmed("x"),
        "length": words.code_points("x"),
        "json": words.is_json("x"),
        "text a": words.json_text("x", "a"),
        "text a/b": words.json_text("x", "a/b"),
        "has a": words.json_has_key("x", "a"),
        "has ''": words.json_has_key("x", ""),
        "repaired": words.repair_struct("x"),
        "network": words.python_judgement("in_cidr", "x", "10.0.0.0/8"),
        "date": words.reformat_date("x", ("%d/%m/%Y", "dd-MMM-yyyy", "yyyy-MM-dd HH:mm:ss"), "%Y%m%d"),
        "named": words.reformat_date("x", ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S%z"), "%A %d %B %Y, %I o'clock%p%% %j %f%z"),
    }  # fmt: skip
    structs = ["{a=1, b=[x]}", "{'a': None}", "10.1.2.3", "11.1.2.3", "::1", None]
    assert both(spark, [*MEASURED, *TEXTS["json"], *TEXTS["dated"], *structs], made) == []


def typed(kind: str, made: Any) -> exp.Expression:
    """A word over the text as a value of a type."""
    found: exp.Expression = made(words.exact_cast("x", kind))
    return found


@pytest.mark.quick
def test_words_about_values(spark: Any) -> None:
    kinds = ["bigint", "float", "double", "decimal(18,4)", "boolean", "date", "timestamp", "string"]
    made = {f"text {kind}": typed(kind, words.as_text) for kind in kinds}
    made |= {f"finite {kind}": typed(kind, words.is_finite) for kind in ("bigint", "double", "float", "decimal(18,4)")}
    assert both(spark, [*MEASURED, *TEXTS["floats"], None], made) == []


@pytest.mark.quick
@pytest.mark.parametrize("file", range(3))
def test_words_about_deliveries(spark: Any, file: int) -> None:
    names, made = ["it's.csv", "back\\slash.csv", "ü.csv"], {"name": words.file_name(), "date": words.data_date()}
    deliveries = Deliveries(names, ["2026-01-01", "", "2026-01-03"])
    row = f"FROM (SELECT {file} AS _df_file) q"
    found = on_duckdb(["x"], {key: f"(SELECT {duckdb_dialect.render(made[key], deliveries)} {row})" for key in made})
    other = on_spark(
        spark, ["x"], {key: f"(SELECT {spark_dialect.render(made[key], deliveries)} {row})" for key in made}
    )
    assert found == other
    assert found["name"] == [f"str {names[file]}"]


@pytest.mark.quick
def test_aggregates(spark: Any) -> None:
    numbers: list[str | None] = ["1", "2.5", "2.5", "-3", "10", "0.1", "7.25", None]
    made = {}
    for kind in ("double", "decimal(18,4)", "bigint"):
        value = words.exact_cast("x", kind)
        made |= {f"{q} {kind}": words.quantile(value, q) for q in (0.0, 0.25, 0.5, 0.9, 1.0)}
        made[f"distinct {kind}"] = words.distinct_count(value)
    for texts in (numbers, ["1"], [None]):
        rows = {}
        for name, dialect in (("duckdb", duckdb_dialect), ("spark", spark_dialect)):
            sql = {key: f"(SELECT {dialect.render(node)} FROM texts)" for key, node in made.items()}
            sql["skew"] = (
                f"(SELECT round({dialect.render(words.skewness(words.exact_cast('x', 'double')))}, 9) FROM texts)"
            )
            rows[name] = on_duckdb(texts, sql) if name == "duckdb" else on_spark(spark, texts, sql)
        assert rows["duckdb"] == rows["spark"]


def test_a_cast_that_would_change_a_value_is_an_error(spark: Any) -> None:
    whole = words.lossless_cast(words.exact_cast("x", "decimal(10,2)"), "int")
    assert both(spark, ["1.00", "-7", None], {"whole": whole}) == []
    with pytest.raises(Exception, match="a value does not fit int"):
        on_spark(spark, ["1.50"], {"whole": spark_dialect.render(whole)})
    with pytest.raises(Exception, match="a value does not fit int"):
        on_duckdb(["1.50"], {"whole": duckdb_dialect.render(whole)})
