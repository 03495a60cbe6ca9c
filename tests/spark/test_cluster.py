"""A cluster of executors, each a JVM with a folder of its own: the same tables, also if one is lost; a small driver."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from shop import OUTPUT, PROCESSES, SQL, control, deliver, shop
from spark.small import SMALL

CLUSTER = {**SMALL, "spark.master": "local-cluster[2,1,1024]", "spark.executor.memory": "512m"}
CODE = """
from data_framework import DataFlowInterface
from transformation.tasks import kills_its_executor_once, note_peaks


class ProcessingCoordinator(DataFlowInterface):
    def process(self):
        sales = self.read_table("sales")
        regions = self.data_process.create_dataframe({"shop": ["north", "south"], "region": ["up", "down"]})
        joined = self.data_process.join(sales, regions, "left", "shop")
        note_peaks(self.vars("peaks"), sales.sparkSession.sparkContext._gateway.proc.pid)
        self.write(joined.withColumn("told", kills_its_executor_once(self.vars("marker"))("shop")), "totals")
"""
TASKS = """
import os
import signal
import time
from pathlib import Path

from pyspark.sql.functions import udf


def kills_its_executor_once(marker):
    def told(shop):
        if marker and not Path(marker).exists():
            Path(marker).touch()
            os.kill(executor(os.getpid()), signal.SIGKILL)
            time.sleep(60)
        return marked(shop)

    return udf(told, "string")


def marked(shop):
    return f"<{shop}>"


def note_peaks(path, java):
    lines = [Path(f"/proc/{number}/status").read_text() for number in (os.getpid(), java)]
    peaks = [line.split()[1] for text in lines for line in text.splitlines() if line.startswith("VmHWM")]
    Path(path).write_text(" ".join(peaks))


def executor(number):
    while "java" not in Path(f"/proc/{number}/comm").read_text():
        number = int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
    return number
"""
REPORT = {**OUTPUT["output_reports"][0], "columns": ["id", "shop", "region", "told"]}
FLOW = {**PROCESSES, "business_to_output": {**OUTPUT, "output_reports": [REPORT]}}
TABLES = ("shop_staging.sales", "shop_business.totals")


def project_of(root: Path, settings: dict[str, Any], marker: str = "") -> ProjectFolder:
    """A shop all of whose processes run on Spark with these settings; the last one kills an executor, if it is to."""
    found = shop(root, FLOW, write_mode="merge", primary_keys=["id"])
    found.write("controls/sales.json", {"controls": [control(on_failure="quarantine")]})
    found.write("transformation/tasks.py", TASKS)
    found.write(SQL.replace(".sql", ".py"), CODE)
    (root / SQL).unlink()
    document = json.loads((root / "transformation.json").read_text())
    processes = document["dataflows"]["sales"]["processes"]
    listed = [{"parameter": name, "value": value} for name, value in settings.items()]
    for process in processes.values():
        process["processing_specifications"] = {
            "technology": "emr", "spark_configuration": {"custom_configuration": listed},
        }  # fmt: skip
    processes["staging_to_business"] |= {
        "vars": {"default": {"marker": marker, "peaks": str(root.parent / "peaks")}}, "per": "run",
    }  # fmt: skip
    found.write("transformation.json", document)
    return found


def feed(project: ProjectFolder) -> None:
    deliver(project, 1)
    deliver(project, 2, "2,south,7.25\n3,north,1.50\n4,south,many\n5,west,-1\n")


def told(project: ProjectFolder) -> dict[str, Any]:
    """What a project holds: tables, rows set aside, the report."""
    found: dict[str, Any] = {name: sorted(map(str, project.table(name))) for name in TABLES}
    aside = project.json("quarantine", "show", "shop_staging.sales")["rows"]
    output = {path.name: path.read_text() for path in (project.root / "data" / "output").rglob("*.csv")}
    found["aside"] = sorted(json.dumps([row["_line"], row["_reasons"], row["_row"]]) for row in aside)
    return found | {"output": output}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, spark: Any) -> dict[str, Any]:
    """What the same project holds where Spark is one machine."""
    one = project_of(tmp_path_factory.mktemp("one") / "shop", SMALL)
    feed(one)
    one.json("run", "sales", code=None)
    return told(one)


@pytest.mark.long
def test_a_cluster_gives_the_same_and_an_executor_may_be_lost(tmp_path: Path, expected: dict[str, Any]) -> None:
    marker = tmp_path / "lost"
    project = project_of(tmp_path / "shop", CLUSTER, str(marker))
    feed(project)
    done = project.run_apart("run", "sales", "--json", timeout=600)
    assert marker.exists(), done.out + done.err
    assert [(process["process"], process["engine"], process["success"]) for process in done.json["processes"]] == [
        (name, "emr", True) for name in PROCESSES
    ]  # fmt: skip
    assert told(project) == expected
    assert list((project.root / "data" / ".work").glob("*/*")) == []


@pytest.mark.long
def test_the_memory_of_the_driver_does_not_grow_with_the_rows(tmp_path: Path, spark: Any) -> None:
    peaks = []
    for times in (1, 4):
        project = project_of(tmp_path / str(times) / "shop", {**CLUSTER, "spark.driver.memory": "600m"})
        rows = "".join(f"{number},shop {number % 100},{number % 1000}.25\n" for number in range(200_000 * times))
        deliver(project, 1, rows)
        project.json("run", "sales", "--process", "landing_to_raw", "--technology", "lambda")
        done = project.run_apart("run", "sales", "--json", timeout=900)
        assert done.code == 0, done.out + done.err
        assert done.json["processes"][1]["tables"][0]["rows_written"] == 200_000 * times
        peaks.append([int(peak) for peak in (tmp_path / str(times) / "peaks").read_text().split()])
    (python, java), (more_python, more_java) = peaks
    print(f"driver: Python {python} and {more_python} kB, JVM {java} and {more_java} kB")
    assert more_python < python * 1.1
    assert more_java < java * 1.25
