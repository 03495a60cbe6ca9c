"""Commits of Iceberg's own writers: what a run says of itself in the snapshot, and conflicts told from failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from py4j.protocol import Py4JError

from data_framework.modules.catalogue import committed as compute_and_commit
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS, is_conflict, reason_of
from data_framework.modules.data_process.integrations.spark.session.settings import CATALOGUE
from data_framework.modules.data_process.integrations.spark.sorting import sorted_rows
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.exception import CommitConflictError, PublishFailedError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.catalogue import Snapshot, TableSchema
    from data_framework.modules.data_process.integrations.spark.desk import Desk

T = TypeVar("T")


def committed(desk: Desk, ref: TableRef, attempt: Callable[[], T]) -> T:
    """Run one attempt at a commit, again while other writers are faster; bounded, with jitter.

    Raises:
        PublishFailedError: The commit failed, or the table kept moving.
    """

    def told() -> T:
        try:
            return attempt()
        except (*SPARK_ERRORS, OSError) as error:
            if is_conflict(error):
                raise CommitConflictError(table=str(ref), reason=reason_of(error)) from error
            raise PublishFailedError(table=str(ref), reason=reason_of(error)) from error

    try:
        return compute_and_commit(desk.catalogue, ref, told)
    except CommitConflictError as error:
        raise PublishFailedError(table=str(ref), reason="other writers were faster every time") from error


def settled(desk: Desk, ref: TableRef) -> dict[str, Any]:
    """After a commit: old snapshots forgotten; what it said of bytes added and deleted, and its snapshot."""
    after = desk.catalogue.snapshot(ref)
    assert after is not None
    with suppress(CommitConflictError):  # another writer moved the table on: the next commit forgets them
        desk.catalogue.expire_snapshots(ref, desk.keep_snapshots)
    return {
        "bytes_added": int(after.properties.get("added-files-size", 0)),
        "bytes_deleted": int(after.properties.get("removed-files-size", 0)),
        "snapshot_id": after.snapshot_id,
    }


def append(
    desk: Desk, ref: TableRef, rows: DataFrame, create: TableSchema | None, order_by: Sequence[tuple[str, bool]],
    properties: Mapping[str, str],
) -> None:  # fmt: skip
    """Add rows in one commit; with `create` the table is made by it."""
    if create is None:
        _writer(desk, ref, rows, properties).append()
    else:
        _make(desk, ref, rows, create, order_by, properties)


def _make(
    desk: Desk, ref: TableRef, rows: DataFrame, schema: TableSchema, order_by: Sequence[tuple[str, bool]],
    properties: Mapping[str, str],
) -> None:  # fmt: skip
    """Make a table and its first rows, visible together."""
    from pyspark.sql import functions

    location = desk.catalogue.data_location(ref).removesuffix("/data")
    named = {column.name: functions.col(quoted(column.name)) for column in schema.columns}
    told = [named[one.name].alias(one.name, metadata={"comment": one.description}) if one.description
            else named[one.name] for one in schema.columns]  # fmt: skip
    desk.session.sql(f"CREATE NAMESPACE IF NOT EXISTS {CATALOGUE}.{quoted(ref.database)}")
    writer = _writer(desk, ref, sorted_rows(rows.select(*told), schema.partition, order_by), properties)
    writer = writer.using("iceberg").option("use-table-distribution-and-ordering", str(not order_by).lower())
    for name, value in {**desk.catalogue.reserve(ref, schema).properties, "location": location}.items():
        writer = writer.tableProperty(name, value)
    if schema.partition:
        column = named[schema.partition.field]
        months = getattr(functions, "partitioning", functions).months  # Spark 3.5 has it among the others
        writer = writer.partitionedBy(months(column) if schema.partition.transform else column)
    try:
        writer.create()
    except SPARK_ERRORS as error:
        if desk.catalogue.exists(ref):
            raise CommitConflictError(table=str(ref), reason="another process has just made it") from error
        raise


def replace_where(
    desk: Desk, ref: TableRef, rows: DataFrame, condition: str, base: Snapshot | None, properties: Mapping[str, str]
) -> None:  # fmt: skip
    """Replace the rows a condition is true for, in one commit; refused when what it read has changed since `base`."""
    from pyspark.sql import functions

    writer = _writer(desk, ref, rows, properties).option("isolation-level", "serializable")
    if base is not None:
        writer = writer.option("validate-from-snapshot-id", str(base.snapshot_id))
    writer.overwrite(functions.expr(condition))


def run_sql(desk: Desk, statement: str, properties: Mapping[str, str]) -> None:
    """Run one statement that commits, with properties in its snapshot (a session's conf does not reach all of them)."""
    from pyspark.java_gateway import ensure_callback_server_started

    context: Any = desk.session.sparkContext
    java = context._jvm
    ensure_callback_server_started(context._gateway)  # type: ignore[no-untyped-call]
    said = java.java.util.HashMap()
    for name, value in properties.items():
        said.put(name, value)
    call = _Call(lambda: desk.session.sql(statement))
    failure = java.java.lang.Class.forName("java.lang.RuntimeException")
    try:
        java.org.apache.iceberg.spark.CommitMetadata.withCommitProperties(said, call, failure)
    except Py4JError:
        if call.error is not None:
            raise call.error from None
        raise


class _Call:
    """A Python call as Java's Callable; its own error is kept, for Java only knows that there was one."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self.error: BaseException | None = None

    def call(self) -> None:
        """Run it."""
        try:
            self._call()
        except BaseException as error:
            self.error = error
            raise

    class Java:
        """What py4j shows to Java."""

        implements = ("java.util.concurrent.Callable",)


def _writer(desk: Desk, ref: TableRef, rows: DataFrame, properties: Mapping[str, str]) -> Any:
    writer: Any = rows.writeTo(desk.name(ref))
    for name, value in properties.items():
        writer = writer.option(f"snapshot-property.{name}", value)
    return writer
