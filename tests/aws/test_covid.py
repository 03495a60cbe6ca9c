"""A real feed of 135 deliveries on AWS: dispositions and rows are those of the local run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aws.project import AwsProject, plain
from aws.test_spark import bundle, on_spark
from aws.test_whole_project import figures, without_run
from data_framework.modules.aws import AwsClients
from project import ProjectFolder
from stories.test_covid import FEED, Sent, land, make_project, sent

__all__ = ["bundle", "sent"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FEED.is_dir(), reason="the covid_daily deliveries are not beside the repository"),
]
TABLE = "covid_staging.daily"


@pytest.mark.parametrize("mode", ["delta", "full"])
def test_the_deliveries_end_the_same(tmp_path: Path, aws: AwsClients, sent: list[Sent], mode: str) -> None:
    make_project(tmp_path / "local", "evolve")
    local = ProjectFolder(tmp_path / "local")
    land(local.root, sent)
    project = AwsProject.of(local.root, tmp_path / "aws", aws)
    full = ("--full-refresh",) if mode == "full" else ()
    runs: list[dict[str, Any]] = [one.json("run", "daily", *full, code=None) for one in (local, project)]
    print(f"covid, {mode}: {figures(runs[1])}, {runs[0]['duration_s']:.0f} s on this machine alone")
    assert runs[1].pop("requests")
    assert plain(runs[0]) == plain(runs[1])
    assert without_run(local.table(TABLE)) == without_run(project.table(TABLE))
    assert landed(local) == landed(project)


@pytest.mark.spark
def test_all_of_them_at_once_end_the_same_on_spark(
    tmp_path: Path, aws: AwsClients, bundle: None, sent: list[Sent]
) -> None:
    make_project(tmp_path / "local", "evolve")
    local = ProjectFolder(tmp_path / "local")
    land(local.root, sent)
    project = AwsProject.of(local.root, tmp_path / "aws", aws)
    local.json("run", "daily", "--full-refresh", code=None)
    on_spark(project, "daily", "--full-refresh")
    assert without_run(local.table(TABLE)) == without_run(project.table(TABLE))
    assert landed(local) == landed(project)


def landed(project: ProjectFolder) -> list[tuple[str, str, str]]:
    """What became of every file."""
    files = project.json("landing", "status")["files"]
    return sorted((one["key"], str(one["disposition"]), str(one["file_date"])) for one in files)
