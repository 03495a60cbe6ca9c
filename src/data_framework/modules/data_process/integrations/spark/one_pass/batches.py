"""A frame streamed as Arrow batches: written out by the tasks, read back file by file, so that no machine holds all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyspark.sql.pandas.types import to_arrow_schema

from data_framework.modules.data_process.helpers.libraries import pa, pq
from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS, reason_of
from data_framework.modules.data_process.integrations.spark.one_pass.raw_tasks import opened
from data_framework.modules.exception import QueryFailedError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.desk import Desk

_ROWS = 65_536


def batches_of(desk: Desk, frame: DataFrame) -> Iterator[Any]:
    """Stream the rows of a frame in its order; the first batch is there even without rows.

    Raises:
        QueryFailedError: The query failed.
    """
    schema, path = to_arrow_schema(frame.schema), desk.folder.path("answer")
    renamed = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
    try:
        renamed.write.parquet(path)
    except SPARK_ERRORS as error:
        raise QueryFailedError(reason=reason_of(error)) from error
    yield pa.RecordBatch.from_pylist([], schema=schema)
    for file in desk.folder.parts(path):
        with opened(file, desk.aws) as stream:
            for batch in pq.ParquetFile(stream).iter_batches(_ROWS):
                yield pa.Table.from_batches([batch]).rename_columns(schema.names).cast(schema).to_batches()[0]
