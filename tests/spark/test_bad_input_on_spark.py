"""What goes wrong on Spark is said in one sentence: the user's own message, the words of the other engine, no Java."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import Bench
from conformance.engines import to_arrow
from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue
from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings, local_catalogue
from data_framework.modules.data_process.integrations.spark.spark_data_process import SparkDataProcess
from data_framework.modules.data_process.plan.model import FrameSource, FunctionCheck, TablePlan
from data_framework.modules.exception import CommitConflictError, DataFrameworkError, PublishFailedError
from data_framework.modules.storage.integrations.local_storage import LocalStorage
from project import ProjectFolder
from shop import LANDING, configure


@pytest.fixture
def bench(tmp_path: Path, spark: Any) -> Any:
    def engine(storage: LocalStorage, catalogue: LocalCatalogue) -> SparkDataProcess:
        return SparkDataProcess(storage, catalogue, SparkSettings(local_catalogue(tmp_path)))

    made = Bench(tmp_path, engine, to_arrow)
    yield made
    made.engine.close()


def broken(session: Any) -> Any:
    """A function of the user's that fails inside a task."""
    from pyspark.sql.functions import udf

    def fails(value):  # type: ignore[no-untyped-def] # pyspark warns of types it cannot read
        raise LookupError(f"no shop has the number {value}")

    return udf(fails, "string")


@pytest.mark.quick
def test_a_function_that_raises_inside_a_task_says_its_own_message(bench: Bench, spark: Any) -> None:
    session = bench.engine.desk.session
    frame = session.range(3).select(broken(session)("id").alias("shop"))
    plan = TablePlan(bench.target, FrameSource(frame), (), "append", infer_schema=True)
    with pytest.raises(DataFrameworkError) as caught:
        bench.engine.prepare(plan)
    assert "LookupError: no shop has the number" in str(caught.value)
    assert "java" not in str(caught.value).lower()
    assert not bench.catalogue.exists(bench.target)


def test_a_control_that_raises_inside_a_task_is_that_controls_error(bench: Bench, spark: Any) -> None:
    check = FunctionCheck("f", "shops", lambda frame: broken(frame.sparkSession)(frame.id) == "x", ("id",))
    plan = bench.plan([bench.csv("id\n7\n")], {"id": "int"}, checks=(check,))
    prepared = bench.engine.prepare(plan)
    found = prepared.verdict.checks["f"]
    assert found.error.startswith("LookupError: no shop has the number 7")
    assert "\n" not in found.error
    bench.engine.discard(prepared)


def test_a_table_that_never_stands_still_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    text, options = "id,v\n1,a\n", {"write_mode": "merge", "primary_keys": ("id",)}
    bench.run(bench.plan([bench.csv(text)], {"id": "int", "v": "string"}, **options))
    before, tries = bench.rows(), []

    def moved(*_: Any) -> None:
        tries.append(1)
        raise CommitConflictError(table=str(bench.target), reason="it has moved on")

    prepared = bench.engine.prepare(bench.plan([bench.csv("id,v\n2,b\n", "2026-01-02")],
                                               {"id": "int", "v": "string"}, **options))  # fmt: skip
    monkeypatch.setattr("data_framework.modules.data_process.integrations.spark.writing.publish.merge", moved)
    with pytest.raises(PublishFailedError, match="other writers were faster every time"):
        bench.engine.commit(prepared, {})
    assert 5 < len(tries) < 50
    bench.engine.discard(prepared)
    assert bench.rows() == before


def test_a_run_that_cannot_start_spark_says_what_it_needs(tmp_path: Path, spark: Any) -> None:
    project = ProjectFolder(tmp_path)
    project.write("platform.json", {"local": {"environment": "local"}})
    staging = {"target_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
               "processing_specifications": {"technology": "emr"}}  # fmt: skip
    configure(project, {"landing_to_raw": LANDING, "raw_to_staging": staging})
    project.land("sales_2026-01-01.csv", "id,shop,amount\n1,a,2\n")
    java = project.write("java11/bin/java", "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    lacking: list[tuple[int, str, dict[str, str]]] = [
        (2, "openjdk-17", {"JAVA_HOME": "", "PATH": str(tmp_path)}),
        (2, "JAVA_HOME is", {"JAVA_HOME": str(tmp_path)}),
        (2, 'is version "11.0.2"', {"JAVA_HOME": str(java.parents[1])}),
        (2, "doctor --engine emr --fetch", {"DATA_FRAMEWORK_SPARK_JARS": str(tmp_path), "HOME": str(tmp_path)}),
        (3, "no-such-agent", {"SPARK_SUBMIT_OPTS": "-agentlib:no-such-agent"}),
    ]
    for code, said, variables in lacking:
        done = project.run_apart("run", "sales", timeout=300, **variables)
        assert done.code == code, done.err
        assert said in done.err
        assert "Traceback" not in done.out + done.err
