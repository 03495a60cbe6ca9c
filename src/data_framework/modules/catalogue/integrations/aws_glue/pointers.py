"""Glue as the place where each table's current metadata is, in the entries that PyIceberg, Spark and Athena read."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from pyiceberg.catalog.glue import _construct_table_input
from pyiceberg.table.metadata import TableMetadata

from data_framework.modules.aws import AwsClients
from data_framework.modules.catalogue.integrations.iceberg.places import Files, plain_path
from data_framework.modules.exception import AwsRequestError, AwsResourceMissingError, AwsUnreachableError

_LOCATION = "metadata_location"
_NOTE = "expired-"


class GluePointers:
    """Tables of the Glue catalogue whose type is Iceberg.

    Args:
        aws: The clients.
        files: Where notes about expired files go, beside each table's metadata.
        prefix: How the names of the buckets begin: only tables there are listed.
    """

    def __init__(self, aws: AwsClients, files: Files, prefix: str) -> None:
        self._aws, self._files, self._prefix = aws, files, prefix

    @property
    def name(self) -> str:
        """What it is, for messages."""
        return f"AWS Glue ({self._aws.region})"

    def location(self, database: str, table: str) -> str | None:
        """Where a table's current metadata is, or None when there is no such Iceberg table."""
        found = self._entry(database, table)
        return _location(found) if found else None

    def tables(self) -> list[tuple[str, str, str]]:
        """Every Iceberg table of these buckets: database, name, metadata location."""
        found = []
        for database in self._glue.pages("get_databases", "DatabaseList"):
            for entry in self._glue.pages("get_tables", "TableList", DatabaseName=database["Name"]):
                location = _location(entry)
                if location and plain_path(location).startswith(f"s3://{self._prefix}-"):
                    found.append((str(database["Name"]), str(entry["Name"]), location))
        return sorted(found)

    def insert(self, database: str, table: str, location: str, metadata: TableMetadata) -> bool:
        """Enter a new table, and its database; False when another process was faster."""
        entry = _construct_table_input(table, location, _shown(metadata), metadata)
        for _ in range(2):
            try:
                self._glue.create_table(DatabaseName=database, TableInput=entry)
            except AwsResourceMissingError:
                self.make_database(database)
            except AwsRequestError as error:
                if error.context["code"] != "AlreadyExistsException":
                    raise
                return self.location(database, table) == location
            else:
                return True
        return False

    def swap(
        self, database: str, table: str, old: str, new: str, metadata: TableMetadata, expired: Iterable[str] = ()
    ) -> bool:
        """Point a table to new metadata if it still points to the old, noting files nothing will refer to any more."""
        found = self._entry(database, table)
        if found is None or _location(found) != old:
            return False
        entry = _construct_table_input(table, new, _shown(metadata), metadata, found, old)
        try:
            self._glue.update_table(
                DatabaseName=database, TableInput=entry, SkipArchive=True, VersionId=str(found["VersionId"])
            )
        except AwsRequestError as error:
            if error.context["code"] not in {"ConcurrentModificationException", "OperationTimeoutException"}:
                raise
            # An answer that was lost is asked for again: then Glue says that somebody, we, was faster.
            if self.location(database, table) != new:
                return False
        except AwsUnreachableError:
            if self.location(database, table) != new:
                raise
        if paths := list(expired):
            self._note(metadata, paths)
        return True

    def remove(self, database: str, table: str) -> None:
        """Forget a table."""
        self._glue.delete_table(DatabaseName=database, Name=table)

    def expired_before(self, database: str, table: str, moment: float) -> list[str]:
        """Files no snapshot of a table refers to since before a moment."""
        found = []
        for note in self._notes(database, table):
            if _noted_at(note) < moment:
                with self._files.new_input(note).open() as stream:
                    found += [*json.loads(stream.read()), note]
        return found

    def forget_expired(self, database: str, table: str, paths: Iterable[str]) -> None:
        """Nothing to do: the notes are among the files that were deleted."""

    def make_database(self, database: str) -> None:
        """Make a database, if there is none."""
        try:
            self._glue.create_database(DatabaseInput={"Name": database})
        except AwsRequestError as error:
            if error.context["code"] != "AlreadyExistsException":
                raise

    # inside ---------------------------------------------------------------------------------------------------------
    @property
    def _glue(self) -> Any:
        return self._aws.client("glue")

    def _entry(self, database: str, table: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self._glue.get_table(DatabaseName=database, Name=table)["Table"]
        except AwsResourceMissingError:
            return None
        return found

    def _note(self, metadata: TableMetadata, paths: list[str]) -> None:
        place = f"{metadata.location}/metadata/{_NOTE}{int(time.time() * 1000)}-{uuid.uuid4().hex[:12]}.json"
        with self._files.new_output(place).create() as stream:
            stream.write(json.dumps(paths).encode())

    def _notes(self, database: str, table: str) -> list[str]:
        entry = self._entry(database, table)
        folder = plain_path(str(entry["StorageDescriptor"]["Location"])) if entry else ""
        return self._files.staged(f"{folder}/metadata", _NOTE) if folder else []


def _location(entry: Mapping[str, Any]) -> str | None:
    """Where an entry's metadata is, None of one that is no Iceberg table."""
    parameters = entry.get("Parameters") or {}
    found = parameters.get(_LOCATION)
    return str(found) if found and str(parameters.get("table_type", "")).upper() == "ICEBERG" else None


def _shown(metadata: TableMetadata) -> dict[str, str]:
    """What an entry repeats of a table's properties: Glue's parameters are short."""
    return {key: value for key, value in metadata.properties.items() if len(value) <= 500}


def _noted_at(note: str) -> float:
    return int(note.rpartition(_NOTE)[2].partition("-")[0]) / 1000
