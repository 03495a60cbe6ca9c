"""A control together with what the engine needs to know to judge it: the step between configuration and plan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.rules import RULES, Rule
from data_framework.modules.validation.rules.model import Answers, Finding, History
from data_framework.modules.validation.verdicts import Limits, exact, limit_of

Judging = Literal["rows", "keys", "value", "answers", "query", "columns"]


@dataclass(frozen=True)
class Scope:
    """The table a control is compiled for.

    Attributes:
        columns: Its columns; empty where they are not known before it is read.
        keys: Its primary key.
        values: What `{file_date}`, `{file_name}`, `{current_date}` and `{vars.x}` stand for; None leaves them open.
        table: Finds another table by the name a control gives it; `columns_of` its columns, () where unknown.
        function: Finds the function of a Python control.
        inferred: Of text without a contract: the type all cells of a column fit, for conditions over it.
        today: The date of the run.
        contract: The columns and types a contract promises, by `database.table`, `table` or "" (this one).
        rules: Every rule a control may name.
    """

    target: TableRef
    columns: Mapping[str, DataType]
    keys: Sequence[str]
    values: Mapping[str, Any] | None
    table: Callable[[str], TableRef]
    columns_of: Callable[[TableRef], Sequence[str]]
    function: Callable[[Control], Callable[[Any], Any]]
    inferred: Mapping[str, DataType] | None = None
    today: date = date.min
    contract: Callable[[str], Mapping[str, str] | None] = lambda name: None
    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES)


@dataclass(frozen=True)
class Bound:
    """A control ready to be judged.

    Attributes:
        judging: What its check answers: rows, one observed value, or rows of (identifier, result); `keys`: rows, and
            those the key policy took away before; `query`: rows its rule reads; `columns`: nothing, it is known.
        max_age: Of `freshness`, in seconds.
        read: Of `query`: what the rule makes of the answer.
        found: Of `columns`: what the rule found.
        history: How the observed value is judged by those before it.
        started: When it was compiled (ISO).
    """

    control: Control
    fields: tuple[str, ...]
    judging: Judging
    limits: Limits
    max_age: float | None = None
    read: Callable[[Answers], Finding] | None = None
    found: Finding | None = None
    history: History | None = None
    dimension: str = ""
    started: str = ""

    @property
    def shown_field(self) -> str:
        """Its fields as answers show them."""
        return ", ".join(self.fields or self.control.field)


def limits_of(control: Control, lowest: Any = None, highest: Any = None, *, lenient: bool = False) -> Limits:
    """The limits of a control; a rule's own bounds come before those of the threshold.

    Args:
        control: The control.
        lowest: The rule's own lower bound.
        highest: The rule's own upper bound.
        lenient: Without limits of its own, the control is never red (rules that repair what they find).
    """
    given = control.threshold
    rag_max = exact(given.rag_max) if given.rag_max is not None else Fraction(1)
    rag_min = exact(given.rag_min) if given.rag_min is not None else Fraction(0) if lenient else rag_max
    return Limits(
        kind=given.type,
        lowest=limit_of(given.min if lowest is None else lowest),
        highest=limit_of(given.max if highest is None else highest),
        rag_min=rag_min if rag_min is not None else Fraction(1),
        rag_max=rag_max if rag_max is not None else Fraction(1),
    )


def version_of(control: Control) -> str:
    """The fingerprint of what a control means: it changes when its verdicts may.

    Example:
        >>> one = Control(algorithm="is_not_null", field="a", name="x")
        >>> version_of(one) == version_of(one.model_copy(update={"name": "y"}))
        True
    """
    meaning = {
        "field",
        "level",
        "algorithm_type",
        "algorithm",
        "arguments",
        "where",
        "threshold",
        "nulls",
        "on_failure",
    }
    text = json.dumps(control.model_dump(mode="json", include=meaning), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
