"""Frames in and out of the verbs: pandas, pyarrow, narwhals or whatever speaks Arrow in; Arrow-backed pandas out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import duckdb

from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.exception import FrameDataError

if TYPE_CHECKING:
    import pandas as pd


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Hand an Arrow table to the user: pandas on Arrow types, so that decimals, nulls and dates stay exact."""
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def select(sql: str, tables: Mapping[str, pa.Table], parameters: Iterable[Any] = ()) -> pa.Table:
    """Run a query over Arrow tables in a database of its own, outside of which it sees nothing."""
    with duckdb.connect(config={"python_enable_replacements": False}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, table in tables.items():
            connection.register(name, table)
        connection.execute("SET enable_external_access = false")
        try:
            return connection.sql(sql, params=list(parameters)).to_arrow_table()
        except duckdb.Error as error:
            raise FrameDataError(reason=str(error).splitlines()[0]) from error
