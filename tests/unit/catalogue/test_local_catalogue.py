"""The local catalogue: the conformance suite, and what only it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from data_framework.modules.catalogue import Change, Column, TableSchema, committed, committing
from data_framework.modules.catalogue.integrations.iceberg import tables as local_tables
from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import (
    CatalogueUnavailableError,
    CommitConflictError,
    InvalidTableNameError,
    MissingDataFileError,
    ProjectMovedError,
    TableLockedError,
)
from data_framework.testing.catalogue import REF, SCHEMA, CatalogueConformance, publish, rows, write_files


class TestLocalCatalogue(CatalogueConformance):
    @pytest.fixture
    def catalogue(self, tmp_path: Path) -> LocalCatalogue:
        return LocalCatalogue(tmp_path / "data", keep_snapshots=5)


@pytest.fixture
def catalogue(tmp_path: Path) -> LocalCatalogue:
    return LocalCatalogue(tmp_path / "data", keep_snapshots=5)


def a_row(number: int, day: str = "2024-01-01") -> str:
    return f"select {number}::bigint id, 'n' as name, DATE '{day}' as day"


def test_other_programs_read_and_write_the_same_tables(catalogue: LocalCatalogue, tmp_path: Path) -> None:
    sql = pytest.importorskip("pyiceberg.catalog.sql")
    catalogue.create(REF, SCHEMA)
    first = publish(catalogue, REF, a_row(1), "a")
    uri = f"sqlite:///{tmp_path}/data/catalogue.db?timeout=30"
    other = sql.SqlCatalog("iceberg_catalog", uri=uri, warehouse=str(tmp_path / "data"))
    assert other.list_namespaces() == [("shop_staging",)]
    table = other.load_table("shop_staging.orders")
    assert table.scan().to_arrow().to_pylist()[0]["id"] == 1
    assert [field.name for field in table.spec().fields] == ["day"]
    table.append(table.scan().to_arrow())
    other.engine.dispose()
    assert len(rows(catalogue, REF)) == 2
    with pytest.raises(CommitConflictError):
        catalogue.commit(REF, Change([], [], first.snapshot_id, {}))
    publish(catalogue, REF, a_row(3), "c")
    assert len(rows(catalogue, REF)) == 3


def test_columns_another_program_changed_are_read_through_scan(catalogue: LocalCatalogue, tmp_path: Path) -> None:
    sql = pytest.importorskip("pyiceberg.catalog.sql")
    catalogue.create(REF, SCHEMA)
    publish(catalogue, REF, a_row(1), "a")
    other = sql.SqlCatalog("iceberg_catalog", uri=f"sqlite:///{tmp_path}/data/catalogue.db")
    with other.load_table("shop_staging.orders").update_schema() as update:
        update.rename_column("name", "label")
    other.engine.dispose()
    assert [(file.plain, file.missing) for file in catalogue.files(REF)] == [(False, ())]
    assert [row["label"] for batch in catalogue.scan(REF) for row in batch.to_pylist()] == ["n"]


def test_metadata_does_not_grow_with_commits(
    catalogue: LocalCatalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_tables, "_GRACE_SECONDS", -1.0)
    catalogue.create(REF, SCHEMA)
    for number in range(45):
        publish(catalogue, REF, a_row(number, f"2024-{number // 28 + 1:02}-{number % 28 + 1:02}"), f"f{number}")
    assert len(catalogue.history(REF)) == 5
    assert [row[0] for row in rows(catalogue, REF)] == list(range(45))
    metadata = tmp_path / "data" / "staging" / "shop_staging" / "orders" / "metadata"
    assert len(list(metadata.glob("snap-*.avro"))) == 5
    assert len(list(metadata.glob("*.metadata.json"))) <= 12
    assert len(list(metadata.glob("*-m*.avro"))) <= 5 + 10 + 10


def test_replaced_files_go_once_no_reader_can_need_them(
    catalogue: LocalCatalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.create(REF, SCHEMA)
    data = tmp_path / "data" / "staging" / "shop_staging" / "orders" / "data"
    for number in range(12):
        old = [file.path for file in catalogue.files(REF)]
        publish(catalogue, REF, a_row(number), f"f{number}", remove=old)
    assert len(list(data.rglob("*.parquet"))) == 12
    monkeypatch.setattr(local_tables, "_GRACE_SECONDS", -1.0)
    publish(catalogue, REF, a_row(12), "f12", remove=[file.path for file in catalogue.files(REF)])
    assert len(list(data.rglob("*.parquet"))) == 5
    assert rows(catalogue, REF)[0][0] == 12


def test_removing_what_is_not_there_changes_nothing(catalogue: LocalCatalogue, tmp_path: Path) -> None:
    catalogue.create(REF, SCHEMA)
    snapshot = publish(catalogue, REF, a_row(1), "a")
    metadata = tmp_path / "data" / "staging" / "shop_staging" / "orders" / "metadata"
    before = sorted(metadata.iterdir())
    with pytest.raises(MissingDataFileError):
        publish(catalogue, REF, a_row(2), "b", remove=["/nowhere/day=2024-01-01/x.parquet"])
    assert catalogue.snapshot(REF) == snapshot
    assert sorted(metadata.iterdir()) == before


def test_a_moved_project_is_refused(catalogue: LocalCatalogue, tmp_path: Path) -> None:
    catalogue.create(REF, SCHEMA)
    (tmp_path / "data").rename(tmp_path / "moved")
    with pytest.raises(ProjectMovedError, match="hold paths of there") as caught:
        LocalCatalogue(tmp_path / "moved")
    assert caught.value.exit_code == 2


def test_an_empty_project_may_move(catalogue: LocalCatalogue, tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / "moved")
    assert LocalCatalogue(tmp_path / "moved").tables() == []


def test_names_that_are_no_folders_are_refused(catalogue: LocalCatalogue) -> None:
    for database, table in (("..", "t"), ("d", "a/b"), ("d", ""), ("d", "..")):
        with pytest.raises(InvalidTableNameError):
            catalogue.create(TableRef("staging", database, table), SCHEMA)


def test_a_damaged_catalogue_is_reported(tmp_path: Path) -> None:
    (tmp_path / "catalogue.db").write_bytes(b"this is no database, this is no database" * 100)
    with pytest.raises(CatalogueUnavailableError, match="not a database"):
        LocalCatalogue(tmp_path)


def test_lost_metadata_is_reported(catalogue: LocalCatalogue, tmp_path: Path) -> None:
    catalogue.create(REF, SCHEMA)
    for file in (tmp_path / "data" / "staging").rglob("*.metadata.json"):
        file.unlink()
    with pytest.raises(CatalogueUnavailableError):
        LocalCatalogue(tmp_path / "data").schema(REF)


def test_another_process_waits_for_the_lock(catalogue: LocalCatalogue, tmp_path: Path) -> None:
    root = tmp_path / "data"
    catalogue.create(REF, SCHEMA)
    code = (
        "import sys, pathlib\n"
        "from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue\n"
        "from data_framework.testing.catalogue import REF\n"
        "with LocalCatalogue(pathlib.Path(sys.argv[1])).lock(REF):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(TableLockedError), LocalCatalogue(root, lock_seconds=0.1).lock(REF):
            pass
        other.kill()
    with LocalCatalogue(root, lock_seconds=5).lock(REF):
        pass


def test_a_path_with_spaces_and_percent_signs(tmp_path: Path) -> None:
    catalogue = LocalCatalogue(tmp_path / "my 100%20 däta")
    catalogue.create(REF, SCHEMA)
    publish(catalogue, REF, a_row(1), "a")
    assert rows(catalogue, REF)[0][0] == 1
    assert sum(batch.num_rows for batch in catalogue.scan(REF)) == 1


def test_partitions_of_text_may_hold_anything(catalogue: LocalCatalogue) -> None:
    catalogue.create(REF, TableSchema((Column("k", "string"), Column("n", "int")), "k"))
    values = ["a b", "x/y=z", "50%", "ñ", "2024-01-01"]
    for number, value in enumerate(values):
        publish(catalogue, REF, f"select '{value}' as k, {number}::int as n", f"f{number}")
    assert sorted(str(file.partition) for file in catalogue.files(REF)) == sorted(values)
    assert [file.rows for file in catalogue.files(REF, ["x/y=z"])] == [1]


def test_files_of_nested_columns_are_described(catalogue: LocalCatalogue) -> None:
    made = catalogue.create(REF, TableSchema((Column("a", "array<int>"), Column("s", "struct<x:int,y:string>"))))
    ids = made.field_ids
    path = f"{catalogue.data_location(REF)}/a.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (select [1, 2] a, {{'x': 1, 'y': 'q'}} s) TO '{path}' (FORMAT parquet, FIELD_IDS {{"
            f"a: {{__duckdb_field_id: {ids['a']}, element: {ids['a.element']}}}, "
            f"s: {{__duckdb_field_id: {ids['s']}, x: {ids['s.x']}, y: {ids['s.y']}}}}})"
        )
    catalogue.commit(REF, Change([path], [], None, {}))
    assert [row for batch in catalogue.scan(REF) for row in batch.to_pylist()] == [
        {"a": [1, 2], "s": {"x": 1, "y": "q"}}
    ]
    assert catalogue.files(REF)[0].plain


def test_staged_files_without_field_ids_are_refused(catalogue: LocalCatalogue) -> None:
    catalogue.create(REF, TableSchema((Column("a", "int"),)))
    write_files(catalogue, REF, "select 1::int a")
    path = f"{catalogue.data_location(REF)}/b.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (select 1::int a) TO '{path}' (FORMAT parquet)")
    with pytest.raises(Exception, match="field ids"):
        catalogue.commit(REF, Change([path], [], None, {}))


def test_a_change_is_computed_again_until_the_table_stands_still(
    catalogue: LocalCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "_PAUSE_SECONDS", 0.0)
    catalogue.create(REF, SCHEMA)
    tries = 0

    def overtaken(times: int) -> int:
        nonlocal tries
        tries += 1
        base = catalogue.snapshot(REF)
        if tries <= times:
            publish(catalogue, REF, a_row(tries), f"other-{times}-{tries}")
        paths = write_files(catalogue, REF, a_row(100), f"own-{times}-{tries}")
        return catalogue.commit(REF, Change(paths, [], base.snapshot_id if base else None, {})).snapshot_id

    made = committed(catalogue, REF, lambda: overtaken(2))
    assert (tries, catalogue.snapshot(REF).snapshot_id) == (3, made)
    assert [row[0] for row in rows(catalogue, REF)] == [1, 2, 100]
    tries = 0
    with pytest.raises(CommitConflictError):
        committed(catalogue, REF, lambda: overtaken(99))
    assert tries == 12
