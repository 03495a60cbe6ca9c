"""How the text of raw becomes typed columns: casting, transformations, data controls of a config entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from data_framework.modules.config.model.shared import Names, wrong
from data_framework.modules.config.model.tables import Model
from data_framework.modules.utils.nearest import suggest

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")


class ParseDates(Model):
    """Read the text of date columns by formats (the first that fits) and write it in one format."""

    type: Literal["parse_dates"] = "parse_dates"
    columns: Names = Field(min_length=1)
    source_format: Names = Field(min_length=1, description="strptime with %, else Java's.")
    target_format: str = Field(default="%Y-%m-%d", description="strptime with %, else Java's.")


class FixIncompatibleCharacters(Model):
    """Repair struct text ({key=value}, single quotes) into JSON and strip non-word characters from names in it."""

    type: Literal["fix_incompatible_characters"] = "fix_incompatible_characters"
    columns: Names = Field(default=(), description="All columns of nested types unless named.")


class AddFilenameColumn(Model):
    """Add a column that holds the name of the file a row came from."""

    type: Literal["add_filename_column"] = "add_filename_column"
    target_column: str = Field(default="filename", min_length=1)


class CustomTransformation(Model):
    """A transformation of the project (`module:function` below transformation/) or of an installed package."""

    type: str
    columns: Names = ()
    arguments: Mapping[str, Any] = Field(default_factory=dict)

    @field_validator("type")
    @classmethod
    def _known(cls, name: str) -> str:
        from importlib import metadata  # slow to import, rarely needed

        points = metadata.entry_points(group="data_framework.transformation").names
        if _FUNCTION.match(name) or name in points:
            return name
        known = [*TRANSFORMATIONS, *points]
        raise wrong(f"one of {', '.join(known)}, or module:function", suggest(name, known))


TRANSFORMATIONS: tuple[str, ...] = ("parse_dates", "fix_incompatible_characters", "add_filename_column")


def _kind(value: Any) -> str:
    name = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    return name if name in TRANSFORMATIONS else "custom"


Transformation = Annotated[
    Annotated[ParseDates, Tag("parse_dates")]
    | Annotated[FixIncompatibleCharacters, Tag("fix_incompatible_characters")]
    | Annotated[AddFilenameColumn, Tag("add_filename_column")]
    | Annotated[CustomTransformation, Tag("custom")],
    Discriminator(_kind),
]


class Casting(Model):
    """How a table's text is cast."""

    strategy: Literal["one_by_one", "dynamic"] = "one_by_one"
    add_missing_columns: bool = Field(
        default=True, description="Columns of the contract that were not delivered become null."
    )
    master_table: str | None = Field(
        default=None, description="The table whose schema is cast to: a key, or database.table."
    )
    fix_incompatible_characters: bool = Field(default=False, description="Old spelling of the transformation.")
    transformations: tuple[Transformation, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _old_spelling(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or values.get("fix_incompatible_characters") is not True:
            return values
        steps = values.get("transformations", ())
        if not isinstance(steps, list | tuple) or any(_kind(step) == "fix_incompatible_characters" for step in steps):
            return values
        return {**values, "transformations": [*steps, {"type": "fix_incompatible_characters"}]}


class DataControl(Model):
    """A control written beside the table: the column's values must exist in the same column of the master table."""

    type: Literal["master_fields"]
    column: str
    master_table: str | None = Field(
        default=None, description="A key, or database.table; default: casting.master_table."
    )
