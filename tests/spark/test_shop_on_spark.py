"""A shop on Spark from the command line: settings, code that fails in tasks, wider types, upkeep of its tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data_framework.modules.catalogue import open_catalogue
from data_framework.modules.config import open_config
from data_framework.modules.config.model.tables import TableRef
from project import ProjectFolder
from shop import BUSINESS, LANDING, SQL, STAGING, control, deliver, process_of, shop
from spark.small import SMALL
from stories.test_widening import amounts, feed, kind_of

CODE = """
import os
import signal
from pathlib import Path

from pyspark.sql.functions import lit, udf
from data_framework import DataFlowInterface


class ProcessingCoordinator(DataFlowInterface):
    def process(self):
        sales = self.read_table("sales")
        conf = sales.sparkSession.conf
        said = [conf.get(name) for name in ("spark.sql.shuffle.partitions", "spark.sql.files.maxPartitionBytes")]
        told = udf(spoilt, "string")
        self.write(sales.withColumn("shop", told("shop")).withColumn("said", lit(" ".join(said))), "totals")


def spoilt(shop):
    mood = Path("MOOD").read_text()
    if mood == "raise":
        raise LookupError(f"no shop is called {shop}")
    if mood == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return shop
"""


def on_spark(project: ProjectFolder, **more: Any) -> ProjectFolder:
    """Let every process of a project run on Spark, by settings for a few rows and more."""
    path = project.root / "transformation.json"
    document = json.loads(path.read_text())
    listed = [{"parameter": name, "value": value} for name, value in {**SMALL, **more}.items()]
    for process in document["dataflows"]["sales"]["processes"].values():
        specifications = {"technology": "emr", "spark_configuration": {"custom_configuration": listed}}
        process["processing_specifications"] = specifications
    path.write_text(json.dumps(document))
    return project


def test_code_that_fails_in_a_task_leaves_the_table_and_the_next_run_goes_on(tmp_path: Path, spark: Any) -> None:
    business = {**BUSINESS, "per": "run", "target_tables": {"totals": {**BUSINESS["target_tables"]["totals"],
                "write_mode": "append"}}}  # fmt: skip
    processes = {"landing_to_raw": LANDING, "raw_to_staging": STAGING, "staging_to_business": business}
    project = shop(tmp_path / "shop", processes)
    (project.root / SQL).unlink()
    mood = project.write("mood", "")
    code = CODE.replace("MOOD", str(mood))
    project.write(SQL.replace(".sql", ".py"), code)
    on_spark(project, **{"spark.sql.shuffle.partitions": "3", "spark.sql.files.maxPartitionBytes": "33554432"})
    said = {"said": "3 33554432", "data_date": "2026-01-01"}
    deliver(project, 1, "1,north,1.50\n")
    project.json("run", "sales")
    first = [{"id": "1", "shop": "north", "amount": "1.50", **said}]
    assert project.table("shop_business.totals") == first
    deliver(project, 2, "2,south,2.25\n")
    reasons = {"raise": "LookupError: no shop is called", "die": "Python worker exited unexpectedly"}
    for spoiling, reason in reasons.items():
        mood.write_text(spoiling)
        answer = project.json("run", "sales", code=3)
        message = process_of(answer, "staging_to_business")["error"]["message"]
        assert reason in message
        assert "\n" not in message
        assert len(message) < 300
        assert not [word for word in ("Traceback", "java", "apache", "SQLSTATE") if word in message]
        assert project.table("shop_business.totals") == first
    mood.write_text("")
    project.json("run", "sales")
    assert sorted(row["id"] for row in project.table("shop_business.totals")) == ["1", "1", "2"]


def test_columns_are_widened_as_on_the_other_engine(tmp_path: Path, spark: Any) -> None:
    told = []
    for engine in ("lambda", "emr"):
        project = on_spark(feed(tmp_path / engine, "int", primary_keys=["id"]))
        for day, rows in enumerate(("1,north,7\n2,south,\n", "3,west,1.25\n", "4,east,8\n"), 1):
            deliver(project, day, rows)
            staging = process_of(project.json("run", "sales", "--technology", engine), "raw_to_staging")
            assert staging["engine"] == engine
            counts = {name: count for name, count in staging["tables"][0].items() if name.startswith("rows_")}
            told.append((kind_of(project), sorted(amounts(project)), counts, staging["warnings"]))
    assert told[:3] == told[3:]
    assert told[-1][0] == "decimal(38,2)"


def test_tables_of_spark_are_kept_as_those_of_the_other_engine(tmp_path: Path, spark: Any) -> None:
    processes = {"landing_to_raw": LANDING, "raw_to_staging": STAGING}
    project = on_spark(shop(tmp_path, processes, partition_field=None, write_mode="append"))
    kept = {"snapshots": 2, "quarantine": 0}
    project.write("platform.json", {"local": {"environment": "local", "retention": kept}})
    project.write("controls/sales.json", {"controls": [control(on_failure="quarantine")]})
    for day in range(1, 4):
        deliver(project, day, f"{day},a,{day}.00\n{day + 10},b,-1\n")
        project.json("run", "sales", code=None)
    catalogue, ref = open_catalogue(open_config(project.root)), TableRef("staging", "shop_staging", "sales")
    assert len(catalogue.history(ref)) == 2
    before = project.table("shop_staging.sales")
    (done,) = project.json("tables", "maintain", "shop_staging.sales")["tables"]
    assert (done["files_before"], done["files_after"], done["rows"]) == (3, 1, 3)
    assert project.table("shop_staging.sales") == before
    aside = "shop_staging.sales"
    assert project.json("quarantine", "discard", aside, "--data-date", "2026-01-02")["rows_discarded"] == 1
    deliver(project, 4, "4,a,4.00\n")
    project.json("run", "sales", code=None)
    left = project.json("quarantine", "show", aside)["rows"]
    assert sorted(row["_data_date"] for row in left) == ["2026-01-01", "2026-01-03"]
    assert len(project.table("shop_staging.sales")) == 4
