"""The contract of a table: its columns, keys, partition and how deliveries enter it (`tables/*.json`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from typing_extensions import override

from data_framework.modules.config.model.shared import Identifier
from data_framework.modules.utils.data_types import DataType, parse_type

PartitionTransform = Literal["", "month"]
WriteMode = Literal["merge", "overwrite_partition", "overwrite", "append", "scd2"]


# What a table of write mode scd2 says of each version of a row.
VERSION_COLUMNS = {"valid_from": "date", "valid_to": "date", "is_current": "boolean"}


class Model(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


@dataclass(frozen=True, order=True)
class TableRef:
    """The full name of a table: layer, database, table."""

    layer: str
    database: str
    table: str

    @override
    def __str__(self) -> str:
        return f"{self.database}.{self.table}"

    @property
    def quarantine(self) -> TableRef:
        """The table of the rows set aside on their way into this one."""
        return TableRef(self.layer, self.database, f"{self.table}_quarantine")


class ColumnContract(Model):
    """One column of a table."""

    name: str
    type: str = Field(default="string", examples=["bigint"])
    description: str = ""
    nullable: bool = True
    aliases: tuple[str, ...] = ()
    null_values: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    default: str | int | float | bool | None = None
    pii: bool = False

    @field_validator("type")
    @classmethod
    def _known_type(cls, text: str) -> str:
        return str(parse_type(text))

    @property
    def data_type(self) -> DataType:
        """The parsed type."""
        return parse_type(self.type)


class SchemaPolicy(Model):
    """What happens when a delivery's columns or cells differ from the contract."""

    new_columns: Literal["discard", "evolve", "freeze", "quarantine"] = "discard"
    missing_columns: Literal["null", "freeze"] = "null"
    type_change: Literal["quarantine", "freeze", "widen"] = "quarantine"


@dataclass(frozen=True)
class Partition:
    """What a table is partitioned by: the value of a column, or the month it is in."""

    field: str
    transform: PartitionTransform = ""

    @property
    def name(self) -> str:
        """What folders and Iceberg call it."""
        return f"{self.field}_month" if self.transform else self.field

    def of(self, value: str) -> str:
        """The partition the text of a value is in.

        Example:
            >>> Partition("day").of("2026-01-05"), Partition("day", "month").of("2026-01-05")
            ('2026-01-05', '2026-01')
        """
        return value[:7] if self.transform else value

    @override
    def __str__(self) -> str:
        return f"month({self.field})" if self.transform else self.field


def partition_of(field: str | None, transform: PartitionTransform) -> Partition | None:
    """The partition of a table, None when it has none."""
    return Partition(field, transform) if field is not None else None


class TableContract(Model):
    """A table as its owner promises it."""

    layer: Literal["landing", "raw", "staging", "common", "business", "output"] | None = None
    database: Identifier
    table: Identifier
    description: str = ""
    owner: str = ""
    columns: tuple[ColumnContract, ...] = Field(min_length=1)
    primary_keys: tuple[str, ...] = ()
    partition_field: str | None = None
    partition_transform: Literal["month"] | None = None
    write_mode: WriteMode | None = None
    sequence_by: str | None = None
    delete_when: str | None = None
    schema_policy: SchemaPolicy = Field(default_factory=SchemaPolicy)
    order_by: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def sort_order(self) -> tuple[tuple[str, bool], ...]:
        """The columns of `order_by`, and whether each is descending."""
        return tuple(_sort_term(text) for text in self.order_by)


def _sort_term(text: str) -> tuple[str, bool]:
    name, _, direction = text.rpartition(" ")
    if name and direction.lower() in {"asc", "desc"}:
        return name.strip(), direction.lower() == "desc"
    return text, False
