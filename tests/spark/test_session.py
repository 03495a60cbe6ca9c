"""One Spark a process: its settings, sessions of several projects, tables shared with the other engine."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue
from data_framework.modules.catalogue.interface_catalogue import Column, TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.integrations.spark.session.sessions import open_session
from data_framework.modules.data_process.integrations.spark.session.settings import (
    SparkSettings,
    glue_catalogue,
    local_catalogue,
)

pytestmark = pytest.mark.quick


def test_the_same_settings_have_the_same_session_and_others_their_own(spark: Any, tmp_path: Path) -> None:
    first = SparkSettings(local_catalogue(tmp_path / "a"))
    session = open_session(first)
    assert open_session(SparkSettings(local_catalogue(tmp_path / "a"))) is session
    other = open_session(SparkSettings(local_catalogue(tmp_path / "b"), extra={"spark.sql.shuffle.partitions": "7"}))
    assert session.sparkContext is other.sparkContext
    assert {one.conf.get("spark.sql.session.timeZone") for one in (session, other)} == {"UTC"}
    partitions = [one.conf.get("spark.sql.shuffle.partitions") for one in (session, other)]
    assert partitions[0] != "7" == partitions[1]


def test_a_session_speaks_the_one_dialect(spark: Any) -> None:
    assert spark.sql("""select "a" || 'b' from (select 'x' as "a")""").collect()[0][0] == "xb"
    with pytest.raises(Exception, match="DIVIDE_BY_ZERO"):
        spark.sql("select 1 / 0").collect()
    with pytest.raises(Exception, match="CAST_INVALID_INPUT"):
        spark.sql("select cast('x' as int)").collect()


def test_spark_and_the_other_engine_read_and_write_the_same_tables(tmp_path: Path, spark: Any) -> None:
    catalogue, ref = LocalCatalogue(tmp_path), TableRef("staging", "shop", "sales")
    columns = (Column("id", "bigint"), Column("price", "decimal(10,2)"))
    catalogue.create(ref, TableSchema(columns=columns))
    session = open_session(SparkSettings(local_catalogue(tmp_path)))
    session.sql("insert into iceberg_catalog.shop.sales values (1, 2.50)")
    assert [file.rows for file in catalogue.files(ref)] == [1]
    rows = [row for batch in catalogue.scan(ref) for row in batch.to_pylist()]
    assert rows == [{"id": 1, "price": Decimal("2.50")}]


def test_settings_of_a_started_jvm(tmp_path: Path) -> None:
    settings = SparkSettings(local_catalogue(tmp_path), memory=6 * 1024**3, extra={"spark.ui.enabled": "true"})
    started = settings.local([Path("/jars/a.jar"), Path("/jars/b.jar")], Path("/code"))
    assert started["spark.driver.memory"] == "3072m"
    assert started["spark.driver.extraClassPath"] == os.pathsep.join(["/jars/a.jar", "/jars/b.jar"])
    assert started["spark.ui.enabled"] == "true"
    assert started["spark.master"].startswith("local[")
    assert not any(key in settings.session() for key in ("spark.master", "spark.driver.memory"))


def test_settings_of_glue() -> None:
    found = glue_catalogue("s3://lake/warehouse", "eu-west-1", name="lake")
    assert found["spark.sql.catalog.lake.type"] == "glue"
    assert found["spark.sql.catalog.lake.client.region"] == "eu-west-1"
    assert found["spark.sql.catalog.lake.io-impl"].endswith("S3FileIO")


def started_with(variables: dict[str, str], tmp_path: Path, extra: str = "{}") -> str:
    program = (
        "from pathlib import Path\n"
        "from data_framework.modules.data_process.integrations.spark.session.sessions import open_session\n"
        "from data_framework.modules.data_process.integrations.spark.session import settings\n"
        "from data_framework.modules.exception import DataFrameworkError\n"
        "try:\n"
        f"    open_session(settings.SparkSettings(settings.local_catalogue(Path({str(tmp_path)!r})), extra={extra}))\n"
        "except DataFrameworkError as error:\n"
        "    print(type(error).__name__, error, sep='|')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_jvm_that_dies_is_quoted(tmp_path: Path, spark: Any) -> None:
    said = started_with({}, tmp_path, "{'spark.driver.extraJavaOptions': '-agentlib:no-such-agent'}")
    assert said.startswith("SparkStartError|")
    assert "no-such-agent" in said
    said = started_with({}, tmp_path, "{'spark.master': 'no-such-master'}")
    assert said.startswith("SparkStartError|")
    assert "Master must" in said
