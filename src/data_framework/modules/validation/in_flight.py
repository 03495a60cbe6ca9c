"""Queries of controls over the rows in flight: the table `data`, narrowed and typed as the control says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.sql import parse_select
from data_framework.modules.data_process.sql.marks import mark
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.names import quote_identifier
from data_framework.modules.validation.bound import Scope
from data_framework.modules.validation.rules import RuleError


def over_rows(select: exp.Expression, scope: Scope, where: exp.Expression | None = None) -> exp.Expression:
    """Let a query read the rows a control judges, and text without a contract with the types all cells fit."""
    if where is None and scope.inferred is None:
        return select
    columns = "*" if scope.inferred is None else _typed(scope.inferred)
    rows = parse_select(f"select {columns} from data")
    if where is not None:
        rows.set("where", mark(exp.Where(this=exp.true())))
        rows.args["where"].set("this", where.copy())
    found = select.copy()
    for table in list(found.find_all(exp.Table)):
        if table.name == "data" and not table.db:
            alias = mark(exp.TableAlias(this=exp.to_identifier(table.alias or "data")))
            made = exp.Subquery(this=rows.copy(), alias=alias)
            table.replace(made)
    return found


def identified(select: exp.Expression) -> exp.Expression:
    """A query's answer as (identifier, result): by name where it has these names, else by place, else as the result.

    Raises:
        RuleError: It answers more or fewer columns.
    """
    selects = list(getattr(select, "selects", []))
    names = [one.alias_or_name.lower() for one in selects]
    if any(one.is_star for one in selects):
        return select
    wanted: list[Any] = [exp.column("identifier"), exp.column("result")]
    renamed: list[Any] = []
    if len(names) == 1:
        wanted[0] = exp.alias_(exp.Null(), "identifier")
        renamed = [exp.to_identifier("result")]
    elif not {"identifier", "result"} <= set(names):
        if len(names) != 2:
            reason = f"the query must answer two columns, identifier and result, and answers {len(names)}"
            raise RuleError(reason, "algorithm")
        renamed = [exp.to_identifier("identifier"), exp.to_identifier("result")]
    alias = exp.TableAlias(this=exp.to_identifier("answers"), columns=renamed)
    return exp.Select(expressions=wanted, from_=exp.From(this=exp.Subquery(this=select, alias=alias)))


def _typed(inferred: Mapping[str, DataType]) -> str:
    return ", ".join(f"{_cast(name, kind)} as {quote_identifier(name)}" for name, kind in inferred.items())


def _cast(name: str, kind: DataType) -> str:
    quoted = quote_identifier(name)
    return quoted if kind.kind == "string" else f"try_cast({quoted} as {kind})"
