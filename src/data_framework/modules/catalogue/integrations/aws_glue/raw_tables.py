"""The partitions of raw tables as tables of Glue, so that Athena and others see what was delivered."""

from __future__ import annotations

from typing import Any

from data_framework.modules.aws import AwsClients
from data_framework.modules.aws.s3_objects import split_uri
from data_framework.modules.catalogue.integrations.aws_glue.pointers import GluePointers
from data_framework.modules.exception import AwsRequestError, AwsResourceMissingError

_OWN = "data_framework.layer"
_TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
}


class GlueRawTables:
    """Raw tables by layer, database and name: entries of Glue with one partition key, the data date."""

    def __init__(self, aws: AwsClients, pointers: GluePointers) -> None:
        self._aws, self._pointers = aws, pointers

    def partitions(self, key: tuple[str, str, str]) -> dict[str, str]:
        """Value → location of a raw table's partitions."""
        found = self._glue.pages("get_partitions", "Partitions", DatabaseName=key[1], TableName=key[2])
        try:
            named = {str(one["Values"][0]): str(one["StorageDescriptor"]["Location"]) for one in found}
        except AwsResourceMissingError:
            return {}
        return dict(sorted(named.items()))

    def add(self, key: tuple[str, str, str], field: str, value: str, location: str) -> None:
        """Enter a partition, and its table on first use."""
        entry = {"Values": [value], "StorageDescriptor": {"Columns": [], "Location": location, **_TEXT}}
        for _ in range(2):
            try:
                self._glue.create_partition(DatabaseName=key[1], TableName=key[2], PartitionInput=entry)
            except AwsResourceMissingError:
                self._make(key, field, location)
            except AwsRequestError as error:
                if error.context["code"] != "AlreadyExistsException":
                    raise
                self._glue.update_partition(
                    DatabaseName=key[1], TableName=key[2], PartitionValueList=[value], PartitionInput=entry
                )
                return
            else:
                return

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

    @property
    def _glue(self) -> Any:
        return self._aws.client("glue")

    def _make(self, key: tuple[str, str, str], field: str, location: str) -> None:
        layer, database, table = key
        self._pointers.make_database(database)
        bucket, folder = split_uri(location)
        place = f"s3://{bucket}/{folder.rpartition('/')[0]}"
        entry = {
            "Name": table, "TableType": "EXTERNAL_TABLE", "PartitionKeys": [{"Name": field, "Type": "string"}],
            "Parameters": {_OWN: layer, "EXTERNAL": "TRUE"},
            "StorageDescriptor": {"Columns": [], "Location": place, **_TEXT},
        }  # fmt: skip
        try:
            self._glue.create_table(DatabaseName=database, TableInput=entry)
        except AwsRequestError as error:
            if error.context["code"] != "AlreadyExistsException":
                raise
