"""A typed source's columns against its target's: what fits without loss is cast, the rest is refused by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.data_process.plan.model import PlanColumn, TablePlan
from data_framework.modules.data_process.plan.vocabulary import column as named
from data_framework.modules.data_process.plan.vocabulary import lossless_cast
from data_framework.modules.exception import FrameSchemaError
from data_framework.modules.utils.data_types import DataType, parse_type


def fitted_columns(
    plan: TablePlan, types: Mapping[str, DataType], catalogue: CatalogueInterface
) -> tuple[PlanColumn, ...]:
    """The plan's columns with the frame's own (name → type) as their values.

    Raises:
        FrameSchemaError: The frame has a column the table does not, lacks a required one, or one of another type.
    """
    promised = _promised(plan, types, catalogue)
    delivered = {name.lower(): name for name in types}
    extra = [name for key, name in delivered.items() if key not in {column.name.lower() for column in promised}]
    if extra:
        raise FrameSchemaError(table=str(plan.target), reason=_extra(extra, [column.name for column in promised]))
    return tuple(_fitted(plan, column, delivered, types) for column in promised)


def _promised(plan: TablePlan, types: Mapping[str, DataType], catalogue: CatalogueInterface) -> list[PlanColumn]:
    if plan.columns and not plan.infer_schema:
        return list(plan.columns)
    if catalogue.exists(plan.target):
        columns = catalogue.schema(plan.target).columns
        return [PlanColumn(c.name, parse_type(c.type), None, cast="none") for c in columns if c.name != "_data_date"]
    own = [PlanColumn(name, kind, None, cast="none") for name, kind in types.items()]
    if plan.partition_field and plan.partition_field not in types:
        own.append(PlanColumn(plan.partition_field, DataType("date"), None, cast="none"))
    return own


def _fitted(
    plan: TablePlan, column: PlanColumn, delivered: Mapping[str, str], types: Mapping[str, DataType]
) -> PlanColumn:
    name = delivered.get(column.name.lower())
    if name is None:
        filled = column.nullable or column.default is not None or column.name == plan.partition_field
        if not filled:
            raise FrameSchemaError(table=str(plan.target), reason=f"the required column {column.name!r} is missing")
        return replace(column, text=None)
    kind = types[name]
    text = column.text if _reads_more(column) and column.text is not None else named(name)
    if column.cast in {"exact", "infer"} and kind.kind == "string" and column.type.kind != "string":
        return replace(column, text=text)
    if not _compatible(kind, column.type):
        reason = f"column {column.name!r} is {kind} in the frame and {column.type} in the table"
        raise FrameSchemaError(table=str(plan.target), reason=reason)
    if not _widens(kind, column.type):
        text = lossless_cast(text, column.type)
    return replace(column, text=text, cast="none")


def _reads_more(column: PlanColumn) -> bool:
    return column.text is not None and not isinstance(column.text, exp.Column)


def _extra(extra: list[str], known: list[str]) -> str:
    near = difflib.get_close_matches(extra[0].lower(), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f" (its columns: {', '.join(known)})"
    return f"the table has no column {', '.join(map(repr, extra))}{hint}"


def _widens(found: DataType, wanted: DataType) -> bool:
    """Whether every value of a type is one of the other."""
    if found == wanted or wanted.is_nested:
        return True
    if found.is_integer and wanted.is_integer:
        return found.bits <= wanted.bits
    return found.kind == "float" and wanted.kind == "double"


def _compatible(found: DataType, wanted: DataType) -> bool:
    """Whether values of a type may be ones of the other: then each is cast, and one that would change is an error."""
    if found.kind == wanted.kind or (found.is_number and wanted.is_number):
        return True
    return {found.kind, wanted.kind} == {"date", "timestamp"}
