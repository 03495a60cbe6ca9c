"""Files of text as Athena reads them: by what Glue says of a table and its partitions, and by nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def external(table: Mapping[str, Any], partitions: Sequence[Mapping[str, Any]], s3: Any) -> pa.Table:
    """The rows of a table of files: its columns, then its partition key."""
    names = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
    (key,) = (one["Name"] for one in table["PartitionKeys"])
    skipped = int(table["Parameters"].get("skip.header.line.count", 0))
    rows = [
        {**dict.fromkeys(names), **row, key: partition["Values"][0]}
        for partition in partitions
        for body in _files(partition["StorageDescriptor"]["Location"], s3)
        for row in _rows(partition["StorageDescriptor"], body, skipped, names)
    ]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in [*names, key]]))


def _files(location: str, s3: Any) -> Iterator[bytes]:
    bucket, _, folder = location.removeprefix("s3://").partition("/")
    for one in s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/").get("Contents", []):
        yield s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()


def _rows(described: Mapping[str, Any], body: bytes, skipped: int, names: list[str]) -> Iterator[dict[str, Any]]:
    library = described["SerdeInfo"]["SerializationLibrary"]
    given = described["SerdeInfo"].get("Parameters", {})
    if library.endswith("OpenCSVSerde"):
        quote, escape = given["quoteChar"], given["escapeChar"]
        for line in body.decode().splitlines()[skipped:]:  # a line is a record: breaks inside quotes are not known
            doubled = {"doublequote": True} if escape == quote else {"escapechar": escape}
            (cells,) = csv.reader([line], delimiter=given["separatorChar"], quotechar=quote, **doubled)
            yield dict(zip(names, cells, strict=False))
    elif library == "org.openx.data.jsonserde.JsonSerDe":
        for line in body.decode().splitlines():
            record = json.loads(line)
            yield {name: record.get(given.get(f"mapping.{name}", name)) for name in names}
    elif library.endswith("ParquetHiveSerDe") and given.get("parquet.column.index.access") == "true":
        for record in pq.read_table(io.BytesIO(body)).to_pylist():
            yield dict(zip(names, record.values(), strict=False))
    else:
        raise NotImplementedError(f"HIVE_UNSUPPORTED_FORMAT: {library} {given}")
