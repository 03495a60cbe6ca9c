"""What every catalogue must do, as tests: subclass `CatalogueConformance` and give it a `catalogue` fixture."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from data_framework.modules.catalogue import CatalogueInterface, Change, Column, TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import (
    CommitConflictError,
    InvalidDataFileError,
    SchemaChangeError,
    TableNotFoundError,
)
from data_framework.testing.catalogue_evolution import EvolutionConformance
from data_framework.testing.catalogue_files import REF, SCHEMA, connected, publish, rows, write_files

__all__ = ["REF", "SCHEMA", "CatalogueConformance", "connected", "publish", "rows", "write_files"]


class CatalogueConformance(EvolutionConformance):
    """Tables, commits, files, evolution and raw partitions."""

    @pytest.fixture
    def table(self, catalogue: CatalogueInterface) -> TableRef:
        catalogue.create(REF, SCHEMA)
        return REF

    # tables ---------------------------------------------------------------------------------------------------------
    def test_a_created_table_is_found_with_its_schema(self, catalogue: CatalogueInterface) -> None:
        made = catalogue.create(REF, SCHEMA)
        assert [(c.name, c.type, c.nullable, c.description) for c in made.columns] == [
            ("id", "bigint", False, ""), ("name", "string", True, "Who."), ("day", "date", True, ""),
        ]  # fmt: skip
        assert (made.partition_field, made.primary_keys) == ("day", ("id",))
        assert catalogue.schema(REF) == made
        assert catalogue.exists(REF)
        assert catalogue.tables() == catalogue.tables("staging") == [REF]
        assert catalogue.tables("common") == []
        assert catalogue.find("shop_staging", "orders") == REF
        assert catalogue.find("shop_staging", "nothing") is None
        assert catalogue.snapshot(REF) is None
        assert catalogue.files(REF) == []

    def test_every_type_survives(self, catalogue: CatalogueInterface) -> None:
        types = ["string", "int", "bigint", "float", "double", "decimal(38,9)", "boolean", "date", "timestamp",
                 "binary", "array<int>", "map<string,double>", "struct<a:int,b:array<struct<c:string>>>"]  # fmt: skip
        columns = tuple(Column(f"c{number}", kind) for number, kind in enumerate(types))
        made = catalogue.create(REF, TableSchema(columns))
        assert [column.type for column in made.columns] == types
        assert len(set(made.field_ids.values())) == len(made.field_ids)
        assert {"c10.element", "c11.key", "c11.value", "c12.b.element.c"} <= set(made.field_ids)

    def test_small_whole_numbers_become_int(self, catalogue: CatalogueInterface) -> None:
        made = catalogue.create(REF, TableSchema((Column("a", "tinyint"), Column("b", "smallint"))))
        assert [column.type for column in made.columns] == ["int", "int"]
        assert catalogue.create(REF, TableSchema((Column("a", "tinyint"), Column("b", "smallint")))) == made

    def test_creating_again_is_nothing_unless_it_differs(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        assert catalogue.create(table, SCHEMA) == catalogue.schema(table)
        with pytest.raises(SchemaChangeError):
            catalogue.create(table, TableSchema(SCHEMA.columns[:2]))
        with pytest.raises(SchemaChangeError):
            catalogue.create(table, TableSchema(SCHEMA.columns))
        with pytest.raises(SchemaChangeError, match="staging"):
            catalogue.create(TableRef("common", table.database, table.table), SCHEMA)

    def test_a_table_is_reserved_before_anyone_sees_it(self, catalogue: CatalogueInterface) -> None:
        reserved = catalogue.reserve(REF, SCHEMA)
        path = f"{catalogue.data_location(REF)}/early.parquet"
        with connected(catalogue) as connection:
            ids = ", ".join(f"'{name}': {reserved.field_ids[name]}" for name in reserved.names)
            connection.execute(
                f"COPY (select 1::bigint id, 'a' as name, DATE '2024-01-01' as day) TO '{path}' "
                f"(FORMAT parquet, FIELD_IDS {{{ids}}})"
            )
        assert not catalogue.exists(REF)
        assert catalogue.tables() == []
        assert catalogue.staged_files(REF, "early") == [path]
        first = catalogue.commit(REF, Change([path], [], None, {"run-id": "r1"}, create=SCHEMA))
        assert catalogue.history(REF) == [first]
        made = catalogue.schema(REF)
        assert (made.columns, made.partition_field, made.field_ids) == (reserved.columns, "day", reserved.field_ids)
        assert [row[0] for row in rows(catalogue, REF)] == [1]
        publish(catalogue, REF, "select 2::bigint id, 'b' as name, DATE '2024-01-01' as day", "b")
        assert [row[0] for row in rows(catalogue, REF)] == [1, 2]

    def test_of_two_that_make_a_table_one_is_refused(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        with pytest.raises(CommitConflictError):
            catalogue.commit(table, Change([], [], None, {}, create=SCHEMA))
        with pytest.raises(SchemaChangeError):
            catalogue.commit(table, Change([], [], None, {}, create=TableSchema(SCHEMA.columns[:2])))
        assert catalogue.snapshot(table) is None

    def test_a_missing_table_names_the_nearest(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        with pytest.raises(TableNotFoundError, match=r"shop_staging\.orders"):
            catalogue.schema(TableRef("staging", "shop_staging", "order"))
        with pytest.raises(TableNotFoundError, match="'staging'"):
            catalogue.schema(TableRef("common", table.database, table.table))

    def test_a_dropped_table_is_gone_with_its_files(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        publish(catalogue, table, "select 1::bigint id, 'a' as name, DATE '2024-01-01' as day", "a")
        catalogue.drop(table)
        catalogue.drop(table)
        assert not catalogue.exists(table)
        assert catalogue.tables() == []
        assert catalogue.create(table, SCHEMA).names == SCHEMA.names
        assert catalogue.files(table) == []

    # commits --------------------------------------------------------------------------------------------------------
    def test_a_commit_publishes_files_with_what_it_says(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        query = "select i::bigint id, 'n' || i as name, DATE '2024-01-01' + (i % 2)::int as day from range(10) t(i)"
        snapshot = publish(catalogue, table, query, "a", **{"run-id": "r1"})
        assert snapshot.properties["run-id"] == "r1"
        assert snapshot.properties["added-records"] == "10"
        assert abs((datetime.now(UTC) - snapshot.committed_at).total_seconds()) < 60
        assert catalogue.snapshot(table) == snapshot
        files = sorted(catalogue.files(table), key=lambda file: str(file.partition))
        assert [(f.partition, f.rows, f.plain, f.has_deletes) for f in files] == [
            ("2024-01-01", 5, True, False), ("2024-01-02", 5, True, False),
        ]  # fmt: skip
        assert (files[1].lower["id"], files[1].upper["id"]) == (1, 9)
        assert files[1].lower["day"] == files[1].upper["day"] == date(2024, 1, 2)
        assert [f.partition for f in catalogue.files(table, ["2024-01-02"])] == ["2024-01-02"]
        assert catalogue.files(table, ["2031-01-01"]) == []
        assert len(rows(catalogue, table)) == 10

    def test_one_commit_replaces_files(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        publish(catalogue, table, "select 1::bigint id, 'a' as name, DATE '2024-01-01' as day", "a")
        publish(catalogue, table, "select 2::bigint id, 'b' as name, DATE '2024-01-02' as day", "b")
        old = [file.path for file in catalogue.files(table, ["2024-01-01"])]
        publish(catalogue, table, "select 3::bigint id, 'c' as name, DATE '2024-01-01' as day", "c", remove=old)
        assert [row[0] for row in rows(catalogue, table)] == [2, 3]
        assert [s.operation for s in catalogue.history(table)] == ["overwrite", "append", "append"]
        assert len(catalogue.history(table, limit=2)) == 2
        everything = [file.path for file in catalogue.files(table)]
        publish(catalogue, table, "", "d", remove=everything)
        assert rows(catalogue, table) == []

    def test_a_commit_on_an_old_base_is_refused(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        paths = write_files(catalogue, table, "select 1::bigint id, 'a' as name, DATE '2024-01-01' as day", "a")
        publish(catalogue, table, "select 2::bigint id, 'b' as name, DATE '2024-01-02' as day", "b")
        with pytest.raises(CommitConflictError):
            catalogue.commit(table, Change(paths, [], None, {}))
        assert [row[0] for row in rows(catalogue, table)] == [2]

    def test_of_two_commits_at_once_one_wins(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        staged = [
            write_files(catalogue, table, f"select {n}::bigint id, 'a' as name, DATE '2024-01-01' as day", f"w{n}")
            for n in range(4)
        ]
        outcomes: list[str] = []

        def commit(paths: list[str]) -> None:
            try:
                catalogue.commit(table, Change(paths, [], None, {}))
                outcomes.append("done")
            except CommitConflictError:
                outcomes.append("refused")

        threads = [threading.Thread(target=commit, args=(paths,)) for paths in staged]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["done", "refused", "refused", "refused"]
        assert len(rows(catalogue, table)) == 1

    def test_files_of_another_shape_are_refused(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        for query in ("1::int id, 'a' as name", "1::bigint id, 7 as name"):
            paths = write_files(catalogue, table, f"select {query}, DATE '2024-01-01' as day", "x")
            with pytest.raises(InvalidDataFileError):
                catalogue.commit(table, Change(paths, [], None, {}))
        broken, filesystem = f"{catalogue.data_location(table)}/broken.parquet", catalogue.filesystem()
        for content in (b"", b"PAR1 and nothing else, really nothing PAR1"):
            with filesystem.open(broken, "wb") if filesystem else Path(broken).open("wb") as file:
                file.write(content)
            with pytest.raises(InvalidDataFileError):
                catalogue.commit(table, Change([broken], [], None, {}))
        assert catalogue.snapshot(table) is None

    def test_columns_an_engine_keeps_for_itself_do_no_harm(self, catalogue: CatalogueInterface) -> None:
        catalogue.create(REF, TableSchema(SCHEMA.columns[:2]))
        path = f"{catalogue.data_location(REF)}/a.parquet"
        with connected(catalogue) as connection:
            connection.execute(
                f"COPY (select 1::bigint id, 'a' as name, 5 as _mask) TO '{path}' "
                "(FORMAT parquet, FIELD_IDS {'id': 1, 'name': 2, '_mask': 2000000000})"
            )
        catalogue.commit(REF, Change([path], [], None, {}))
        assert [(file.rows, file.plain, sorted(file.lower)) for file in catalogue.files(REF)] == [
            (1, True, ["id", "name"])
        ]
        assert [batch.to_pylist() for batch in catalogue.scan(REF) if batch.num_rows] == [[{"id": 1, "name": "a"}]]

    def test_bounds_are_exact_values(self, catalogue: CatalogueInterface) -> None:
        columns = tuple(Column(f"c{n}", kind) for n, kind in enumerate(
            ["decimal(38,2)", "decimal(9,2)", "timestamp", "double", "boolean", "string", "int"]))  # fmt: skip
        catalogue.create(REF, TableSchema(columns))
        query = """select -12345678901234567890.12::decimal(38,2) c0, -1.28::decimal(9,2) c1,
            TIMESTAMPTZ '2024-01-01 10:00:00.123456+02' c2, 1.5::double c3, false c4, 'abc' c5, null::int c6
            union all select 99999999999999999999.99, 0.05, TIMESTAMPTZ '1969-12-31 23:59:59Z', -2.5, true, 'ñ', null"""
        publish(catalogue, REF, query, "a")
        (file,) = catalogue.files(REF)
        assert (file.lower["c0"], file.upper["c0"]) == (
            Decimal("-12345678901234567890.12"), Decimal("99999999999999999999.99"),
        )  # fmt: skip
        assert (file.lower["c1"], file.upper["c1"]) == (Decimal("-1.28"), Decimal("0.05"))
        assert file.lower["c2"] == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
        assert file.upper["c2"] == datetime(2024, 1, 1, 8, 0, 0, 123456, tzinfo=UTC)
        assert (file.lower["c3"], file.upper["c3"], file.lower["c4"], file.upper["c4"]) == (-2.5, 1.5, False, True)
        assert (file.lower["c5"], file.upper["c5"]) == ("abc", "ñ")
        assert "c6" not in file.lower

    def test_a_null_partition_is_a_partition(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        publish(catalogue, table, "select 1::bigint id, 'a' as name, null::date as day", "a")
        publish(catalogue, table, "select 2::bigint id, 'b' as name, DATE '2024-01-02' as day", "b")
        assert sorted(str(file.partition) for file in catalogue.files(table)) == ["2024-01-02", "None"]
        assert [row[0] for row in rows(catalogue, table)] == [1, 2]
        assert [file.partition for file in catalogue.files(table, ["2024-01-02"])] == ["2024-01-02"]
        (old,) = catalogue.files(table, [None])
        publish(catalogue, table, "select 3::bigint id, 'c' as name, null::date as day", "c", remove=[old.path])
        assert [row[0] for row in rows(catalogue, table)] == [2, 3]

    def test_a_null_partition_beside_others_in_one_commit_can_be_replaced(self, catalogue: CatalogueInterface) -> None:
        table = TableRef("staging", "shop_staging", "by_name")
        catalogue.create(table, TableSchema((Column("id", "bigint"), Column("name", "string")), "name"))
        publish(catalogue, table, "select i::bigint id, if(i = 1, null, 'n' || i) as name from range(3) t(i)", "a")
        old = [file.path for file in catalogue.files(table, [None])]
        publish(catalogue, table, "select 9::bigint id, null::varchar as name", "b", remove=old)
        publish(catalogue, table, "", "c", remove=[file.path for file in catalogue.files(table, [None, "n2"])])
        assert [row[0] for row in rows(catalogue, table)] == [0]

    # upkeep ---------------------------------------------------------------------------------------------------------
    def test_orphans_are_what_nothing_refers_to(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        for number in range(12):  # more than one manifest, and older ones joined
            publish(
                catalogue, table, f"select {number}::bigint id, 'a' as name, DATE '2024-01-01' as day", f"a{number}"
            )
        first = catalogue.files(table)[0].path
        publish(catalogue, table, "", "gone", remove=[first])
        later = time.time() + 3600
        assert catalogue.orphans(table, later) == []
        left = write_files(catalogue, table, "select 1::bigint id, 'a' as name, DATE '2024-01-02' as day", "killed")
        assert catalogue.orphans(table, later) == left
        assert catalogue.orphans(table, time.time() - 3600) == []
        catalogue.discard_files(left)
        assert catalogue.orphans(table, later) == []
        assert len(rows(catalogue, table)) == 11

    def test_old_snapshots_are_forgotten_on_demand(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        for number in range(4):
            publish(
                catalogue, table, f"select {number}::bigint id, 'a' as name, DATE '2024-01-01' as day", f"a{number}"
            )
        latest = catalogue.snapshot(table)
        assert catalogue.expire_snapshots(table, 9) == 0
        assert catalogue.expire_snapshots(table, 2) == 2
        assert catalogue.expire_snapshots(table, 2) == 0
        assert (catalogue.snapshot(table), len(catalogue.history(table))) == (latest, 2)
        assert [row[0] for row in rows(catalogue, table)] == [0, 1, 2, 3]
        publish(catalogue, table, "select 9::bigint id, 'a' as name, DATE '2024-01-01' as day", "b")
        assert len(catalogue.history(table)) == 3

    # locks and raw tables -------------------------------------------------------------------------------------------
    def test_a_lock_can_be_taken_twice_by_its_holder(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        with catalogue.lock(table), catalogue.lock(table):
            publish(catalogue, table, "select 1::bigint id, 'a' as name, DATE '2024-01-01' as day", "a")
        assert len(rows(catalogue, table)) == 1

    def test_raw_partitions_are_remembered(self, catalogue: CatalogueInterface) -> None:
        raw = TableRef("raw", "shop_raw", "orders")
        assert catalogue.raw_partitions(raw) == {}
        for _ in range(2):
            catalogue.add_raw_partition(raw, "data_date", "2024-01-02", "raw/shop_raw/orders/data_date=2024-01-02")
            catalogue.add_raw_partition(raw, "data_date", "2024-01-01", "raw/shop_raw/orders/data_date=2024-01-01")
        assert list(catalogue.raw_partitions(raw)) == ["2024-01-01", "2024-01-02"]
        assert catalogue.raw_tables() == [raw]
        catalogue.drop_raw_partition(raw, "2024-01-01")
        catalogue.drop_raw_partition(raw, "2024-01-01")
        assert list(catalogue.raw_partitions(raw)) == ["2024-01-02"]
        assert catalogue.tables() == []
