"""The rows a plan reads, as a Spark frame that answers the same however often it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.integrations.spark.frames import spark_frame, types_of
from data_framework.modules.data_process.integrations.spark.one_pass.layers import LINE, SOURCE
from data_framework.modules.data_process.integrations.spark.one_pass.raw_tasks import RawTask, task_schema
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import FrameSource, QuerySource, RawFile, RawSource, TablePlan
from data_framework.modules.utils.data_types import DataType

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.desk import Desk

FAULT, TEXT = "_df_fault", "_df_text"


@dataclass(frozen=True)
class Source:
    """An opened source.

    Attributes:
        frame: Its rows: file, record, line, and its columns; of raw text what is broken, too (fault and text).
        columns: The columns' names.
        row: SQL of a row as it was delivered (JSON), over the columns the layers keep.
        deliveries: Names and dates by file number.
        types: Column → type of a typed source; None of raw text.
    """

    frame: DataFrame
    columns: Sequence[str]
    row: str
    deliveries: Deliveries
    types: Mapping[str, DataType] | None

    @property
    def sound(self) -> DataFrame:
        """Its rows without broken records."""
        return self.frame if self.types is not None else self.frame.where(f"{FAULT} IS NULL")


def open_source(desk: Desk, plan: TablePlan, query: Callable[[QuerySource], DataFrame]) -> Source:
    """Open the source of a plan."""
    if isinstance(plan.source, RawSource):
        return _raw(desk, plan, plan.source.files)
    assert isinstance(plan.source, FrameSource | QuerySource)
    frame = query(plan.source) if isinstance(plan.source, QuerySource) else spark_frame(desk, plan.source.frame)
    return _typed(desk, plan, frame)


# raw files ----------------------------------------------------------------------------------------------------------
def _raw(desk: Desk, plan: TablePlan, files: Sequence[RawFile]) -> Source:
    names = list(dict.fromkeys(name for file in files for name in file.columns.values()))
    numbers = desk.session.range(0, len(files), 1, max(len(files), 1))
    task = RawTask(tuple(files), tuple(names), desk.limits, desk.aws)
    read = numbers.mapInArrow(task, task_schema(len(names)))
    fixed = [f"number AS {hidden.FILE}", f"record AS {hidden.RECORD}", f"line AS {LINE}",
             f"fault AS {FAULT}", f"text AS {TEXT}"]  # fmt: skip
    cells = [f"c{place} AS {quoted(name)}" for place, name in enumerate(names)]
    rows = read.selectExpr(*fixed, *cells)
    if any(column.cast == "infer" for column in plan.columns):  # they are looked at before they are cast
        rows = desk.keep(rows, "raw")
    deliveries = Deliveries([file.file_name for file in files], [file.data_date for file in files], plan.time_zone)
    return Source(rows, names, _raw_row(files), deliveries, None)


def _raw_row(files: Sequence[RawFile]) -> str:
    """The row as it was delivered: a JSON object of delivered names and text."""
    shapes: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for number, file in enumerate(files):
        shapes.setdefault(tuple(file.columns.items()), []).append(number)
    branches = [(numbers, json_object({name: SOURCE + column for name, column in shape}))
                for shape, numbers in shapes.items()]  # fmt: skip
    if len(branches) == 1:
        return branches[0][1]
    cases = " ".join(f"WHEN {hidden.FILE} IN ({', '.join(map(str, numbers))}) THEN {row}" for numbers, row in branches)
    return f"CASE {cases} END"


def json_object(columns: Mapping[str, str]) -> str:
    """SQL of a JSON object, null values included: name → column."""
    if not columns:
        return "'{}'"
    pairs = ", ".join(f"{literal(name)}, {quoted(column)}" for name, column in columns.items())
    return f"to_json(named_struct({pairs}), map('ignoreNullFields', 'false'))"


# queries and frames -------------------------------------------------------------------------------------------------
def _typed(desk: Desk, plan: TablePlan, frame: DataFrame) -> Source:
    """Typed rows are kept first: code and joins may not answer the same twice, and every row needs a number."""
    types = types_of(frame)
    cells = [f"{_read(frame, name)} AS {quoted(name)}" for name in types]
    numbered = frame.selectExpr(
        f"0 AS {hidden.FILE}", f"monotonically_increasing_id() AS {hidden.RECORD}",
        f"CAST(NULL AS bigint) AS {LINE}", *cells,
    )  # fmt: skip
    row = json_object({name: SOURCE + name for name in types})
    deliveries = Deliveries([""], [plan.data_date], plan.time_zone)
    return Source(desk.keep(numbered, "rows"), list(types), row, deliveries, types)


def _read(frame: DataFrame, name: str) -> str:
    kind: Any = frame.schema[name].dataType
    if kind.typeName() == "timestamp_ntz":  # a session has the zone of its project
        return f"CAST({quoted(name)} AS timestamp)"
    return f"CAST({quoted(name)} AS string)" if kind.typeName() == "void" else quoted(name)
