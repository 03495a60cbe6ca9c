"""The raw tables as tables of Glue, so that Athena and others read what was delivered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from data_framework.modules.aws import AwsClients
from data_framework.modules.aws.s3_objects import split_uri
from data_framework.modules.catalogue.integrations.aws_glue.pointers import GluePointers
from data_framework.modules.catalogue.integrations.aws_glue.raw_formats import SKIPPED, descriptor, same_table
from data_framework.modules.catalogue.raw_shape import RawShape
from data_framework.modules.exception import AwsRequestError, AwsResourceMissingError
from data_framework.modules.utils.logger import get_logger

_OWN, _FORMAT = "data_framework.layer", "data_framework.format"
_RACES = 10
_logger = get_logger("catalogue")


class GlueRawTables:
    """Raw tables by layer, database and name: entries of Glue with one partition key, the data date."""

    def __init__(self, aws: AwsClients, pointers: GluePointers) -> None:
        self._aws, self._pointers = aws, pointers
        self._shapes: dict[tuple[str, str, str], RawShape] = {}

    def partitions(self, key: tuple[str, str, str]) -> dict[str, str]:
        """Value → location of a raw table's partitions."""
        found = self._glue.pages("get_partitions", "Partitions", DatabaseName=key[1], TableName=key[2])
        try:
            named = {str(one["Values"][0]): str(one["StorageDescriptor"]["Location"]) for one in found}
        except AwsResourceMissingError:
            return {}
        return dict(sorted(named.items()))

    def add(self, key: tuple[str, str, str], field: str, value: str, location: str, shape: RawShape) -> None:
        """Enter a partition, and its table on first use; a partition others would read wrongly says so."""
        table = self._table(key, field, location, shape)
        reason = same_table(table, shape)
        if reason:
            _logger.info("Partition %s of %s.%s cannot be read through Glue: %s.", value, key[1], key[2], reason)
        entry = {"Values": [value], "StorageDescriptor": descriptor(replace(shape, unreadable=reason), location)}
        try:
            self._glue.create_partition(DatabaseName=key[1], TableName=key[2], PartitionInput=entry)
        except AwsRequestError as error:
            if error.context["code"] != "AlreadyExistsException":
                raise
            self._glue.update_partition(
                DatabaseName=key[1], TableName=key[2], PartitionValueList=[value], PartitionInput=entry
            )

    def drop(self, key: tuple[str, str, str], value: str) -> None:
        """Forget a partition."""
        try:
            self._glue.delete_partition(DatabaseName=key[1], TableName=key[2], PartitionValues=[value])
        except AwsResourceMissingError:
            return

    def tables(self) -> list[tuple[str, str, str]]:
        """The raw tables of the framework that have partitions."""
        found = []
        for database in self._glue.pages("get_databases", "DatabaseList"):
            for entry in self._glue.pages("get_tables", "TableList", DatabaseName=database["Name"]):
                layer = (entry.get("Parameters") or {}).get(_OWN)
                key = (str(layer), str(database["Name"]), str(entry["Name"]))
                if layer and entry.get("PartitionKeys") and self.partitions(key):
                    found.append(key)
        return sorted(found)

    # inside ---------------------------------------------------------------------------------------------------------
    @property
    def _glue(self) -> Any:
        return self._aws.client("glue")

    def _table(self, key: tuple[str, str, str], field: str, location: str, shape: RawShape) -> RawShape:
        """The shape of a table, made or extended so that it has the columns of a partition that fits it."""
        known = self._shapes.get(key)
        for _ in range(_RACES):
            if known is not None and _covers(known, shape):
                break
            found = self._found(key)
            known = _joined(_shape(found) if found else None, shape)
            if self._brought(key, field, location, found, known):
                break
            known = None
        self._shapes[key] = known or RawShape()
        return self._shapes[key]

    def _found(self, key: tuple[str, str, str]) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._glue.get_table(DatabaseName=key[1], Name=key[2])["Table"]
        except AwsResourceMissingError:
            return None
        return found

    def _brought(
        self, key: tuple[str, str, str], field: str, location: str, found: dict[str, Any] | None, shape: RawShape
    ) -> bool:
        """Make or extend the entry of a table; False when another process was faster."""
        layer, database, table = key
        bucket, folder = split_uri(location)
        entry = {
            "Name": table, "TableType": "EXTERNAL_TABLE", "PartitionKeys": [{"Name": field, "Type": "string"}],
            "Parameters": {_OWN: layer, "EXTERNAL": "TRUE", _FORMAT: shape.format, SKIPPED: str(shape.skip_lines)},
            "StorageDescriptor": descriptor(shape, f"s3://{bucket}/{folder.rpartition('/')[0]}"),
        }  # fmt: skip
        try:
            if found is None:
                self._pointers.make_database(database)
                self._glue.create_table(DatabaseName=database, TableInput=entry)
            elif list(shape.columns) != list(_shape(found).columns):
                self._glue.update_table(
                    DatabaseName=database, TableInput=entry, SkipArchive=True, VersionId=str(found["VersionId"])
                )
        except AwsRequestError as error:
            if error.context["code"] not in {"AlreadyExistsException", "ConcurrentModificationException"}:
                raise
            return False
        return True


def _shape(entry: dict[str, Any]) -> RawShape:
    """What a table's entry says of its files."""
    parameters = entry.get("Parameters") or {}
    names = [str(column["Name"]) for column in entry["StorageDescriptor"]["Columns"]]
    given = (entry["StorageDescriptor"].get("SerdeInfo") or {}).get("Parameters") or {}
    shown = {name: str(given.get(f"mapping.{name}", name)) for name in names}
    return RawShape(
        str(parameters.get(_FORMAT, "")), shown, given.get("separatorChar", ","), given.get("quoteChar", '"'),
        given.get("escapeChar", ""), int(parameters.get(SKIPPED) or 0),
    )  # fmt: skip


def _covers(table: RawShape, shape: RawShape) -> bool:
    return bool(same_table(table, shape)) or table.columns.keys() >= shape.columns.keys()


def _joined(table: RawShape | None, shape: RawShape) -> RawShape:
    """A table with the columns of a partition that fits it behind its own."""
    if table is None or not table.format:
        return replace(shape, unreadable="")
    new = {} if same_table(table, shape) else {**shape.columns}
    return replace(table, columns={**table.columns, **{name: new[name] for name in new if name not in table.columns}})
