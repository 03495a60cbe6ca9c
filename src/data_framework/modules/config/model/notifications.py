"""The messages a project defines, by name (`notifications`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from data_framework.modules.config.model.tables import Model

Topics = Annotated[
    tuple[Literal["internal", "external"], ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
]
BUILT_IN_NOTIFICATIONS: tuple[str, ...] = ("file_arrival", "output_generated", "process_error", "controls_failed")


class Notification(Model):
    """One message: who gets it and what it says; `{names}` in subject and body are filled from arguments."""

    type: str = Field(default="email", min_length=1)
    topics: Topics = Field(
        default=("internal",), description="internal, external or both: the platform says who that is."
    )
    subject: str = Field(min_length=1)
    body: str = ""
    active: bool = True
