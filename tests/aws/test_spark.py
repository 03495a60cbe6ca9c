"""Spark on Glue and S3: the same project by the engine emr ends as on a laptop by the engine lambda."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aws.conftest import PREFIX
from aws.project import AwsProject, files_below
from aws.test_whole_project import outcome, pair, without_run
from data_framework.modules.aws import AwsClients
from data_framework.modules.data_process.integrations.spark.session import jars
from data_framework.modules.data_process.integrations.spark.session.settings import glue_catalogue
from data_framework.modules.exception import SparkError
from project import ProjectFolder
from shop import deliver

pytestmark = pytest.mark.spark


@pytest.fixture
def bundle() -> None:
    """The libraries Spark needs on AWS; without them tests are skipped."""
    try:
        jars.find(jars.needed(jars.spark_version(), aws=True))
    except SparkError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def on_spark(project: AwsProject, *arguments: str) -> Any:
    """Run by the engine emr in a process of its own: a JVM has the libraries of one kind of catalogue."""
    given = ("--json", "--technology", "emr", "--environment", "develop")
    done = project.run_apart("run", *arguments, *given, timeout=1800)
    assert done.code in {0, 1}, done.out[-3000:] + done.err[-3000:]
    return done.json


def run_by(project: ProjectFolder, master: str) -> None:
    """Let every process of a project run by a cluster; its executors are JVMs with folders of their own."""
    path = project.root / "transformation.json"
    document = json.loads(path.read_text())
    listed = [{"parameter": "spark.master", "value": master}, {"parameter": "spark.executor.memory", "value": "512m"}]
    for process in document["dataflows"]["sales"]["processes"].values():
        process["processing_specifications"] = {"spark_configuration": {"custom_configuration": listed}}
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("master", ["", pytest.param("local-cluster[2,1,1024]", marks=pytest.mark.long)])
def test_a_feed_ends_the_same_on_spark(tmp_path: Path, aws: AwsClients, bundle: None, master: str) -> None:
    local, project = pair(tmp_path, aws, write_mode="merge", primary_keys=["id"])
    aws.client("s3").raw.put_bucket_versioning(
        Bucket=f"{PREFIX}-scratch", VersioningConfiguration={"Status": "Enabled"}
    )
    if master:
        run_by(project, master)
    for one in (local, project):
        deliver(one, 1)
        deliver(one, 2, "3,north,1.50\n4,south,many\n5,west,-1\n")
    local.json("run", "sales", code=None)
    run = on_spark(project, "sales")
    assert {process["engine"] for process in run["processes"] if process["process"] != "landing_to_raw"} == {"emr"}
    for one in (local, project):
        deliver(one, 2, "3,north,9.50\n4,south,2\n")
    local.json("run", "sales", code=None)
    on_spark(project, "sales")
    assert outcome(local) == outcome(project)
    assert project.objects("scratch") == {}  # what was there a cluster had there, and nobody else
    was = aws.client("s3").raw.list_object_versions(Bucket=f"{PREFIX}-scratch").get("Versions", [])
    assert any(one["Key"].startswith("work/") for one in was) == bool(master)
    assert files_below(local.root / "data" / "output") == project.objects("output")


@pytest.mark.long
def test_three_days_of_flights_end_the_same_on_spark(tmp_path: Path, aws: AwsClients, bundle: None) -> None:
    local = ProjectFolder(tmp_path / "local")
    assert local.run("init", str(local.root), "--template", "flights").code == 0
    subprocess.run([sys.executable, "deliver.py"], cwd=local.root, check=True, capture_output=True)
    for day in sorted((local.root / "data/landing/flights").iterdir())[3:]:
        day.unlink()  # a day of Spark's on one machine takes its time, and the engine lambda has them all
    project = AwsProject.of(local.root, tmp_path / "aws", aws)
    local.json("run", "--all", code=None)
    on_spark(project, "--all")
    assert files_below(local.root / "data" / "output") == project.objects("output")
    tables = [one.json("tables", "list")["tables"] for one in (local, project)]
    names = [f"{table['database']}.{table['table']}" for table in tables[0] if table["layer"] != "raw"]
    shown = [[(t["database"], t["table"], t["rows"]) for t in found] for found in tables]
    assert shown[0] == shown[1]
    for name in names:
        if not name.startswith("data_quality."):
            assert without_run(local.table(name)) == without_run(project.table(name))


def test_endpoints_and_keys_are_told_to_iceberg() -> None:
    found = glue_catalogue("s3://x-scratch/warehouse", "eu-west-1", {"s3": "https://s3.vpce"}, "alias/data")
    plain = {name.removeprefix("spark.sql.catalog.iceberg_catalog."): value for name, value in found.items()}
    assert (plain["s3.endpoint"], plain["s3.path-style-access"]) == ("https://s3.vpce", "true")
    assert (plain["s3.sse.type"], plain["s3.sse.key"]) == ("kms", "alias/data")
    assert "glue.endpoint" not in plain
