"""What every catalogue must do when the shape of a table changes, as tests: a part of `CatalogueConformance`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from data_framework.modules.catalogue import CatalogueInterface, Change, Column, TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import CommitConflictError, SchemaChangeError
from data_framework.testing.catalogue_files import REF, SCHEMA, connected, publish, write_files, write_nested


class EvolutionConformance:
    """Columns and nested fields are added, types widen, nothing is lost."""

    def test_evolving_adds_and_widens(self, catalogue: CatalogueInterface) -> None:
        catalogue.create(REF, TableSchema((Column("a", "int"), Column("b", "decimal(5,2)"))))
        publish(catalogue, REF, "select 1::int a, 2.5::decimal(5,2) b", "a")
        wider = (Column("a", "bigint"), Column("b", "decimal(9,2)"), Column("c", "string"))
        made = catalogue.evolve(REF, TableSchema(wider))
        assert [(column.name, column.type) for column in made.columns] == [(c.name, c.type) for c in wider]
        (old,) = catalogue.files(REF)
        assert (old.plain, old.missing) == (False, ())
        publish(catalogue, REF, "select 2::bigint a, 3.5::decimal(9,2) b, 'x' as c", "b")
        assert sorted(file.plain for file in catalogue.files(REF)) == [False, True]
        read = [row for batch in catalogue.scan(REF) for row in batch.to_pylist()]
        assert sorted(read, key=lambda row: row["a"]) == [
            {"a": 1, "b": Decimal("2.50"), "c": None}, {"a": 2, "b": Decimal("3.50"), "c": "x"},
        ]  # fmt: skip

    def test_a_commit_of_new_files_gives_a_column_any_type(self, catalogue: CatalogueInterface) -> None:
        catalogue.create(REF, TableSchema((Column("a", "int", description="What."), Column("b", "string"))))
        publish(catalogue, REF, "select 1::int a, 'x' as b", "old")
        base, old = catalogue.snapshot(REF), [file.path for file in catalogue.files(REF)]
        wanted = TableSchema((Column("a", "string"), Column("b", "string")))
        then = catalogue.reserve(REF, wanted)
        assert [column.type for column in catalogue.schema(REF).columns] == ["int", "string"]
        ids, now = then.field_ids, catalogue.schema(REF).field_ids
        assert (ids["b"], ids["a"] in now.values()) == (now["b"], False)
        path = f"{catalogue.data_location(REF)}/new.parquet"
        with connected(catalogue) as connection:
            connection.execute(f"COPY (select '1' as a, 'x' as b) TO '{path}' "
                               f"(FORMAT parquet, FIELD_IDS {{'a': {ids['a']}, 'b': {ids['b']}}})")  # fmt: skip
        catalogue.commit(REF, Change([path], old, base.snapshot_id if base else None, {}, wanted))
        assert [(c.name, c.type, c.description) for c in catalogue.schema(REF).columns] == [
            ("a", "string", "What."), ("b", "string", ""),
        ]  # fmt: skip
        assert catalogue.schema(REF).field_ids == ids
        assert [file.plain for file in catalogue.files(REF)] == [True]
        assert [row for batch in catalogue.scan(REF) for row in batch.to_pylist()] == [{"a": "1", "b": "x"}]

    def test_files_older_than_a_column_say_so(self, catalogue: CatalogueInterface) -> None:
        catalogue.create(REF, TableSchema((Column("a", "int"),)))
        publish(catalogue, REF, "select 1::int a", "a")
        catalogue.evolve(REF, TableSchema((Column("b", "string"), Column("a", "int"))))
        assert catalogue.schema(REF).names == ("a", "b")
        assert [(file.plain, file.missing) for file in catalogue.files(REF)] == [(False, ("b",))]

    def test_nested_columns_gain_fields(self, catalogue: CatalogueInterface) -> None:
        catalogue.create(REF, TableSchema((Column("s", "struct<a:int>"), Column("l", "array<struct<b:int>>"))))
        staged = write_nested(catalogue, "{'a': 1} as s, [{'b': 2}] as l", "old")
        catalogue.commit(REF, Change(staged, [], None, {}))
        late = write_nested(catalogue, "{'a': 3} as s, [{'b': 4}] as l", "late")
        wider = (Column("l", "array<struct<b:bigint,c:string>>"), Column("s", "struct<z:struct<y:date>,a:int>"))
        changes = [(change.kind, change.column, change.wanted) for change in catalogue.changes(REF, TableSchema(wider))]
        assert changes == [
            ("widen", "l.element.b", "bigint"), ("add", "l.element.c", "string"), ("add", "s.z", "struct<y:date>"),
        ]  # fmt: skip
        catalogue.evolve(REF, TableSchema((Column("s", "struct<z:struct<y:date>,a:int>"),)))
        assert [(file.plain, file.missing) for file in catalogue.files(REF)] == [(False, ("s.z",))]
        base = catalogue.snapshot(REF)
        with pytest.raises(CommitConflictError):
            catalogue.commit(REF, Change(late, [], base.snapshot_id if base else None, {}))
        made = catalogue.evolve(REF, TableSchema(wider))
        assert [c.type for c in made.columns] == ["struct<a:int,z:struct<y:date>>", "array<struct<b:bigint,c:string>>"]
        assert [(file.plain, file.missing) for file in catalogue.files(REF)] == [(False, ())]
        read = [row for batch in catalogue.scan(REF) for row in batch.to_pylist()]
        assert read == [{"s": {"a": 1, "z": None}, "l": [{"b": 2, "c": None}]}]
        assert catalogue.evolve(REF, TableSchema((Column("s", "struct<a:int>"),))) == made
        for kind in ("struct<a:string>", "string", "array<int>"):
            with pytest.raises(SchemaChangeError, match="cannot become"):
                catalogue.evolve(REF, TableSchema((Column("s", kind),)))
            lost = catalogue.changes(REF, TableSchema((Column("s", kind),)))
            assert [change.kind for change in lost if change.kind != "keep"] == ["lose"]

    def test_files_staged_before_a_change_must_be_staged_again(self, catalogue: CatalogueInterface) -> None:
        catalogue.create(REF, TableSchema((Column("a", "int"),)))
        paths = write_files(catalogue, REF, "select 1::int a")
        catalogue.evolve(REF, TableSchema((Column("a", "int"), Column("b", "string"))))
        with pytest.raises(CommitConflictError):
            catalogue.commit(REF, Change(paths, [], None, {}))

    def test_evolving_never_narrows_nor_drops(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        for columns, field in (
            ((Column("id", "int"), *SCHEMA.columns[1:]), "day"),
            ((Column("id", "string"), *SCHEMA.columns[1:]), "day"),
            (SCHEMA.columns, None),
        ):
            with pytest.raises(SchemaChangeError):
                catalogue.evolve(table, TableSchema(columns, field))
        assert catalogue.evolve(table, TableSchema(SCHEMA.columns[2:], "day", ("id",))).names == SCHEMA.names

    def test_keys_follow_the_contract(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        made = catalogue.evolve(table, TableSchema(SCHEMA.columns, "day", ("id", "name")))
        assert made.primary_keys == ("id", "name")

    def test_an_empty_table_has_a_shape_to_read(self, catalogue: CatalogueInterface, table: TableRef) -> None:
        (batch,) = catalogue.scan(table)
        assert (batch.schema.names, batch.num_rows) == (["id", "name", "day"], 0)
