"""The verbs on frames: join, reshape, select, count and show, with DuckDB inside and pandas at the surface."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import override

from data_framework.modules.data_process.helpers.arrow import from_rows, need_columns, to_arrow
from data_framework.modules.data_process.helpers.libraries import pa, pc
from data_framework.modules.data_process.integrations.pandas.frames import select, to_frame
from data_framework.modules.data_process.integrations.pandas.verbs.joining import join_tables
from data_framework.modules.data_process.interface_data_process import DataProcessInterface
from data_framework.modules.exception import FrameDataError
from data_framework.modules.utils.names import quote_identifier as quoted
from data_framework.modules.utils.table_text import table_text

if TYPE_CHECKING:
    import pandas as pd

_LOGGER = logging.getLogger(__name__)
_ROW = "__data_framework_row"


class FrameVerbs(DataProcessInterface["pd.DataFrame"]):
    """The verbs that need frames only; an engine mixes them in."""

    @override
    def create_dataframe(self, data: Any, schema: Mapping[str, str] | None = None) -> pd.DataFrame:
        return to_frame(from_rows(data, schema))

    @override
    def join(
        self, df_1: Any, df_2: Any, how: Literal["inner", "left", "right", "outer", "semi", "anti", "cross"],
        left_on: str | list[str] | None = None, right_on: str | list[str] | None = None,
        left_suffix: str = "_df_1", right_suffix: str = "_df_2",
    ) -> pd.DataFrame:  # fmt: skip
        keys = _listed(left_on), _listed(right_on if right_on is not None else left_on)
        return to_frame(join_tables((to_arrow(df_1), to_arrow(df_2)), how, keys, (left_suffix, right_suffix)))

    @override
    def overwrite_columns(
        self, dataframe: Any, columns: list[str], custom_column_suffix: str, default_column_suffix: str,
        drop_columns: bool = True,
    ) -> pd.DataFrame:  # fmt: skip
        table = to_arrow(dataframe)
        pairs = {name: (f"{name}{custom_column_suffix}", f"{name}{default_column_suffix}") for name in columns}
        sources = [source for pair in pairs.values() for source in pair]
        need_columns(table, sources)
        values = {name: f"coalesce({quoted(custom)}, {quoted(default)})" for name, (custom, default) in pairs.items()}
        kept = [name for name in table.column_names if not (drop_columns and name in sources)]
        kept += [name for name in columns if name not in kept]
        shown = ", ".join(f"{values.get(name, quoted(name))} AS {quoted(name)}" for name in kept)
        return to_frame(select(f"SELECT {shown} FROM frame", {"frame": table}))

    @override
    def unfold_string_values(self, dataframe: Any, column_name: str, separator: str) -> list[str]:
        table = to_arrow(dataframe)
        need_columns(table, [column_name])
        if not separator:
            raise FrameDataError(reason="a separator must not be empty")
        texts = pc.unique(table.column(column_name).cast(pa.string())).to_pylist()
        return sorted({part.strip() for text in texts if text for part in text.split(separator)} - {""})

    @override
    def add_dynamic_column(
        self, dataframe: Any, new_column: str, reference_column: str, available_columns: list[str],
        default_value: Any = None,
    ) -> pd.DataFrame:  # fmt: skip
        table = to_arrow(dataframe)
        need_columns(table, [reference_column, *available_columns])
        cases = " ".join(f"WHEN ? THEN {quoted(name)}" for name in available_columns)
        value = f"CASE {quoted(reference_column)}::VARCHAR {cases} ELSE ? END" if cases else "?"
        names = [quoted(name) for name in table.column_names if name != new_column]
        sql = f"SELECT {', '.join([*names, f'{value} AS {quoted(new_column)}'])} FROM frame"
        return to_frame(select(sql, {"frame": table}, [*available_columns, default_value]))

    @override
    def stack_columns(self, dataframe: Any, source_columns: list[str], target_columns: list[str]) -> pd.DataFrame:
        table = to_arrow(dataframe)
        need_columns(table, source_columns)
        if len(target_columns) != 2 or not source_columns:
            raise FrameDataError(reason="stack_columns needs source columns and two target columns (name, value)")
        kept = [name for name in table.column_names if name not in source_columns]
        if taken := set(kept) & set(target_columns):
            raise FrameDataError(reason=f"the frame has a column {min(taken)!r} already")
        name, value = map(quoted, target_columns)
        others = "".join(f"{quoted(column)}, " for column in kept)
        parts = " UNION ALL ".join(
            f"SELECT {others}? AS {name}, {quoted(column)} AS {value}, {_ROW}, {place} AS {_ROW}_2 FROM frame"
            for place, column in enumerate(source_columns)
        )
        sql = f"SELECT {others}{name}, {value} FROM ({parts}) ORDER BY {_ROW}, {_ROW}_2"
        numbered = table.append_column(_ROW, pa.array(range(table.num_rows), pa.int64()))
        return to_frame(select(sql, {"frame": numbered}, source_columns))

    @override
    def select_columns(self, dataframe: Any, columns: list[str]) -> pd.DataFrame:
        table = to_arrow(dataframe)
        need_columns(table, columns)
        return to_frame(table.select(columns))

    @override
    def is_empty(self, dataframe: Any) -> bool:
        return self.count_rows(dataframe) == 0

    @override
    def count_rows(self, dataframe: Any) -> int:
        return int(dataframe.num_rows if isinstance(dataframe, pa.Table | pa.RecordBatch) else len(dataframe))

    @override
    def show_dataframe(self, dataframe: Any, rows: int = 20) -> str:
        table = to_arrow(dataframe)
        head = [list(row.values()) for row in table.slice(0, rows).to_pylist()]
        text = table_text(table.column_names, head, table.num_rows)
        _LOGGER.info("%s rows\n%s", table.num_rows, text)
        return text


def _listed(names: str | list[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or [])
