"""The same project on a laptop and on AWS: nothing but platform.json differs, and the outcome is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aws.conftest import PREFIX
from aws.faults import refusal
from aws.project import AwsProject, files_below, plain
from data_framework.modules.aws import AwsClients
from data_framework.modules.dataflow import Step
from data_framework.modules.state.integrations.s3_state import S3State
from project import ProjectFolder
from shop import control, deliver, shop
from stories.test_wheel import wheel  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("shop_raw.sales", "shop_staging.sales", "shop_business.totals")


def pair(folder: Path, aws: AwsClients, **contract: Any) -> tuple[ProjectFolder, AwsProject]:
    """A shop on this machine, and the same on AWS."""
    local = shop(folder / "local", **contract)
    local.write("controls/sales.json", {"controls": [control(on_failure="quarantine", threshold={"rag_min": 0.1})]})
    (local.root / "data").mkdir()
    return local, AwsProject.of(local.root, folder / "aws", aws)


def outcome(project: ProjectFolder) -> dict[str, Any]:
    aside = project.json("quarantine", "show", "shop_staging.sales", "--limit", "1000")["rows"]
    landed = project.json("landing", "status")["files"]
    return {
        "tables": {name: project.table(name) for name in TABLES},
        "quarantine": sorted((row["_file_name"], row["_line"], str(row["_reasons"])) for row in aside),
        "landed": sorted((one["file_name"], one["disposition"], one["file_date"]) for one in landed),
    }


@pytest.mark.parametrize("mode", [{}, {"write_mode": "merge", "primary_keys": ["id"]}], ids=["overwrite", "merge"])
def test_a_feed_ends_the_same(tmp_path: Path, aws: AwsClients, mode: dict[str, Any]) -> None:
    both = pair(tmp_path, aws, **mode)
    for project in both:
        deliver(project, 1)
        deliver(project, 2, "3,north,1.50\n4,south,many\n5,west,-1\n")
        project.land("sales_2026-01-03.csv", "not what was agreed\n")
        project.land("other.txt", "x")
    runs = [plain(project.json("run", "sales", code=1)) for project in both]
    assert {key for key in runs[1].pop("requests") if key.startswith("s3:")} >= {"s3:GetObject", "s3:PutObject"}
    assert runs[0] == runs[1]
    for project in both:
        deliver(project, 2, "3,north,9.50\n4,south,2\n", suffix="")
        deliver(project, 4)
        deliver(project, 4, suffix="_again")
    again = [plain(project.json("run", "sales")) for project in both]
    again[1].pop("requests")
    assert again[0] == again[1]
    assert outcome(both[0]) == outcome(both[1])
    assert files_below(both[0].root / "data" / "output") == both[1].objects("output")
    rejected = {"/".join(key.split("/")[2:]): body for key, body in both[1].objects("rejected").items()}
    assert rejected["sales_2026-01-03.csv"] == b"not what was agreed\n"
    assert not [key for key in both[1].objects("raw") if key.startswith("_incoming/")]
    nothing = both[1].json("run", "sales")
    assert all(process["skipped"] for process in nothing["processes"])
    assert sum(nothing["requests"].values()) < 80


def test_history_is_read_from_there(tmp_path: Path, aws: AwsClients) -> None:
    _, project = pair(tmp_path, aws)
    deliver(project, 1)
    run = project.json("run", "sales")
    (listed,) = project.json("runs", "list")["runs"]
    assert listed["execution_id"] == run["execution_id"]
    shown = project.json("runs", "show", run["execution_id"])
    assert shown["success"] is True
    assert sum(shown["requests"].values()) > 100
    assert shown["processes"][1]["peak_memory_mb"] > 10
    assert "requests of AWS, " in project.run("run", "sales").out
    name = "/dataflow/shop/sales-raw_to_staging/result"
    payload = json.loads(aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    assert (payload["success"], payload["execution_id"]) == (True, run["execution_id"])
    metrics = {one["MetricName"] for one in aws.client("cloudwatch").list_metrics()["Metrics"]}
    assert {"ProcessDuration", "TableWriteAddedRecords", "DataFlowEndEvent"} <= metrics
    assert project.json("tables", "show", "shop_staging.sales")["location"].startswith(f"s3://{PREFIX}-staging/")
    checks = {check["name"]: check for check in project.json("doctor", code=None)["checks"]}
    assert checks["aws account"]["found"] == "123456789012, region eu-west-1"
    assert checks[f"bucket {PREFIX}-landing"]["ok"]


def test_a_payload_too_large_for_a_parameter_says_where_it_is(tmp_path: Path, aws: AwsClients) -> None:
    state = S3State(aws, PREFIX, "shop")
    payload = {"success": True, "next_stage": False, "file_name": "a", "outputs": [{"name": "x" * 5000}]}
    state.save_payload("/dataflow/shop/sales-x/result", payload)
    kept = json.loads(aws.client("ssm").get_parameter(Name="/dataflow/shop/sales-x/result")["Parameter"]["Value"])
    assert (kept["success"], kept["next_stage"], kept["truncated"]) == (True, False, True)
    bucket, _, key = kept["whole"].removeprefix("s3://").partition("/")
    body = json.loads(aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    assert body["document"] == payload == state.payload("/dataflow/shop/sales-x/result")


def test_a_message_that_fails_is_exit_4_and_the_data_safe(tmp_path: Path, aws: AwsClients) -> None:
    project = shop(tmp_path / "local")
    mail = {"channel": "ses", "sender": "nobody@example.org", "topics": {"internal": ["me@example.org"]}}
    project = AwsProject.of(project.root, tmp_path / "aws", aws, notifications=mail)
    deliver(project, 1)
    run = project.json("run", "sales", code=4)
    assert run["success"] is True
    assert len(project.table("shop_staging.sales")) == 2


def test_a_database_prefix_keeps_environments_apart(tmp_path: Path, aws: AwsClients) -> None:
    project = AwsProject.of(shop(tmp_path / "local").root, tmp_path / "aws", aws, database_prefix="dev_")
    deliver(project, 1)
    project.json("run", "sales")
    names = sorted(one["Name"] for one in aws.client("glue").get_databases()["DatabaseList"])
    assert [name for name in names if name.startswith("dev_shop")] == [
        "dev_shop_business", "dev_shop_raw", "dev_shop_staging",
    ]  # fmt: skip


def test_two_processes_ingest_a_landed_file_once(tmp_path: Path, aws: AwsClients) -> None:
    _, project = pair(tmp_path, aws)
    deliver(project, 1)
    with ThreadPoolExecutor(2) as both:
        runs = list(both.map(lambda _: project.run_apart("run", "sales", "--json", "--environment", "develop"), "ab"))
    assert [run.code for run in runs] == [0, 0], [run.err for run in runs]
    done = [process["skipped"] for run in runs for process in run.json["processes"]
            if process["process"] == "landing_to_raw"]  # fmt: skip
    assert sorted(done) == [False, True]
    assert len(project.table("shop_staging.sales")) == 2


KILLED = """
import os, signal, sys
from data_framework.cli import main
from data_framework.modules.dataflow import Runtime, Step
made = Runtime.__init__
def stop(reached):
    if reached is Step(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
def watched(self, *given, **named):
    made(self, *given, **named)
    self.on_step = stop
Runtime.__init__ = watched
main(sys.argv[2:])
"""


@pytest.mark.parametrize("step", [Step.LANDED, Step.DELIVERED, Step.INTENT, Step.STAGED, Step.QUARANTINE, Step.COMMIT])
def test_killed_and_run_again_it_ends_the_same(
    tmp_path: Path, aws: AwsClients, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    local, project = pair(tmp_path, aws)
    rows = "1,north,1.50\n2,south,many\n3,west,2.25\n"
    for one in (local, project):
        deliver(one, 1, rows)
    command = [sys.executable, "-c", KILLED, step.value, "run", "sales", "--environment", "develop"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    monkeypatch.setattr(S3State, "lease_seconds", 3.0)  # what the killed run held is over soon
    for one in (local, project):
        one.json("run", "sales", "--wait", "30")
    assert outcome(local) == outcome(project)


def test_throttling_in_mid_run_heals(tmp_path: Path, aws: AwsClients, monkeypatch: pytest.MonkeyPatch) -> None:
    """Glue refuses every commit for a while: a clean end, nothing half published, and the next run does it."""
    _, project = pair(tmp_path, aws)
    deliver(project, 1)
    made = AwsClients._made
    slow = refusal("glue", "ThrottlingException", 400, "Rate exceeded")

    def throttled(self: AwsClients, service: str) -> Any:
        client = made(self, service)
        if service == "glue":
            client.raw.meta.events.register_first("before-send.glue.UpdateTable", lambda **_: answer())
        return client

    def answer() -> Any:
        return refusal("glue", "ThrottlingException", 400, "Rate exceeded")

    assert slow.status_code == 400
    with monkeypatch.context() as patch:
        patch.setattr(AwsClients, "_made", throttled)
        run = project.json("run", "sales", code=3)
    assert "throttled" in json.dumps(run)
    assert project.json("run", "sales")["success"]
    assert len(project.table("shop_staging.sales")) == 2


def figures(run: dict[str, Any]) -> str:
    """What a run took: for those who look with `pytest -s`."""
    peak = max(process.get("peak_memory_mb") or 0 for process in run["processes"])
    return f"{sum(run['requests'].values()):,} requests, {run['duration_s']:.0f} s, {peak:,.0f} MB at most"


def without_run(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: cell for name, cell in row.items() if name != "_run_id"} for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("days", [9, pytest.param(31, marks=pytest.mark.long)])
def test_the_flights_end_the_same(tmp_path: Path, aws: AwsClients, days: int) -> None:
    local = ProjectFolder(tmp_path / "local")
    assert local.run("init", str(local.root), "--template", "flights").code == 0
    subprocess.run([sys.executable, "deliver.py"], cwd=local.root, check=True, capture_output=True)
    for later in sorted((local.root / "data" / "landing" / "flights").glob("*.zip"))[days:]:
        later.unlink()
    project = AwsProject.of(local.root, tmp_path / "aws", aws)
    runs = [one.json("run", "--all", code=None) for one in (local, project)]
    print("flights:", *(f"{run['dataflow']}: {figures(run)};" for run in runs[1]["runs"]))
    for run in runs[1]["runs"]:
        assert run.pop("requests")
    assert plain(runs[0]) == plain(runs[1])
    assert files_below(local.root / "data" / "output") == project.objects("output")
    tables = [one.json("tables", "list")["tables"] for one in (local, project)]
    names = [f"{table['database']}.{table['table']}" for table in tables[0] if table["layer"] != "raw"]
    shown = [[(t["database"], t["table"], t["rows"]) for t in found] for found in tables]
    assert shown[0] == shown[1]
    for name in names:
        if not name.startswith("data_quality."):
            assert without_run(local.table(name)) == without_run(project.table(name))


@pytest.mark.slow
def test_the_built_wheel_runs_and_knows_only_the_endpoint(tmp_path: Path, aws: AwsClients, wheel: Path) -> None:  # noqa: F811
    """What is shipped runs against AWS in a process that has nothing of the tests but the variables."""
    project = AwsProject.of(shop(tmp_path / "local").root, tmp_path / "aws", aws)
    deliver(project, 1)
    kept = ("PATH", "HOME", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    code = f"import sys; sys.path.insert(0, {str(wheel)!r}); from data_framework.cli import main; "
    code += f"assert sys.modules['data_framework'].__file__.startswith({str(wheel)!r}); main(sys.argv[1:])"
    command = [sys.executable, "-P", "-c", code, "run", "sales", "--environment", "develop", "--json"]
    done = subprocess.run(
        command, cwd=project.root, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["success"]
    assert len(project.table("shop_staging.sales")) == 2
