"""Work files of a pass: where a cluster reaches them, gone after the run, swept when a killed run left them."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aws.conftest import PREFIX
from data_framework.modules.aws import AwsClients
from data_framework.modules.data_process.integrations.spark.one_pass.raw_tasks import opened
from data_framework.modules.data_process.integrations.spark.work_files import ABANDONED, sweep, work_files
from data_framework.modules.storage import StorageInterface
from data_framework.modules.storage.integrations.local_storage import LocalStorage
from data_framework.modules.storage.integrations.s3_storage import S3Storage

TABLE = pa.table({"id": [1, 2]})


def check(storage: StorageInterface, begins: str, *, alone: bool) -> None:
    with work_files(storage, alone=alone) as folder:
        address = folder.below("plan-1").write(TABLE, "frame")
        assert address.startswith(begins)
        with opened(address) as stream:
            assert pq.read_table(stream) == TABLE
        kept = folder.write(TABLE, "frame")
        folder.below("plan-1").clear()
        with opened(kept) as stream:
            assert stream.read(4) == b"PAR1"


def test_on_one_machine_and_on_a_shared_disk_they_lie_below_the_data_root(tmp_path: Path) -> None:
    for alone in (True, False):
        check(LocalStorage(tmp_path), f"file://{tmp_path}/.work/", alone=alone)
        assert [path for path in tmp_path.rglob("*") if path.suffix == ".parquet"] == []


def test_a_cluster_on_aws_has_them_in_the_scratch_bucket_and_killed_runs_are_swept(aws: AwsClients) -> None:
    storage = S3Storage(aws, PREFIX)
    check(storage, "file://", alone=True)
    storage.write("scratch", "athena/answer.csv", [b"x"])
    storage.write("scratch", "work/killed/plan-1/raw-1/part-0.parquet", [b"x"])
    check(storage, f"s3://{PREFIX}-scratch/work/", alone=False)  # this one is too young to be given up
    assert [found.key for found in storage.list("scratch", "work/")] == ["work/killed/plan-1/raw-1/part-0.parquet"]
    sweep(storage, time.time() + ABANDONED.total_seconds() + 60)
    assert [found.key for found in storage.list("scratch")] == ["athena/answer.csv"]


def test_what_spark_wrote_is_read_in_its_order(aws: AwsClients) -> None:
    storage = S3Storage(aws, PREFIX)
    with work_files(storage, alone=False) as folder:
        path = folder.path("answer")
        key = path.removeprefix(f"s3://{PREFIX}-scratch/")
        for name in ("part-00001-x.parquet", "part-00000-x.parquet", "_SUCCESS", "_temporary/0/part-00000-y.parquet"):
            storage.write("scratch", f"{key}/{name}", [b"x"])
        assert [part.removeprefix(f"{path}/") for part in folder.parts(path)] == [
            "part-00000-x.parquet", "part-00001-x.parquet",
        ]  # fmt: skip
