"""Users' frames as Spark frames, and the types of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from data_framework.modules.data_process.helpers.arrow import arrow_table, arrow_type, data_type
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.exception import FrameSchemaError
from data_framework.modules.utils.data_types import DataType, parse_type

if TYPE_CHECKING:
    from data_framework.modules.data_process.integrations.spark.desk import Desk


def spark_frame(desk: Desk, frame: Any) -> DataFrame:
    """A frame of user code as one of Spark's: itself, or through Arrow and nothing else (SPARK.md, section 6)."""
    native = frame.to_native() if hasattr(frame, "to_native") else frame
    if isinstance(native, DataFrame):
        return native
    return from_arrow(desk, arrow_table(native))


def from_arrow(desk: Desk, table: Any) -> DataFrame:
    """An Arrow table as a Spark frame: its types are made ones both engines have, and a file carries it over."""
    fields = [pa.field(one.name, _carried(one), True) for one in table.schema]
    return desk.session.read.parquet(desk.folder.write(table.cast(pa.schema(fields)), "frame"))


def types_of(frame: DataFrame) -> dict[str, DataType]:
    """Column → type.

    Raises:
        FrameSchemaError: Tables have no such type, or two columns share a name.
    """
    found: dict[str, DataType] = {}
    for field in frame.schema.fields:
        text = field.dataType.simpleString()
        if field.name in found:
            raise FrameSchemaError(table="", reason=f"two columns have the same name: {field.name!r}")
        try:
            found[field.name] = parse_type("string" if text == "void" else text)
        except ValueError as error:
            reason = f"column {field.name!r} has the type {text}, which tables do not have"
            raise FrameSchemaError(table="", reason=reason) from error
    return found


def _carried(field: Any) -> Any:
    if pa.types.is_timestamp(field.type):
        return pa.timestamp("us", field.type.tz and "UTC")
    return arrow_type(data_type(field.type, field.name))
