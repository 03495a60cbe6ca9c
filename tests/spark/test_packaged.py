"""A project as it travels to a cluster: two zips and a launcher, run by spark-submit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from shop import shop

_CODE = """
from pathlib import Path

import data_framework
from data_framework import DataFlowInterface

class ProcessingCoordinator(DataFlowInterface):
    def process(self):
        Path(self.vars("note")).write_text(data_framework.__file__)
"""


def packaged(project: ProjectFolder) -> Path:
    out = project.root.parent / "dist"
    answer = project.json("package", "--out", str(out))
    names = ["data_framework.zip", "transformation.zip", "emr_launcher.py"]
    assert [Path(entry["file"]) for entry in answer["files"]] == [out / name for name in names]
    assert [entry["bytes"] for entry in answer["files"]] == [(out / name).stat().st_size for name in names]
    return out


def travelling(root: Path) -> ProjectFolder:
    """A shop whose data lies at a fixed place, and whose last process says where the framework was found."""
    project = shop(root / "shop")
    project.write("platform.json", {"local": {"data_root": str(root / "shop" / "data")}})
    document = json.loads((project.root / "transformation.json").read_text())
    processes: dict[str, Any] = document["dataflows"]["sales"]["processes"]
    processes["staging_to_common"] = {
        "source_tables": processes["staging_to_business"]["source_tables"],
        "vars": {"default": {"note": str(root / "note")}}, "per": "run",
    }  # fmt: skip
    project.write("transformation.json", document)
    project.write("transformation/dataflow/default/staging_to_common.py", _CODE)
    project.land("sales_2026-01-02.csv", "id,shop,amount\n1,a,2.50\n2,b,x\n")
    return project


def submit(dist: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("spark-submit")), "--master", "local[1]", "--conf",
               "spark.ui.enabled=false", "--py-files", "data_framework.zip", "emr_launcher.py", *arguments]  # fmt: skip
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                   "PYSPARK_PYTHON": sys.executable}  # fmt: skip
    return subprocess.run(command, cwd=dist, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_spark_submit_runs_the_zipped_project_with_the_zipped_framework(spark: Any, tmp_path: Path) -> None:
    project = travelling(tmp_path)
    done = submit(packaged(project), "--dataflow", "sales", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [(process["process"], process["success"]) for process in answer["processes"]] == [
        ("landing_to_raw", True), ("raw_to_staging", True), ("staging_to_common", True),
        ("staging_to_business", True), ("business_to_output", True),
    ]  # fmt: skip
    assert Path((tmp_path / "note").read_text()).is_relative_to(tmp_path / "dist" / "data_framework.zip")
    assert project.table("shop_business.totals") == [{"shop": "a", "total": "2.50", "sales": "1"}]


def test_an_error_of_a_submitted_run_has_its_exit_code(spark: Any, tmp_path: Path) -> None:
    done = submit(packaged(travelling(tmp_path)), "--dataflow", "sale")
    assert done.returncode == 2
    assert "There is no dataflow named 'sale'." in done.stdout  # where spark-submit puts what Python writes to stderr


@pytest.mark.quick
def test_the_same_project_gives_the_same_zips_and_data_stays(tmp_path: Path) -> None:
    project = travelling(tmp_path)
    out = packaged(project)
    first = [path.read_bytes() for path in sorted(out.iterdir())]
    assert [path.read_bytes() for path in sorted(packaged(project).iterdir())] == first
    with zipfile.ZipFile(out / "transformation.zip") as archive:
        assert archive.namelist() == [
            "platform.json", "tables/sales.json", "transformation.json",
            "transformation/dataflow/default/staging_to_common.py",
            "transformation/dataflow/sales/staging_to_business.sql",
        ]  # fmt: skip


@pytest.mark.quick
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    project = travelling(tmp_path)
    (tmp_path / "file").write_text("in the way")
    result = project.run("package", "--out", str(tmp_path / "file" / "below"))
    assert result.code == 2
    assert "Could not write the project" in result.err
