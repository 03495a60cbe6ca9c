"""What every part of the Spark engine works with: the session, the tables by name, and work files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_framework.modules.aws import AwsSettings
from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.integrations.spark.session.settings import CATALOGUE
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.data_process.integrations.spark.work_files import WorkFolder
from data_framework.modules.data_process.plan import hidden

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Desk:
    """A session, its catalogue, and a folder that every task can write to.

    Attributes:
        session: The Spark session.
        catalogue: The tables, their schemas and snapshots.
        folder: Where work files go.
        limits: What a raw file may be at most.
        keep_snapshots: How many of a table's latest snapshots a commit leaves.
        aws: How tasks reach the raw layer, where it is a bucket.
    """

    session: SparkSession
    catalogue: CatalogueInterface
    folder: WorkFolder
    limits: FileLimits
    keep_snapshots: int = 30
    aws: AwsSettings | None = None

    def name(self, ref: TableRef) -> str:
        """A table as SQL names it."""
        return f"{CATALOGUE}.{quoted(ref.database)}.{quoted(ref.table)}"

    def table(self, ref: TableRef, *, technical: bool = False) -> DataFrame:
        """The rows of a table as its current snapshot has them; technical columns only if asked for."""
        snapshot, names = self.catalogue.snapshot(ref), self.catalogue.schema(ref).names
        pinned = f" VERSION AS OF {snapshot.snapshot_id}" if snapshot is not None else ""
        shown = ", ".join(map(quoted, names if technical else hidden.visible(names)))
        return self.session.sql(f"SELECT {shown} FROM {self.name(ref)}{pinned}")

    def keep(self, frame: DataFrame, what: str) -> DataFrame:
        """Write rows into work files once; the answer reads them from there, the same as often as it is asked."""
        path = self.folder.path(what)
        frame.write.parquet(path)
        return self.session.read.schema(frame.schema).parquet(path)
