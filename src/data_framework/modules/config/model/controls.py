"""A quality control as users write it (`controls/*.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from data_framework.modules.config.model.shared import Identifier, Layer, Names, wrong
from data_framework.modules.config.model.tables import Model

Dimension = Literal["completeness", "uniqueness", "validity", "consistency", "accuracy", "timeliness"]
AlgorithmType = Literal["Data Framework", "SQL", "Python", "Regex"]


def _spelling(*choices: str) -> BeforeValidator:
    known = {choice.lower(): choice for choice in choices}
    return BeforeValidator(lambda value: known.get(value.lower(), value) if isinstance(value, str) else value)


class Threshold(Model):
    """What a control's results are judged by, and the limits of its colour."""

    type: Annotated[Literal["Standard", "Absolute", "Binary"], _spelling("Standard", "Absolute", "Binary")] = "Standard"
    min: int | float | None = None
    max: int | float | None = None
    rag_min: float | None = Field(default=None, ge=0, le=1)
    rag_max: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Threshold:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise wrong(f"min ({self.min}) not above max ({self.max})")
        if self.rag_min is not None and self.rag_min > (1 if self.rag_max is None else self.rag_max):
            raise wrong(f"rag_min ({self.rag_min}) not above rag_max ({1 if self.rag_max is None else self.rag_max})")
        return self


class Control(Model):
    """One rule, bound to a table."""

    control_master_id: str = ""
    control_table_id: str = ""
    name: str = ""
    description: str = ""
    owner: str = ""
    tags: Names = ()
    dimension: Dimension | None = None
    layer: Layer | None = None
    database: Identifier | None = None
    table: Identifier | None = None
    field: Names = Field(default=(), description="The column, or several.")
    level: Annotated[Literal["Data", "File"], _spelling("Data", "File")] = "Data"
    algorithm_type: Annotated[AlgorithmType, _spelling("Data Framework", "SQL", "Python", "Regex")] = "Data Framework"
    algorithm: str = Field(min_length=1)
    arguments: Mapping[str, Any] = Field(default_factory=dict)
    where: str | None = None
    threshold: Threshold = Field(default_factory=Threshold)
    blocking: bool | Literal["amber"] = False
    active: bool = True
    on_failure: Literal["keep", "quarantine", "drop"] = "keep"
    nulls: Literal["ignore", "fail"] | None = Field(default=None, description="Unstated: what the rule itself says.")
    pass_examples: tuple[Mapping[str, Any], ...] = ()
    fail_examples: tuple[Mapping[str, Any], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_comments(cls, given: Any) -> Any:
        """Keys that begin with `_` are for readers: why the control is there, what `controls suggest` saw."""
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if not str(name).startswith("_")}

    @property
    def key(self) -> str:
        """What the control is called: its table id, else master id, else name."""
        return self.control_table_id or self.control_master_id or self.name
