"""Athena: the SQL really runs (DuckDB behind moto), over the tables in Glue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.moto_api import state_manager

from aws.conftest import PREFIX
from aws.faults import failing, refusal
from aws.project import AwsProject
from data_framework.modules.aws import AwsClients
from data_framework.modules.catalogue import RawShape
from data_framework.modules.catalogue.integrations.aws_glue.catalogue import GlueCatalogue
from data_framework.modules.config.model.platform import AthenaQueries
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.helpers.athena import Athena
from data_framework.modules.exception import AthenaQueryError, AwsAccessDeniedError, AwsThrottledError
from data_framework.testing.catalogue import REF, SCHEMA, publish
from shop import SQL, deliver, shop

WAIT = "data_framework.modules.data_process.helpers.athena.time.sleep"
ORDERS = """select 1::bigint id, 'north' as name, DATE '2026-01-01' as day union all
select 2, null, DATE '2026-01-02' union all select 3, 'north', DATE '2026-01-02'"""
STAGE = """
from data_framework.modules.dataflow import DataFlowInterface

class ProcessingCoordinator(DataFlowInterface):
    def process(self):
        query = "select shop, sum(amount) as total, count(*) as sales from shop_staging.sales group by shop"
        rows = [{**row, "sales": int(row["sales"])} for row in self.athena.query(query)]
        self.write(self.data_process.create_dataframe(rows), "totals")
"""


def opened(aws: AwsClients, **limits: Any) -> Athena:
    return Athena(aws, GlueCatalogue(aws, PREFIX), AthenaQueries(**limits), f"s3://{PREFIX}-scratch/athena")


@pytest.fixture
def athena(aws: AwsClients) -> Athena:
    """Athena beside a table `shop_staging.orders`."""
    catalogue = GlueCatalogue(aws, PREFIX)
    catalogue.create(REF, SCHEMA)
    publish(catalogue, REF, ORDERS, "a")
    return opened(aws)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Queries that are asked after several times before they end; how long was waited in between."""
    waited: list[float] = []
    monkeypatch.setattr(WAIT, waited.append)
    state_manager.set_transition("athena::execution", {"progression": "manual", "times": 5})
    yield waited
    state_manager.unset_transition("athena::execution")


def state_of(aws: AwsClients) -> str:
    (name,) = aws.client("athena").list_query_executions()["QueryExecutionIds"]
    return str(aws.client("athena").get_query_execution(QueryExecutionId=name)["QueryExecution"]["Status"]["State"])


def test_a_project_asks_athena(tmp_path: Path, aws: AwsClients) -> None:
    local = shop(tmp_path / "local")
    asking = AwsProject.of(local.root, tmp_path / "aws", aws)
    (asking.root / SQL).unlink()
    asking.write(SQL.replace(".sql", ".py"), STAGE)
    for one in (local, asking):
        deliver(one, 1, "1,north,1.50\n2,south,2.25\n3,north,0.25\n4,,7\n")
        one.json("run", "sales")
    assert asking.table("shop_business.totals") == local.table("shop_business.totals")
    query = "select shop, count(*) as sales from shop_staging.sales group by shop order by shop"
    found = asking.json("athena", query)
    assert [tuple(row.values()) for row in found["rows"]] == [(None, "1"), ("north", "2"), ("south", "1")]
    assert found["bytes_scanned"] > 0
    assert found["dollars"] == pytest.approx(10 / 1024**2 * 5)
    shown = asking.run("athena", query, "--out", str(tmp_path / "rows.csv"))
    assert f"Athena scanned {found['bytes_scanned']:,} bytes, about $0.0000." in shown.out
    assert (tmp_path / "rows.csv").read_text() == '"shop","sales"\n,"1"\n"north","2"\n"south","1"\n'
    refused = asking.run("athena", "select initcap(shop) from shop_staging.sales")
    assert (refused.code, "initcap() cannot be written for Athena" in refused.err) == (2, True)
    (native,) = asking.json("athena", "select max_by(shop, id) as last from shop_staging.sales", "--native")["rows"]
    assert native == {"last": None}
    raw = "select id, shop, amount from shop_raw.sales where data_date = '2026-01-01' order by id"
    assert asking.json("athena", raw)["rows"] == asking.table("shop_raw.sales")
    folders = local.run("athena", "select 1 as one")
    assert (folders.code, "are folders" in folders.err) == (2, True)


def test_rows_stream_as_text(athena: Athena) -> None:
    text = "select 'a \"b\", c' as t, '' as e, cast(null as varchar) as n union all select 'x\ny', ',', 'z' order by 1"
    assert list(athena.rows(text)) == [{"t": 'a "b", c', "e": "", "n": None}, {"t": "x\ny", "e": ",", "n": "z"}]
    (one,) = athena.rows("select id, name, day from orders where id = ?", "shop_staging", ["1"])
    assert one == {"id": "1", "name": "north", "day": "2026-01-01"}


def test_large_answers_are_unloaded_with_their_types(athena: Athena, aws: AwsClients, tmp_path: Path) -> None:
    (file,) = athena.unload(athena.translated("select id, day from shop_staging.orders where id > 1"))
    key = file.removeprefix(f"s3://{PREFIX}-scratch/")
    body = aws.client("s3").get_object(Bucket=f"{PREFIX}-scratch", Key=key)["Body"].read()
    (tmp_path / "f").write_bytes(body)
    assert sorted(pq.read_table(tmp_path / "f").column("id").to_pylist()) == [2, 3]


def test_a_query_that_fails_says_why(athena: Athena) -> None:
    with pytest.raises(AthenaQueryError, match=r"failed: .*no_such"):
        list(athena.rows("select * from no_such", "shop_staging"))


def test_it_is_waited_for_longer_and_longer(aws: AwsClients, athena: Athena, slow: list[float]) -> None:
    assert list(athena.rows("select 1 as one")) == [{"one": "1"}]
    assert len(slow) > 5
    assert slow[-1] > slow[0]


def test_an_interrupted_wait_cancels(
    aws: AwsClients, athena: Athena, slow: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(WAIT, interrupt)
    with pytest.raises(KeyboardInterrupt):
        athena.run("select 1")
    assert state_of(aws) == "CANCELLED"


@pytest.mark.parametrize(("limit", "reason"), [
    ({"scan_bytes": 1}, "are allowed"), ({"wait_seconds": 1e-9}, "took longer than"),
])  # fmt: skip
def test_limits_cancel(aws: AwsClients, athena: Athena, slow: list[float], limit: dict[str, Any], reason: str) -> None:
    with pytest.raises(AthenaQueryError, match=reason):
        opened(aws, **limit).run("select * from orders", "shop_staging")
    assert state_of(aws) == "CANCELLED"


def test_faults(aws: AwsClients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    athena = opened(aws)
    slow_down = refusal("athena", "TooManyRequestsException", 400, "slow down")
    with failing(aws, "athena", "GetQueryExecution", slow_down, times=2):
        assert list(athena.rows("select 1 as one")) == [{"one": "1"}]
    with failing(aws, "athena", "StartQueryExecution", slow_down), pytest.raises(AwsThrottledError):
        athena.run("select 1")
    denied = refusal("athena", "AccessDeniedException", 400, "is not authorized to perform: athena:StartQueryExecution")
    with failing(aws, "athena", "StartQueryExecution", denied), pytest.raises(AwsAccessDeniedError) as caught:
        athena.run("select 1")
    assert "athena:StartQueryExecution on primary" in str(caught.value)


def test_raw_files_are_read_as_they_were_delivered(tmp_path: Path, aws: AwsClients, athena: Athena) -> None:
    put = aws.client("s3").put_object
    catalogue = GlueCatalogue(aws, PREFIX)
    bodies = {
        "csv": RawShape("csv", {"id": "Id", "name": "Name"}, ";", "'", "'", 1),
        "json_lines": RawShape("json_lines", {"id": "Id", "name": "Name"}),
        "parquet": RawShape("parquet", {"id": "Id", "name": "Name"}),
    }
    pq.write_table(pa.table({"Id": ["1"], "Name": ["a;b"]}), tmp_path / "f")
    files = {"csv": b"Id;Name\n1;'a;b'\n", "json_lines": b'{"Id": "1", "Name": "a;b"}\n'}
    files["parquet"] = (tmp_path / "f").read_bytes()
    for kind, shape in bodies.items():
        folder = f"shop_raw/{kind}/data_date=2026-01-01"
        put(Bucket=f"{PREFIX}-raw", Key=f"{folder}/f", Body=files[kind])
        ref = TableRef("raw", "shop_raw", kind)
        catalogue.add_raw_partition(ref, "data_date", "2026-01-01", f"s3://{PREFIX}-raw/{folder}", shape)
        found = list(athena.rows(f"select * from {kind}", "shop_raw"))
        assert found == [{"id": "1", "name": "a;b", "data_date": "2026-01-01"}]


def test_a_partition_that_would_be_read_wrongly_stops_the_query(aws: AwsClients, athena: Athena) -> None:
    catalogue, ref = GlueCatalogue(aws, PREFIX), TableRef("raw", "shop_raw", "sales")
    first = RawShape("csv", {"id": "id", "name": "name"}, skip_lines=1)

    def add(day: int, shape: RawShape) -> None:
        place = f"s3://{PREFIX}-raw/shop_raw/sales/data_date=2026-01-{day:02d}"
        catalogue.add_raw_partition(ref, "data_date", f"2026-01-{day:02d}", place, shape)
        aws.client("s3").put_object(Bucket=f"{PREFIX}-raw", Key=f"{place.partition('-raw/')[2]}/f", Body=b"id\n1,2,3\n")

    def columns() -> list[str]:
        entry = aws.client("glue").get_table(DatabaseName="shop_raw", Name="sales")["Table"]
        return [column["Name"] for column in entry["StorageDescriptor"]["Columns"]]

    add(1, first)
    add(2, RawShape("csv", {"id": "id", "name": "name", "more": "more"}, skip_lines=1))
    add(3, RawShape("csv", {"id": "id"}, skip_lines=1))
    assert columns() == ["id", "name", "more"]
    assert len(list(athena.rows("select * from sales", "shop_raw"))) == 3
    for shape, reason in (
        (RawShape("csv", {"name": "name", "id": "id"}, skip_lines=1), "another order"),
        (RawShape("csv", {"id": "id", "name": "name"}, skip_lines=2), "otherwise"),
        (RawShape("csv", {"id": "id"}, skip_lines=1, unreadable="it is written in cp1252"), "cp1252"),
    ):
        add(4, shape)
        with pytest.raises(AthenaQueryError, match=reason):
            list(athena.rows("select * from sales", "shop_raw"))
        assert columns() == ["id", "name", "more"]
