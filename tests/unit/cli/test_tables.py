"""`tables` and `quarantine` on a project of their own."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from data_framework.cli import quarantine, tables
from data_framework.modules.catalogue import Column, TableSchema, open_catalogue
from data_framework.modules.config import open_config
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.state import Delivery, open_state
from data_framework.modules.storage import open_storage
from data_framework.testing.catalogue import publish

ORDERS = TableRef("staging", "shop_staging", "orders")
REASONS = "array<struct<kind:string,control:string,field:string,message:string>>"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    contract = {
        "layer": "staging", "database": "shop_staging", "table": "orders", "description": "Orders.",
        "columns": [{"name": "id", "type": "int"}, {"name": "amount", "type": "decimal(10,2)"}, {"name": "note"}],
        "primary_keys": ["id"], "partition_field": "data_date",
    }  # fmt: skip
    raw = {"layer": "raw", "database": "shop_raw", "table": "orders", "columns": [{"name": "id"}]}
    process = {"source_tables": {"orders": {"database": "shop_raw", "table": "orders"}},
               "target_tables": {"orders": {"database": "shop_staging", "table": "orders"}}}  # fmt: skip
    flows = {"project_id": "shop", "dataflows": {"default": {}, "orders": {"processes": {"raw_to_staging": process}}}}
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "orders.json").write_text(json.dumps(contract))
    (tmp_path / "tables" / "raw.json").write_text(json.dumps(raw))
    (tmp_path / "transformation.json").write_text(json.dumps(flows))
    (tmp_path / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    return tmp_path


def run(project: Path, *arguments: str, code: int = 0) -> str:
    app = typer.Typer()
    tables.register(app)
    quarantine.register(app)
    result = CliRunner().invoke(app, [*arguments, "--project", str(project)])
    assert result.exit_code == code, f"{result.exit_code}\n{result.output}\n{result.exception!r}"
    return result.stdout if code == 0 or "--json" in arguments else result.output


def answer(project: Path, *arguments: str, code: int = 0) -> Any:
    return json.loads(run(project, *arguments, "--json", code=code))


def fill(project: Path) -> None:
    catalogue = open_catalogue(open_config(project))
    day = "DATE '2024-01-02' as data_date"
    publish(catalogue, ORDERS, f"select 2::int id, 1.50::decimal(10,2) amount, '' as note, {day} union all "
            f"select 1::int, null, null, DATE '2024-01-02'", "a", **{"run-id": "r1"})  # fmt: skip


def contract(project: Path, **changes: Any) -> None:
    file = project / "tables" / "orders.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_contracts_become_tables(project: Path) -> None:
    (planned,) = answer(project, "tables", "apply", "--dry-run")["tables"]
    assert (planned["action"], answer(project, "tables", "list")["tables"]) == ("created", [])
    applied = answer(project, "tables", "apply")["tables"]
    key = {"layer": "staging", "database": "shop_staging", "table": "orders"}
    assert applied == [{**key, "action": "created", "changes": []}]
    assert answer(project, "tables", "apply", "shop_staging.orders")["tables"][0]["action"] == "unchanged"
    assert "Choose one of" in run(project, "tables", "apply", "shop_staging.nothing", code=2)


def test_a_plan_shows_what_evolves_and_what_is_kept(project: Path) -> None:
    run(project, "tables", "apply")
    columns = [
        {"name": "id", "type": "bigint"},
        {"name": "amount", "type": "decimal(10,2)"},
        {"name": "at", "type": "date"},
    ]
    contract(project, columns=columns)
    said = run(project, "tables", "apply", "--dry-run")
    for line in ("~ id: int → bigint", "+ at: date", "= note: string", "Nothing was changed"):
        assert line in said
    assert len(answer(project, "tables", "show", "shop_staging.orders")["columns"]) == 4
    (done,) = answer(project, "tables", "apply")["tables"]
    assert (done["action"], [change["kind"] for change in done["changes"]]) == ("evolved", ["widen", "add", "keep"])
    assert len(answer(project, "tables", "show", "shop_staging.orders")["columns"]) == 5
    contract(project, primary_keys=["id", "at"])
    assert answer(project, "tables", "apply")["tables"][0]["action"] == "evolved"
    assert answer(project, "tables", "apply")["tables"][0]["action"] == "unchanged"


def test_what_would_lose_data_is_refused_unless_told(project: Path) -> None:
    run(project, "tables", "apply")
    fill(project)
    contract(
        project, columns=[{"name": "id", "type": "string"}, {"name": "amount", "type": "int"}], partition_field=None
    )
    refused = run(project, "tables", "apply", code=2)
    for reason in ("cannot become string", "cannot become int", "partitioned by data_date", "--recreate"):
        assert reason in refused
    planned = run(project, "tables", "apply", "--dry-run", code=2)
    assert "! amount: decimal(10,2) → int" in planned
    assert "all of it is refused" in planned
    assert answer(project, "tables", "list")["tables"][0]["rows"] == 2
    (done,) = answer(project, "tables", "apply", "--recreate")["tables"]
    assert done["action"] == "recreated"
    assert answer(project, "tables", "list")["tables"][0]["rows"] == 0
    assert answer(project, "tables", "apply")["tables"][0]["action"] == "unchanged"


def test_tables_are_listed_and_shown(project: Path) -> None:
    assert answer(project, "tables", "list") == {"tables": []}
    assert "no tables yet" in run(project, "tables", "list")
    run(project, "tables", "apply")
    fill(project)
    (listed,) = answer(project, "tables", "list")["tables"]
    assert (listed["layer"], listed["table"], listed["rows"], listed["partition_field"]) == (
        "staging", "orders", 2, "data_date",
    )  # fmt: skip
    assert answer(project, "tables", "list", "--layer", "common") == {"tables": []}
    shown = answer(project, "tables", "show", "shop_staging.orders")
    assert [(c["name"], c["type"], c["nullable"]) for c in shown["columns"]] == [
        ("id", "int", False), ("amount", "decimal(10,2)", True), ("note", "string", True), ("data_date", "date", True),
    ]  # fmt: skip
    assert (shown["description"], shown["primary_keys"]) == ("Orders.", ["id"])
    assert Path(shown["location"]).is_dir()
    assert "decimal(10,2)" in run(project, "tables", "show", "shop_staging.orders")


def test_history_names_what_committed(project: Path) -> None:
    run(project, "tables", "apply")
    fill(project)
    (snapshot,) = answer(project, "tables", "history", "shop_staging.orders")["snapshots"]
    assert (snapshot["operation"], snapshot["rows_added"], snapshot["rows_total"]) == ("append", 2, 2)
    assert snapshot["properties"]["run-id"] == "r1"


def test_unknown_tables_are_named_with_the_nearest(project: Path) -> None:
    run(project, "tables", "apply")
    assert "Did you mean 'shop_staging.orders'?" in run(project, "tables", "show", "shop_staging.order", code=2)
    assert "DATABASE.TABLE" in run(project, "tables", "show", "orders", code=2)
    assert answer(project, "tables", "history", "nowhere.nothing", code=2)["exit_code"] == 2


def test_an_iceberg_table_is_exported(project: Path) -> None:
    run(project, "tables", "apply")
    fill(project)
    out = project / "out.csv"
    done = answer(project, "tables", "export", "shop_staging.orders", "--out", str(out))
    assert done == {"table": "shop_staging.orders", "rows": 2, "rows_left_out": 0, "path": str(out)}
    assert out.read_text() == 'id,amount,note,data_date\n1,,,2024-01-02\n2,1.50,"",2024-01-02\n'
    assert run(project, "tables", "export", "shop_staging.orders", "--where", "id > 1", "--no-header") == (
        '2,1.50,"",2024-01-02\n'
    )
    catalogue = open_catalogue(open_config(project))
    catalogue.evolve(ORDERS, TableSchema((Column("_data_date", "date"),), "data_date", ("id",)))
    technical = run(project, "tables", "export", "shop_staging.orders", "--technical", "--where", "amount = 1.5")
    assert technical == 'id,amount,note,data_date,_data_date\n2,1.50,"",2024-01-02,\n'
    assert run(project, "tables", "export", "shop_staging.orders", "--out", str(out)).startswith("2 rows of")
    assert out.read_text().startswith("id,amount,note,data_date\n1,")
    assert "csv, parquet" in run(project, "tables", "export", "shop_staging.orders", "--out", "x.xls", code=2)
    assert "--out FILE" in run(project, "tables", "export", "shop_staging.orders", "--json", code=2)
    assert run(project, "tables", "export", "shop_staging.orders", "--where", "nonsense(", code=2)


def test_rows_go_to_a_stream_of_text_too(project: Path) -> None:
    run(project, "tables", "apply")
    fill(project)
    app, out = typer.Typer(), io.StringIO()
    tables.register(app)
    arguments = ["tables", "export", "shop_staging.orders", "--project", str(project)]
    with contextlib.redirect_stdout(out):
        app(arguments, standalone_mode=False)
    assert out.getvalue() == 'id,amount,note,data_date\n1,,,2024-01-02\n2,1.50,"",2024-01-02\n'


def test_a_raw_table_is_exported_as_it_was_delivered(project: Path) -> None:
    config = open_config(project)
    content = b'Order Id;Note\n007;""\nbroken\n'
    storage, state = open_storage(config), open_state(config)
    storage.write("raw", "shop_raw/orders/a.csv", [content])
    member = {
        "dialect": CsvDialect(delimiter=";", lines=3).to_dict(),
        "columns": {"Order Id": "order_id", "Note": "note"},
    }
    state.record_delivery(Delivery("orders", "a.csv", len(content), 1, file_name="a.csv", file_date="2024-01-02",
                                   database="shop_raw", table="orders", content_hash="h", in_force=True, rows=2,
                                   raw_keys=("shop_raw/orders/a.csv",),
                                   reader={"format": "csv", "members": [member]}))  # fmt: skip
    state.close()
    ref = TableRef("raw", "shop_raw", "orders")
    open_catalogue(config).add_raw_partition(ref, "data_date", "2024-01-02", "x")
    out = project / "raw.csv"
    done = answer(project, "tables", "export", "shop_raw.orders", "--out", str(out))
    assert (done["rows"], done["rows_left_out"]) == (1, 1)
    assert list(csv.reader(out.read_text().splitlines())) == [["Order Id", "Note"], ["007", ""]]
    shown = answer(project, "tables", "show", "shop_raw.orders")
    assert ([c["name"] for c in shown["columns"]], shown["partitions"]) == (["order_id", "note"], ["2024-01-02"])
    assert answer(project, "tables", "list")["tables"][0]["rows"] == 2
    assert "landing status" in run(project, "tables", "history", "shop_raw.orders", code=2)


# quarantine ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def quarantined(project: Path) -> Path:
    run(project, "tables", "apply")
    columns = [("_quarantine_id", "string"), ("_file_name", "string"), ("_content_hash", "string"), ("_line", "bigint"),
               ("_data_date", "date"), ("_run_id", "string"), ("_reasons", REASONS), ("_status", "string"),
               ("_row", "string")]  # fmt: skip
    catalogue = open_catalogue(open_config(project))
    schema = catalogue.create(ORDERS.quarantine, TableSchema(tuple(Column(*column) for column in columns)))
    ids = schema.field_ids
    fields = ", ".join(f"'{name}': {ids[name]}" for name, _ in columns if name != "_reasons")
    inner = ", ".join(f"{n}: {ids[f'_reasons.element.{n}']}" for n in ("kind", "control", "field", "message"))
    nested = f"__duckdb_field_id: {ids['_reasons.element']}, {inner}"
    fields += f", '_reasons': {{__duckdb_field_id: {ids['_reasons']}, element: {{{nested}}}}}"
    one = "{'kind': 'cast', 'control': null::varchar, 'field': 'amount', 'message': 'no decimal: #,##'}"
    rows = [
        f"'q1' as _quarantine_id, 'a.csv' as _file_name, 'h' as _content_hash, 7::bigint as _line, "
        f"DATE '2024-01-02' as _data_date, 'r' as _run_id, [{one}] as _reasons, 'open' as _status, "
        """'{"Id":"77","Amount":"1,50"}' as _row""",
        f"'q2', 'a.csv', 'h', 3::bigint, DATE '2024-01-01', 'r', [{one}], 'superseded', 'broken \"line'",
    ]
    path = f"{catalogue.data_location(ORDERS.quarantine)}/q.parquet"
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"COPY ({' union all '.join('select ' + row for row in rows)}) TO '{path}' "
                           f"(FORMAT parquet, FIELD_IDS {{{fields}}})")  # fmt: skip
    from data_framework.modules.catalogue import Change

    catalogue.commit(ORDERS.quarantine, Change([path], [], None, {}))
    return project


def test_quarantine_is_counted_by_table(quarantined: Path) -> None:
    (found,) = answer(quarantined, "quarantine", "list")["tables"]
    assert (found["table"], found["rows"], found["rows_open"]) == ("orders", 2, 1)
    assert found["reasons"] == {"cast (amount)": 1}
    assert found["data_dates"] == {"2024-01-02": 1}
    assert "cast (amount) 1" in run(quarantined, "quarantine", "list", "shop_staging.orders")


def test_quarantined_rows_are_masked_unless_asked_for(quarantined: Path) -> None:
    (row,) = answer(quarantined, "quarantine", "show", "shop_staging.orders")["rows"]
    assert (row["_file_name"], row["_line"], row["_data_date"]) == ("a.csv", 7, "2024-01-02")
    assert row["_row"] == {"Id": "##", "Amount": "#,##"}
    (row,) = answer(quarantined, "quarantine", "show", "shop_staging.orders", "--reveal")["rows"]
    assert row["_row"] == {"Id": "77", "Amount": "1,50"}
    every = answer(
        quarantined, "quarantine", "show", "shop_staging.orders", "--status", "all", "--reveal", "--limit", "1"
    )
    assert (len(every["rows"]), every["rows_total"]) == (1, 2)
    assert every["rows"][0]["_row"] == {"text": 'broken "line'}
    text = run(quarantined, "quarantine", "show", "shop_staging.orders", "--data-date", "2024-01-02")
    assert "a.csv line 7" in text
    assert "1,50" not in text


def test_a_table_without_quarantine_says_so(project: Path) -> None:
    assert answer(project, "quarantine", "list") == {"tables": []}
    run(project, "tables", "apply")
    assert "Nothing was ever set aside" in run(project, "quarantine", "show", "shop_staging.orders", code=2)


def test_a_contract_is_proposed_from_a_file(project: Path) -> None:
    (project / "orders_20260101.csv").write_text("Order Id,amount\n1,2.50\n")
    found = json.loads(
        run(project, "tables", "infer", str(project / "orders_20260101.csv"), "--database", "shop_staging")
    )
    assert (found["database"], found["table"], found["columns"]) == ("shop_staging", "orders", [
        {"name": "order_id", "type": "int"}, {"name": "amount", "type": "decimal(10,2)"},
    ])  # fmt: skip
    assert answer(project, "tables", "infer", str(project / "orders_20260101.csv"))["table"] == "orders"
    assert "Could not read" in run(project, "tables", "infer", "missing.csv", code=2)
