"""Joins of frames: null keys never match, columns that clash get suffixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as f

from data_framework.modules.data_process.helpers.join_names import Joined, check_join, joined_columns
from data_framework.modules.data_process.integrations.spark.frames import types_of
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.exception import FrameDataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.utils.data_types import DataType

_HOW = {"semi": "left_semi", "anti": "left_anti", "outer": "full"}


def join_frames(
    frames: tuple[DataFrame, DataFrame], how: str, keys: tuple[list[str], list[str]], suffixes: tuple[str, str]
) -> DataFrame:
    """Join two frames.

    Raises:
        ColumnNotFoundError: A key is no column.
        FrameDataError: The keys do not pair, their types cannot be compared, or a name is taken twice.
        UnknownChoiceError: There is no such kind of join.
    """
    columns = frames[0].columns, frames[1].columns
    check_join(columns, how, keys)
    _check_types(frames, keys)
    shown = [_shown(one) for one in joined_columns(columns, how, keys, suffixes)]
    left, right = frames[0].alias("l"), frames[1].alias("r")
    if how == "cross":
        return left.crossJoin(right).selectExpr(*shown)
    pairs = " AND ".join(f"l.{quoted(one)} = r.{quoted(other)}" for one, other in zip(*keys, strict=True))
    return left.join(right, f.expr(pairs), _HOW.get(how, how)).selectExpr(*shown)


def _check_types(frames: tuple[DataFrame, DataFrame], keys: tuple[list[str], list[str]]) -> None:
    types = [types_of(frame) for frame in frames]
    for one, other in zip(*keys, strict=True):
        kinds = types[0][one], types[1][other]
        if _family(kinds[0]) != _family(kinds[1]):
            raise FrameDataError(reason=f"the keys {one!r} ({kinds[0]}) and {other!r} ({kinds[1]}) cannot be compared")


def _family(kind: DataType) -> str:
    return "number" if kind.is_number else "time" if kind.kind in {"date", "timestamp"} else str(kind)


def _shown(one: Joined) -> str:
    name = quoted(one.source)
    value = {"left": f"l.{name}", "right": f"r.{name}", "both": f"coalesce(l.{name}, r.{name})"}[one.side]
    return f"{value} AS {quoted(one.name)}"
