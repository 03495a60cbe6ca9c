"""How Glue describes files of text, so that Athena, Spark and Hive read them: their serialisers and columns."""

from __future__ import annotations

from typing import Any

from data_framework.modules.catalogue.raw_shape import RawShape

SKIPPED = "skip.header.line.count"
_TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
_PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
}
_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_JSON = "org.openx.data.jsonserde.JsonSerDe"
_BY_PLACE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_NONE = "data_framework.unreadable"


def descriptor(shape: RawShape, location: str) -> dict[str, Any]:
    """What an entry says of the files below a location: every column is text.

    A partition others would read wrongly gets a serialiser that there is not: they stop and name it.
    """
    formats = _PARQUET if shape.format == "parquet" else _TEXT
    columns = [{"Name": name, "Type": "string"} for name in shape.columns]
    return {"Columns": columns, "Location": location, "SerdeInfo": _serialiser(shape), **formats}


def same_table(table: RawShape, partition: RawShape) -> str:
    """Why a partition cannot be read as one of a table, "" if it can."""
    if partition.unreadable:
        return partition.unreadable
    if table.format and (table.format, table.skip_lines) != (partition.format, partition.skip_lines):
        return "it is written otherwise than the table's first files"
    both = list(zip(table.columns, partition.columns, strict=False))
    if partition.format != "json_lines" and any(mine != theirs for mine, theirs in both):
        return "its columns come in another order than the table's"
    return ""


def _serialiser(shape: RawShape) -> dict[str, Any]:
    if shape.unreadable:
        return {"SerializationLibrary": _NONE, "Parameters": {"reason": shape.unreadable}}
    if shape.format == "parquet":
        return {"SerializationLibrary": _BY_PLACE, "Parameters": {"parquet.column.index.access": "true"}}
    if shape.format == "json_lines":
        named = {f"mapping.{plain}": shown for plain, shown in shape.columns.items() if plain != shown}
        return {"SerializationLibrary": _JSON, "Parameters": {"case.insensitive": "false", **named}}
    quoting = {"quoteChar": shape.quote or "\0", "escapeChar": shape.escape or "\0"}
    return {"SerializationLibrary": _CSV, "Parameters": {"separatorChar": shape.delimiter, **quoting}}
