"""What a built-in rule is: one small pure function, and what it says about itself.

A rule's function takes fields and checked arguments and answers data (an expression, a key, a reference, an observed
value, a policy); it never sees an engine. How the answer becomes a check of a plan is in `compiling.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sqlglot import exp

from data_framework.modules.data_process.plan.model import Nulls
from data_framework.modules.data_process.plan.vocabulary import column, exact_cast
from data_framework.modules.utils.data_types import DataType

Shape = Literal["field", "row", "key", "reference", "window", "aggregate", "query", "columns", "effect", "file"]
Kind = Literal["value", "values", "pairs", "number", "count", "text", "pattern", "patterns", "like", "likes", "choice",
               "flag", "condition", "column", "table", "names", "duration", "order", "type", "types", "schema", "rules",
               "contract", "query"]  # fmt: skip
#: What a rule asks for besides fields and arguments: the run's date, its table, Python row by row where SQL cannot.
Need = Literal["today", "place", "python"]
Row = Mapping[str, Any]

TEXT = frozenset({"string"})
NUMBERS = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double", "decimal"})
TIMES = frozenset({"date", "timestamp"})
ORDERED = TEXT | NUMBERS | TIMES
SCALARS = ORDERED | {"boolean"}
ANY: frozenset[str] = frozenset()

_IGNORED = "ignored: a null is not judged (with `nulls: fail` it is invalid)"
_NULLS = {
    "aggregate": "left out of the value, unless the rule counts them",
    "query": "left out of the value, unless the rule counts them",
    "columns": "no cell is judged", "file": "no cell is judged",
    "window": "left out: the rows with a value are in order among themselves (with `nulls: fail` they are invalid)",
}  # fmt: skip


class RuleError(ValueError):
    """A rule cannot be used with these arguments or fields; the message is the reason.

    Attributes:
        key: The key of the control that is to blame.
        doubtful: Whether it may yet be right when it runs (a table this project does not know).
    """

    def __init__(self, reason: str, key: str = "arguments", *, doubtful: bool = False) -> None:
        super().__init__(reason)
        self.key = key
        self.doubtful = doubtful


@dataclass(frozen=True)
class Field:
    """A column a rule is about.

    Attributes:
        type: None where the table's columns are not known before it is read.
        untyped: The column is text without a contract: it is read as `type` where it is judged, and a cell that is
            none of that type fails what is asked of it.
    """

    name: str
    type: DataType | None = None
    untyped: bool = False

    @property
    def column(self) -> exp.Expression:
        """The column as an expression."""
        if self.untyped and self.type is not None and self.type.kind != "string":
            return exact_cast(self.name, self.type)
        return column(self.name)

    @property
    def is_null(self) -> exp.Expression:
        """Whether the cell itself has no value."""
        return exp.Is(this=column(self.name), expression=exp.Null())


@dataclass(frozen=True)
class Argument:
    """One argument of a rule: its name, what it must be, and what it is when it is not given."""

    name: str
    kind: Kind
    about: str
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examples:
    """A rule shown at work: rows that pass, rows that fail, with the arguments and other tables they need.

    For a row rule each row is an example of its own; for the others the rows together are one table.

    Attributes:
        types: The columns; `fail_types` those of the rows that fail, where the columns are what is judged.
        past: What the control observed before, for rules that compare with it.
    """

    types: Mapping[str, str]
    passes: Sequence[Row]
    fails: Sequence[Row]
    fields: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    fail_types: Mapping[str, str] = field(default_factory=dict)
    past: tuple[float, ...] = ()


def shown(
    name: str, passes: Sequence[Any], fails: Sequence[Any], kind: str = "string", /, **arguments: Any
) -> Examples:
    """Examples of a rule of one cell: a column, values that pass, values that fail."""
    rows = [[{name: value} for value in values] for values in (passes, fails)]
    return Examples({name: kind}, rows[0], rows[1], (name,), arguments)


@dataclass(frozen=True)
class Place:
    """The table a rule is judged in.

    Attributes:
        columns: Its columns; of text without a contract, with the types all their cells fit.
        keys: Its primary key.
        columns_of: The columns of another table by the name a control gives it; () where they are not known.
        contract: The columns and types a contract promises, by the name of its table ("" is this one), None if none.
    """

    columns: Mapping[str, DataType]
    keys: Sequence[str]
    columns_of: Callable[[str], Sequence[str]]
    contract: Callable[[str], Mapping[str, str] | None]


@dataclass(frozen=True)
class Judged:
    """A verdict for a row, and for which rows it is given."""

    valid: exp.Expression
    judged: exp.Expression


@dataclass(frozen=True)
class Window:
    """A verdict for a row that looks at the others; as `WindowCheck` of a plan."""

    valid: exp.Expression
    observed: tuple[Mapping[str, exp.Expression], ...] = ()
    previous: Mapping[str, exp.Expression] = field(default_factory=dict)
    order: exp.Expression | None = None


@dataclass(frozen=True)
class Finding:
    """What a rule makes of what was found.

    Attributes:
        observed: The value to show.
        valid: Whether it is right; None: the bounds of the rule or the threshold say.
        detail: Why not, its values masked.
        total, invalid: Rows compared and rows that differ, where it compares rows; else one value is judged.
    """

    observed: Any = None
    valid: bool | None = None
    detail: str = ""
    total: int = 1
    invalid: int | None = None


Answers = Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Query:
    """A SELECT of (identifier, result) over the rows in flight, `data`, and other tables, and how its answer is read.

    Attributes:
        tables: Name in the query → name as a control gives it.
        lowest, highest: The rule's own bounds of what is observed.
    """

    select: exp.Expression
    read: Callable[[Answers], Finding]
    tables: Mapping[str, str] = field(default_factory=dict)
    lowest: Any = None
    highest: Any = None


@dataclass(frozen=True)
class Past:
    """What the same control observed before.

    Attributes:
        day: The data date, else the day of the run.
    """

    day: date
    value: float


@dataclass(frozen=True)
class History:
    """How an observed value is judged by those before it.

    Attributes:
        read: Answers from the value and the past, the newest last.
        runs: How many runs before it looks at.
    """

    read: Callable[[float, Sequence[Past], date], Finding]
    runs: int


@dataclass(frozen=True)
class Key:
    """Rows must not share a key, or under one key have several values of its dependents; all its rows are invalid.

    Attributes:
        fields: The key, where it is not the control's fields.
    """

    nulls: Nulls | None = None
    dependents: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """The fields must exist in columns of another table, named `database.table` or, in the same database, `table`."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Aggregate:
    """One observed value, judged by the bounds here where the rule's own arguments give them, else by the threshold.

    Attributes:
        max_age: Seconds; the observed date or time must not be older (the bounds are then not used).
    """

    observed: exp.Expression
    lowest: Any = None
    highest: Any = None
    max_age: float | None = None
    history: History | None = None


@dataclass(frozen=True)
class Effect:
    """What happens to rows whose primary key is invalid, besides being counted."""

    clash: Literal["quarantine", "unify", "drop"] | None = None
    nulls: Literal["quarantine", "drop"] | None = None
    order_by: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Rule:
    """One entry of the catalogue.

    Attributes:
        name: What users write as `algorithm`.
        shape: What its function takes and answers: a verdict for a field or for a row (an expression or `Judged`), a
            `Key`, a `Reference`, a `Window`, an `Aggregate`, a `Query`, a `Finding` about the columns, an `Effect`;
            rules of files are run by the file validator and have none.
        types: Kinds of columns it can judge; empty: any.
        fields: How many fields a control must name (least, most); None: no limit.
        about_nulls: Whether null is what the rule judges, so that `nulls` does not apply.
        examples: None only for rules of files, which are shown by files.
        needs: What it asks for besides.
    """

    name: str
    shape: Shape
    function: Callable[..., Any]
    arguments: tuple[Argument, ...]
    types: frozenset[str]
    fields: tuple[int, int | None]
    dimension: str
    about_nulls: bool
    examples: Examples | None
    needs: tuple[Need, ...] = ()

    @property
    def fallback(self) -> str:
        """`python` where it is judged by Python row by row, else `none`."""
        return "python" if "python" in self.needs else "none"

    @property
    def nulls(self) -> str:
        """What null means to it."""
        if self.about_nulls:
            return "judged: null is what the rule is about"
        return _NULLS.get(self.shape, _IGNORED)

    @property
    def level(self) -> str:
        """`File` (before raw) or `Data`."""
        return "File" if self.shape == "file" else "Data"

    @property
    def documentation(self) -> str:
        """Its docstring, for the reference."""
        return (self.function.__doc__ or "").strip()


def rule(
    shape: Shape, *, dimension: str, arguments: Sequence[Argument] = (), types: frozenset[str] = ANY,
    fields: tuple[int, int | None] = (1, None), about_nulls: bool = False, examples: Examples | None = None,
    name: str = "", needs: tuple[Need, ...] = (),
) -> Callable[[Callable[..., Any]], Rule]:  # fmt: skip
    """Turn a function into a rule of its name, or of another where Python has that name already."""

    def made(function: Callable[..., Any]) -> Rule:
        return Rule(
            name or function.__name__, shape, function, tuple(arguments), types, fields, dimension, about_nulls,
            examples, needs,
        )  # fmt: skip

    return made
