"""What a built-in rule is: one small pure function, and what it says about itself.

A rule's function takes fields and checked arguments and answers data (an expression, a key, a reference, an observed
value, a policy); it never sees an engine. How the answer becomes a check of a plan is in `compiling.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlglot import exp

from data_framework.modules.data_process.plan.model import Nulls
from data_framework.modules.data_process.plan.vocabulary import column, exact_cast
from data_framework.modules.utils.data_types import DataType

Shape = Literal["field", "row", "key", "reference", "aggregate", "effect", "file"]
Kind = Literal["value", "values", "number", "count", "text", "pattern", "choice", "flag", "condition", "table", "names",
               "duration", "order"]  # fmt: skip
Row = Mapping[str, Any]

TEXT = frozenset({"string"})
NUMBERS = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double", "decimal"})
TIMES = frozenset({"date", "timestamp"})
ORDERED = TEXT | NUMBERS | TIMES
SCALARS = ORDERED | {"boolean"}
ANY: frozenset[str] = frozenset()


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
    """

    types: Mapping[str, str]
    passes: Sequence[Row]
    fails: Sequence[Row]
    fields: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Key:
    """Rows must not share these fields (all rows of a shared key are invalid)."""

    nulls: Nulls | None = None
    dependents: tuple[str, ...] = ()


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
        shape: What its function takes and answers: a verdict for a field or for a row (`exp.Expression`), a `Key`, a
            `Reference`, an `Aggregate`, an `Effect`; rules of files are run by the file validator and have none.
        types: Kinds of columns it can judge; empty: any.
        fields: How many fields a control must name (least, most); None: no limit.
        about_nulls: Whether null is what the rule judges, so that `nulls` does not apply.
        examples: None only for rules of files, which are shown by files.
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
) -> Callable[[Callable[..., Any]], Rule]:  # fmt: skip
    """Turn a function into a rule of its name."""

    def made(function: Callable[..., Any]) -> Rule:
        return Rule(
            function.__name__, shape, function, tuple(arguments), types, fields, dimension, about_nulls, examples
        )

    return made
