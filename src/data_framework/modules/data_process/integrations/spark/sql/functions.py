"""What Spark SQL cannot say, as functions of a session: strict JSON, struct text, Python's judgements, short floats.

The other engine has functions of the same names. They run in Python workers, batch by batch through Arrow where Spark
can (4.1), so plans name them only where they must.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.pandas import functions as arrow_functions
from pyspark.sql.types import BooleanType, DataType, StringType

from data_framework.modules.data_process.helpers.json_leaves import is_json, json_has_key, json_leaves, json_text
from data_framework.modules.data_process.helpers.python_judgements import judge
from data_framework.modules.data_process.helpers.struct_text import repair_struct_text

_JAVA_WORDS = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}


def double_text(text: str | None) -> str | None:
    """A double that Java wrote, in the fewest digits that tell it apart.

    Example:
        >>> double_text("1.0E10"), double_text("2.0E-5"), double_text("NaN")
        ('10000000000.0', '2e-05', 'nan')
    """
    return None if text is None else _JAVA_WORDS.get(text) or repr(float(text))


def float_text(text: str | None) -> str | None:
    """A float of 32 bits that Java wrote, in the fewest digits that tell it apart.

    Example:
        >>> float_text("0.1"), float_text("1.0E10"), float_text("3.4028235E38")
        ('0.1', '10000000000.0', '3.4028235e+38')
    """
    if text is None or text in _JAVA_WORDS:
        return _JAVA_WORDS.get(text) if text else None
    packed = struct.pack("f", float(text))
    shortest = (f"{float(text):.{digits}g}" for digits in range(1, 10))
    return repr(float(next(found for found in shortest if struct.pack("f", float(found)) == packed)))


FUNCTIONS: Mapping[str, tuple[Callable[..., Any], DataType]] = {
    "df_is_json": (is_json, BooleanType()),
    "df_json_text": (json_text, StringType()),
    "df_json_has_key": (json_has_key, BooleanType()),
    "df_json_leaves": (json_leaves, StringType()),
    "df_repair_struct": (repair_struct_text, StringType()),
    "df_python": (judge, BooleanType()),
    "df_double_text": (double_text, StringType()),
    "df_float_text": (float_text, StringType()),
}


def register(session: SparkSession) -> None:
    """Make the functions known to a session."""
    by_arrow: Any = getattr(arrow_functions, "arrow_udf", None)
    for name, (function, kind) in FUNCTIONS.items():
        if by_arrow is not None:
            session.udf.register(name, by_arrow(by_batches(function, kind), kind))
        else:
            session.udf.register(name, function, kind)


def by_batches(function: Callable[..., Any], kind: DataType) -> Callable[..., Any]:
    """A function of values as one of Arrow arrays."""
    boolean = isinstance(kind, BooleanType)

    def whole(*columns: Any) -> Any:
        import pyarrow as pa

        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        return pa.array((function(*row) for row in rows), pa.bool_() if boolean else pa.string())

    whole.__annotations__ = {}
    return whole
