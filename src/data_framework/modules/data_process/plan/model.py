"""What will happen to one table, as a value: printable before anything is read, run by either engine.

Expressions are sqlglot trees over plain column names, never one engine's text. Where engines differ, a node is a
function of our own vocabulary (see `vocabulary.py`), and each engine's `dialect.py` says how it is written there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from data_framework.modules.config.model.tables import Partition, PartitionTransform, TableRef, WriteMode, partition_of
from data_framework.modules.utils.data_types import DataType

if TYPE_CHECKING:
    from sqlglot import exp

OnFailure = Literal["keep", "quarantine", "drop"]
Nulls = Literal["ignore", "fail"]


# Sources ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RawFile:
    """One member of a delivery in force, with everything needed to read it as text.

    Attributes:
        uri: What the engine opens.
        file_name, content_hash, data_date: Of its delivery (data_date ISO, "" unknown).
        sequence: Orders deliveries; later ones win where a rule says so.
        format: csv, json_lines or parquet. A json_lines file holds an object a line, its values text or null, numbers
            and nested ones included. A parquet file in raw holds text in every column, whatever was delivered
            (XML, Excel, Parquet, fixed width): its columns are the keys of `columns`, in that order, distinct even
            without regard to case; a record's number is its place in the file. It has no faulty records.
        dialect: Resolved options of the format (`CsvDialect.to_dict()` for csv; {} for the others).
        columns: Delivered name → normalised name, in file order.
        size: Bytes as it was delivered, unpacked; 0 where that was not noted. It is no part of what makes it the same.
    """

    uri: str
    file_name: str
    content_hash: str
    data_date: str
    sequence: int
    format: str
    dialect: Mapping[str, Any]
    columns: Mapping[str, str]
    size: int = field(default=0, repr=False, compare=False)


@dataclass(frozen=True)
class RawSource:
    """Files read as text and united by normalised name; faulty records are set aside as `structure` faults."""

    files: tuple[RawFile, ...]


@dataclass(frozen=True)
class TableSource:
    """A table by the name a query gives it, whole or filtered (`where`: a condition over its columns)."""

    ref: TableRef
    where: exp.Expression | None = None


@dataclass(frozen=True)
class QuerySource:
    """A SELECT of the one dialect over named tables: the project's `.sql`, a built-in copy, a report."""

    select: exp.Expression
    tables: Mapping[str, TableSource]


@dataclass(frozen=True)
class FrameSource:
    """A frame of the engine's, handed to `write` by user code (pandas, pyarrow or narwhals; Spark on emr)."""

    frame: Any = field(repr=False)


Source = RawSource | QuerySource | FrameSource


# Columns ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PlanColumn:
    """One column of the target.

    Attributes:
        name, type: Name and type in the target.
        text: The expression of its text over the source's columns (transformations applied), None: not delivered.
        formats: Accepted date or timestamp formats, tried in order (strptime with %, else Java's); () means ISO.
        null_values: Texts that mean null for this column.
        default: The value of a null or missing cell, or None.
        cast: exact (guarded; a cell that does not fit is a cast fault), infer (`dynamic`), none (already typed).
        nullable: False: a null here is a cast fault of kind "null".
        description: What a table that is made for the plan says of it.
        private: Its values name people: no report shows them.
    """

    name: str
    type: DataType
    text: exp.Expression | None
    formats: tuple[str, ...] = ()
    null_values: tuple[str, ...] = ()
    default: str | int | float | bool | None = None
    cast: Literal["exact", "infer", "none"] = "exact"
    nullable: bool = True
    description: str = ""
    private: bool = False


# Checks: what rules compile to --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RowCheck:
    """A verdict for each row. `valid`: anything but true is invalid. `judged`: rows it applies to (None: all).

    A row whose cell of one of `fields` did not cast is not judged.
    """

    id: str
    name: str
    fields: tuple[str, ...]
    valid: exp.Expression
    judged: exp.Expression | None = None
    on_failure: OnFailure = "keep"


@dataclass(frozen=True)
class KeyCheck:
    """Rows that share a key.

    Without `dependents` all rows of a repeated key are invalid (is_unique, is_primary_key); with them, all rows of a
    key under which a dependent takes more than one value (determines).
    """

    id: str
    name: str
    fields: tuple[str, ...]
    dependents: tuple[str, ...] = ()
    judged: exp.Expression | None = None
    nulls: Nulls = "ignore"
    on_failure: OnFailure = "keep"


@dataclass(frozen=True)
class ReferenceCheck:
    """The values of `fields` must exist in `columns` of another table (null rows by `nulls`)."""

    id: str
    name: str
    fields: tuple[str, ...]
    table: TableRef
    columns: tuple[str, ...]
    judged: exp.Expression | None = None
    nulls: Nulls = "ignore"
    on_failure: OnFailure = "keep"


@dataclass(frozen=True)
class AggregateCheck:
    """One value over the rows that would be published: an aggregate expression, filtered by `judged`."""

    id: str
    name: str
    fields: tuple[str, ...]
    observed: exp.Expression
    judged: exp.Expression | None = None


@dataclass(frozen=True)
class WindowCheck:
    """A verdict for each row that looks at the other rows: those that would be published and are judged.

    Attributes:
        valid: The verdict over the columns and the names below; anything but true is invalid.
        observed: Name → aggregate over all these rows, in steps: a later step may use the names of earlier ones.
        previous: Name → value of the row before (null at the first), in the order of `order`, then of delivery.
        order: What the rows are ordered by; None: as delivered.
    """

    id: str
    name: str
    fields: tuple[str, ...]
    valid: exp.Expression
    observed: tuple[Mapping[str, exp.Expression], ...] = ()
    previous: Mapping[str, exp.Expression] = field(default_factory=dict)
    order: exp.Expression | None = None
    judged: exp.Expression | None = None
    on_failure: OnFailure = "keep"


@dataclass(frozen=True)
class QueryCheck:
    """A SELECT that answers rows (identifier, result) over named tables; `data` in `select` is the rows in flight.

    `seconds` is the longest it may take: a query that takes longer is stopped and is an error of its control.
    """

    id: str
    name: str
    select: exp.Expression
    tables: Mapping[str, TableSource]
    seconds: float = 120.0


@dataclass(frozen=True)
class FunctionCheck:
    """A Python function of the rows in flight (an engine's frame): verdicts, a scalar, or (identifier, result)."""

    id: str
    name: str
    function: Callable[[Any], Any]
    fields: tuple[str, ...] = ()
    on_failure: OnFailure = "keep"


Check = RowCheck | KeyCheck | ReferenceCheck | WindowCheck | AggregateCheck | QueryCheck | FunctionCheck


@dataclass(frozen=True)
class KeyPolicy:
    """What a merge does with rows of one delivery that share a primary key but differ.

    Attributes:
        clash: quarantine all of them (default), unify to the first by `order_by` (`a desc, b`), or drop all.
        nulls: quarantine rows with a null in the key (default) or drop them.
    """

    clash: Literal["quarantine", "unify", "drop"] = "quarantine"
    order_by: tuple[tuple[str, bool], ...] = ()
    nulls: Literal["quarantine", "drop"] = "quarantine"


@dataclass(frozen=True)
class TablePlan:
    """Everything that happens to one table in one unit of a process.

    Attributes:
        data_date: The date of the unit (ISO), "" in full mode and for undated sources.
        write_mode: How the staged rows enter the target.
        partition_field: The column the target is partitioned by, or None. Not delivered: filled with the row's data
            date.
        partition_transform: month: the partition is the month of that column, not its value.
        sequence_by: The column that decides which row is newer in a merge; None: the data date.
        delete_when: A condition over the target's columns: rows it is true for remove the row of their key.
        order_by: The order of rows in each file that is written: columns, and whether each is descending.
        rebuilds: The table is made anew from every delivery in force (full mode), whatever it holds.
        history: The plan of the other data dates in force, for keys that must be told again from all of them; None:
            dates come in order, and no row needs them (see `plan.history`).
        infer_schema: The target has no contract: a FrameSource or QuerySource brings its own columns.
        quarantine_columns: Delivered columns not in the contract whose rows are set aside (`new_columns: quarantine`).
        freeze_types: A cell that does not fit stops the process (`type_change: freeze`).
        widens: A column whose cells do not fit gets a wider type (`type_change: widen`).
        replaces_date: The quarantine of the data date is replaced as well (raw_to_staging).
        in_force: Content hashes of the data date's files in force, where the source is only some of them (append):
            open rows of other files are superseded.
        foreign: Content hashes of the data date that other dataflows deliver into the target: what is set aside of them
            is left alone.
    """

    target: TableRef
    source: Source
    columns: tuple[PlanColumn, ...]
    write_mode: WriteMode
    primary_keys: tuple[str, ...] = ()
    partition_field: str | None = None
    partition_transform: PartitionTransform = ""
    data_date: str = ""
    sequence_by: str | None = None
    delete_when: exp.Expression | None = None
    order_by: tuple[tuple[str, bool], ...] = ()
    rebuilds: bool = False
    history: TablePlan | None = None
    checks: tuple[Check, ...] = ()
    key_policy: KeyPolicy = KeyPolicy()
    infer_schema: bool = False
    quarantine_columns: tuple[str, ...] = ()
    freeze_types: bool = False
    widens: bool = False
    replaces_date: bool = False
    in_force: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    time_zone: str = "UTC"

    @property
    def partition(self) -> Partition | None:
        """What the target is partitioned by."""
        return partition_of(self.partition_field, self.partition_transform)


# Answers ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Slice:
    """Rows that share a file or the value of a column, and how they fare under one check.

    Attributes:
        name: `file a.csv`, `country ES`.
        total, invalid: Its rows judged, and those of them that are invalid.
    """

    name: str
    total: int
    invalid: int


@dataclass(frozen=True)
class CheckCount:
    """What one check found.

    Attributes:
        total, invalid: Rows judged and rows invalid (an aggregate: 1 and unset).
        observed: The value of an aggregate or scalar, None otherwise or of nothing.
        rows: Of a query or frame answer: the (identifier, result) rows, at most 10,000.
        error: Why the check itself could not run, or "".
        samples: Up to five values of invalid rows, unmasked (masked before they are shown).
        milliseconds: How long it took; of the one pass, its share.
        slices: Where invalid rows concentrate, the worst first (see `plan.slicing`).
        bytes: Of the columns it looks at, compressed, where the engine knows.
    """

    total: int = 0
    invalid: int = 0
    observed: Any = None
    rows: tuple[tuple[Any, Any], ...] | None = None
    error: str = ""
    samples: tuple[str, ...] = ()
    milliseconds: float = 0.0
    slices: tuple[Slice, ...] = ()
    bytes: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What one pass over the source found, before anything is published.

    Attributes:
        rows_read: Records read, faulty ones included.
        rows_by_file: File name → records read, for the answer's `files`.
        structure: Records set aside because the file is broken there.
        cast_failures: Column → cells that did not fit.
        checks: Check id → what it found.
        rejected: Rows that will be set aside; `dropped`: rows dropped by an explicit rule.
        key_faults: Rows whose primary key is null or clashes, whatever the key policy does with them (merges only).
    """

    rows_read: int
    rows_by_file: Mapping[str, int]
    structure: int
    cast_failures: Mapping[str, int]
    checks: Mapping[str, CheckCount]
    rejected: int
    dropped: int
    key_faults: int = 0


@dataclass(frozen=True)
class Written:
    """What a commit did; rows_read = written + unchanged + quarantined + dropped + merged holds, or it was refused."""

    rows_read: int
    rows_written: int
    rows_unchanged: int
    rows_deleted: int
    rows_quarantined: int
    rows_dropped: int
    rows_merged: int
    rows_total: int
    bytes_added: int
    bytes_deleted: int
    snapshot_id: int | None
