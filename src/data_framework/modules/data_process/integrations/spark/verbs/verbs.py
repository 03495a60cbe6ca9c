"""The verbs on frames: join, reshape, select, count and show, on Spark DataFrames."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from typing_extensions import override

from data_framework.modules.data_process.helpers.arrow import from_rows, need_names
from data_framework.modules.data_process.integrations.spark.frames import from_arrow, spark_frame
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.integrations.spark.verbs.joining import join_frames
from data_framework.modules.data_process.interface_data_process import DataProcessInterface
from data_framework.modules.exception import FrameDataError
from data_framework.modules.utils.table_text import table_text

if TYPE_CHECKING:
    from data_framework.modules.data_process.integrations.spark.desk import Desk

_LOGGER = logging.getLogger(__name__)


class FrameVerbs(DataProcessInterface[DataFrame]):
    """The verbs that need frames only; an engine mixes them in."""

    @property
    @abstractmethod
    def desk(self) -> Desk:
        """The session and its work files."""

    @override
    def create_dataframe(self, data: Any, schema: Mapping[str, str] | None = None) -> DataFrame:
        if isinstance(data, DataFrame):
            return data
        return from_arrow(self.desk, from_rows(data, schema))

    @override
    def join(
        self, df_1: Any, df_2: Any, how: Literal["inner", "left", "right", "outer", "semi", "anti", "cross"],
        left_on: str | list[str] | None = None, right_on: str | list[str] | None = None,
        left_suffix: str = "_df_1", right_suffix: str = "_df_2",
    ) -> DataFrame:  # fmt: skip
        keys = _listed(left_on), _listed(right_on if right_on is not None else left_on)
        return join_frames((self._frame(df_1), self._frame(df_2)), how, keys, (left_suffix, right_suffix))

    @override
    def overwrite_columns(
        self, dataframe: Any, columns: list[str], custom_column_suffix: str, default_column_suffix: str,
        drop_columns: bool = True,
    ) -> DataFrame:  # fmt: skip
        frame = self._frame(dataframe)
        pairs = {name: (f"{name}{custom_column_suffix}", f"{name}{default_column_suffix}") for name in columns}
        sources = [source for pair in pairs.values() for source in pair]
        _need(frame, sources)
        values = {name: f"coalesce({quoted(custom)}, {quoted(default)})" for name, (custom, default) in pairs.items()}
        kept = [name for name in frame.columns if not (drop_columns and name in sources)]
        kept += [name for name in columns if name not in kept]
        return frame.selectExpr(*(f"{values.get(name, quoted(name))} AS {quoted(name)}" for name in kept))

    @override
    def unfold_string_values(self, dataframe: Any, column_name: str, separator: str) -> list[str]:
        frame = self._frame(dataframe)
        _need(frame, [column_name])
        if not separator:
            raise FrameDataError(reason="a separator must not be empty")
        text = f"CAST({quoted(column_name)} AS string)"
        parts = frame.selectExpr(f"explode(split({text}, {literal(_plain(separator))})) AS part").distinct().collect()
        return sorted({row["part"].strip() for row in parts} - {""})

    @override
    def add_dynamic_column(
        self, dataframe: Any, new_column: str, reference_column: str, available_columns: list[str],
        default_value: Any = None,
    ) -> DataFrame:  # fmt: skip
        frame = self._frame(dataframe)
        _need(frame, [reference_column, *available_columns])
        reference = f.expr(f"CAST({quoted(reference_column)} AS string)")
        value = f.lit(default_value)
        for name in reversed(available_columns):
            value = f.when(reference == f.lit(name), f.col(quoted(name))).otherwise(value)
        others = [f.col(quoted(name)) for name in frame.columns if name != new_column]
        return frame.select(*others, value.alias(new_column))

    @override
    def stack_columns(self, dataframe: Any, source_columns: list[str], target_columns: list[str]) -> DataFrame:
        frame = self._frame(dataframe)
        _need(frame, source_columns)
        if len(target_columns) != 2 or not source_columns:
            raise FrameDataError(reason="stack_columns needs source columns and two target columns (name, value)")
        kept = [name for name in frame.columns if name not in source_columns]
        if taken := set(kept) & set(target_columns):
            raise FrameDataError(reason=f"the frame has a column {min(taken)!r} already")
        pairs = ", ".join(f"{literal(name)}, {quoted(name)}" for name in source_columns)
        name, value = map(quoted, target_columns)
        return frame.selectExpr(*map(quoted, kept), f"stack({len(source_columns)}, {pairs}) AS ({name}, {value})")

    @override
    def select_columns(self, dataframe: Any, columns: list[str]) -> DataFrame:
        frame = self._frame(dataframe)
        _need(frame, columns)
        return frame.select(*map(quoted, columns))

    @override
    def is_empty(self, dataframe: Any) -> bool:
        return not self._frame(dataframe).take(1)

    @override
    def count_rows(self, dataframe: Any) -> int:
        return self._frame(dataframe).count()

    @override
    def show_dataframe(self, dataframe: Any, rows: int = 20) -> str:
        frame = self._frame(dataframe)
        total = frame.count()
        text = table_text(frame.columns, [list(row) for row in frame.take(rows)], total)
        _LOGGER.info("%s rows\n%s", total, text)
        return text

    def _frame(self, frame: Any) -> DataFrame:
        return spark_frame(self.desk, frame)


def _listed(names: str | list[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or [])


def _need(frame: DataFrame, names: Iterable[str], what: str = "The frame") -> None:
    need_names(frame.columns, names, what)


def _plain(text: str) -> str:
    """Text as a regular expression that means itself."""
    return "\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E"
