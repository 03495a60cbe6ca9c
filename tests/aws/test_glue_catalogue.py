"""The catalogue on Glue and S3: the conformance suite, and what only it promises."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from pyiceberg.catalog import load_catalog

from aws.conftest import PREFIX
from aws.faults import failing, refusal
from data_framework.modules.aws import AwsClients
from data_framework.modules.catalogue import Change, committed
from data_framework.modules.catalogue.integrations.aws_glue.catalogue import GlueCatalogue
from data_framework.modules.catalogue.integrations.iceberg import tables as iceberg_tables
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import CatalogueUnavailableError
from data_framework.testing.catalogue import REF, SCHEMA, CatalogueConformance, publish, rows, write_files

WRITERS = 10


class TestGlueCatalogue(CatalogueConformance):
    @pytest.fixture
    def catalogue(self, aws: AwsClients) -> GlueCatalogue:
        return GlueCatalogue(aws, PREFIX, keep_snapshots=5)


@pytest.fixture
def catalogue(aws: AwsClients) -> GlueCatalogue:
    return GlueCatalogue(aws, PREFIX, keep_snapshots=5)


@pytest.fixture
def foreign(endpoint: str, aws: AwsClients) -> Any:
    """The catalogue as PyIceberg opens it on its own."""
    keys = {"access-key-id": "testing", "secret-access-key": "testing", "region": "eu-west-1", "endpoint": endpoint}
    named = {f"{service}.{key}": value for service in ("glue", "s3") for key, value in keys.items()}
    return load_catalog("other", type="glue", **named)


def a_row(number: int, day: str = "2024-01-01") -> str:
    return f"select {number}::bigint id, 'n' as name, DATE '{day}' as day"


def test_others_read_and_write_the_same_table(catalogue: GlueCatalogue, foreign: Any) -> None:
    catalogue.create(REF, SCHEMA)
    publish(catalogue, REF, a_row(1), "a")
    table = foreign.load_table(f"{REF.database}.{REF.table}")
    assert table.location() == f"s3://{PREFIX}-staging/shop_staging/orders"
    theirs = table.scan().to_arrow()
    assert theirs.column("id").to_pylist() == [1]
    table.append(theirs)
    publish(catalogue, REF, a_row(2), "b")
    assert sorted(foreign.load_table("shop_staging.orders").scan().to_arrow().column("id").to_pylist()) == [1, 1, 2]
    assert [row[0] for row in rows(catalogue, REF)] == [1, 1, 2]


def test_glue_shows_the_columns(aws: AwsClients, catalogue: GlueCatalogue) -> None:
    catalogue.create(REF, SCHEMA)
    entry = aws.client("glue").get_table(DatabaseName="shop_staging", Name="orders")["Table"]
    shown = [(column["Name"], column["Type"]) for column in entry["StorageDescriptor"]["Columns"]]
    assert shown == [("id", "bigint"), ("name", "string"), ("day", "date")]
    assert entry["Parameters"]["table_type"] == "ICEBERG"


def test_ten_writers_lose_nothing(aws: AwsClients) -> None:
    GlueCatalogue(aws, PREFIX).create(REF, SCHEMA)
    failed: list[BaseException] = []

    def write(number: int) -> None:
        # Each with a catalogue of its own, as ten machines have: no lock helps them.
        own = GlueCatalogue(aws, PREFIX)

        def add() -> None:
            base = own.snapshot(REF)
            paths = write_files(own, REF, a_row(number), f"w{number}")
            own.commit(REF, Change(paths, [], base.snapshot_id if base else None, {}))

        try:
            committed(own, REF, add)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    catalogue = GlueCatalogue(aws, PREFIX)
    assert [row[0] for row in rows(catalogue, REF)] == list(range(WRITERS))
    assert len(catalogue.history(REF)) == WRITERS


def test_a_commit_whose_answer_was_lost_counts_once(aws: AwsClients, catalogue: GlueCatalogue) -> None:
    catalogue.create(REF, SCHEMA)
    lost: list[str] = []

    def lose(response: Any, **_: Any) -> int | None:
        if not lost and response and response[0].status_code == 200:
            lost.append("once")
            return 0
        return None

    events = aws.client("glue").raw.meta.events
    events.register("needs-retry.glue.UpdateTable", lose)
    publish(catalogue, REF, a_row(1), "a")
    events.unregister("needs-retry.glue.UpdateTable", lose)
    assert lost == ["once"]
    assert aws.requests["glue", "UpdateTable"] == 2
    assert [row[0] for row in rows(catalogue, REF)] == [1]


def test_expired_files_go_after_a_while(
    aws: AwsClients, catalogue: GlueCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.create(REF, SCHEMA)
    for number in range(8):
        publish(catalogue, REF, a_row(number), f"f{number}", remove=[file.path for file in catalogue.files(REF)])
    assert len(catalogue.staged_files(REF, "f")) == 8
    monkeypatch.setattr(iceberg_tables, "_GRACE_SECONDS", -1.0)
    publish(catalogue, REF, a_row(9), "f9", remove=[file.path for file in catalogue.files(REF)])
    assert len(catalogue.staged_files(REF, "f")) == 5
    listed = aws.client("s3").list_objects_v2(Bucket=f"{PREFIX}-staging", Prefix="shop_staging/orders/metadata/expired")
    assert listed["KeyCount"] == 0
    assert [row[0] for row in rows(catalogue, REF)] == [9]


def test_tables_of_others_are_found_but_not_listed(aws: AwsClients, catalogue: GlueCatalogue) -> None:
    s3, glue = aws.client("s3"), aws.client("glue")
    s3.create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    glue.create_database(DatabaseInput={"Name": "shop_staging"})
    entry = {"Name": "view", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": {"Location": "s3://theirs/view"}}
    glue.create_table(DatabaseName="shop_staging", TableInput=entry)
    GlueCatalogue(aws, "theirs").find("shop_staging", "view")
    assert (catalogue.tables(), catalogue.raw_tables()) == ([], [])
    assert catalogue.find("shop_staging", "view") is None


def test_raw_partitions_are_partitions_of_glue(aws: AwsClients, catalogue: GlueCatalogue) -> None:
    raw = TableRef("raw", "shop_raw", "sales")
    place = f"s3://{PREFIX}-raw/shop_raw/sales/data_date=2026-01-01"
    for _ in range(2):
        catalogue.add_raw_partition(raw, "data_date", "2026-01-01", place)
    found = aws.client("glue").get_partitions(DatabaseName="shop_raw", TableName="sales")["Partitions"]
    assert [(one["Values"], one["StorageDescriptor"]["Location"]) for one in found] == [(["2026-01-01"], place)]
    entry = aws.client("glue").get_table(DatabaseName="shop_raw", Name="sales")["Table"]
    assert [key["Name"] for key in entry["PartitionKeys"]] == ["data_date"]


def test_a_missing_permission_is_named(aws: AwsClients, catalogue: GlueCatalogue) -> None:
    catalogue.create(REF, SCHEMA)
    said = "User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: glue:UpdateTable on resource"
    denied = refusal("glue", "AccessDeniedException", 400, said)
    with failing(aws, "glue", "UpdateTable", denied), pytest.raises(CatalogueUnavailableError) as caught:
        publish(catalogue, REF, a_row(1), "a")
    assert "glue:UpdateTable on shop_staging.orders" in caught.value.hint
    assert catalogue.snapshot(REF) is None


def test_throttling_is_survived(aws: AwsClients, catalogue: GlueCatalogue) -> None:
    slow = refusal("glue", "ThrottlingException", 400, "Rate exceeded")
    catalogue.create(REF, SCHEMA)
    with failing(aws, "glue", "UpdateTable", slow, times=2) as failed:
        publish(catalogue, REF, a_row(1), "a")
    assert (len(failed), len(rows(catalogue, REF))) == (2, 1)
    with failing(aws, "glue", "GetTable", slow), pytest.raises(CatalogueUnavailableError, match="throttled"):
        catalogue.snapshot(REF)
