"""The catalogue of AWS: Iceberg tables in the buckets of their layers, named in Glue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from typing_extensions import override

from data_framework.modules.aws import AwsClients
from data_framework.modules.catalogue.integrations.aws_glue.files import S3Files
from data_framework.modules.catalogue.integrations.aws_glue.pointers import GluePointers
from data_framework.modules.catalogue.integrations.aws_glue.raw_tables import GlueRawTables
from data_framework.modules.catalogue.integrations.iceberg.catalogue import IcebergCatalogue
from data_framework.modules.config.model.tables import TableRef


class GlueCatalogue(IcebergCatalogue):
    """Iceberg tables in `s3://<prefix>-<layer>/<database>/<table>`; the entry in Glue points to their metadata.

    Glue refuses a commit on an old version of an entry, so writers anywhere need no lock beside it.

    Args:
        aws: The clients.
        prefix: How the names of the buckets begin.
        kms_key: The key that objects are encrypted with.
        keep_snapshots: How many of a table's latest snapshots a commit leaves.
    """

    def __init__(self, aws: AwsClients, prefix: str, kms_key: str | None = None, keep_snapshots: int = 30) -> None:
        files = S3Files(aws, prefix, kms_key)
        pointers = GluePointers(aws, files, prefix)
        super().__init__(pointers, GlueRawTables(aws, pointers), files, keep_snapshots)
        self._locks: dict[TableRef, threading.RLock] = {}
        self._guard = threading.Lock()

    @override
    @contextmanager
    def lock(self, ref: TableRef) -> Iterator[None]:
        # Threads of this process would only make each other compute again.
        with self._guard:
            own = self._locks.setdefault(ref, threading.RLock())
        with own:
            yield
