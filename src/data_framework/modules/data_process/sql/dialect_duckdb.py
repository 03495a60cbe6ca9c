"""The one dialect as DuckDB writes it: what a query means in Spark ANSI, said in DuckDB's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import ErrorLevel, exp

from data_framework.modules.data_process.sql.duckdb_aggregates import wrap
from data_framework.modules.data_process.sql.duckdb_casts import PATTERNS, spark_cast
from data_framework.modules.data_process.sql.duckdb_dates import extract
from data_framework.modules.data_process.sql.duckdb_functions import call
from data_framework.modules.data_process.sql.duckdb_operators import operator
from data_framework.modules.data_process.sql.duckdb_template import cast
from data_framework.modules.data_process.sql.kinds import (
    BOOLEAN,
    Schema,
    common,
    kind_of,
    known,
    literal_kind,
    with_kind,
    written_kind,
)
from data_framework.modules.data_process.sql.marks import is_ours
from data_framework.modules.data_process.sql.problems import Text, wrong
from data_framework.modules.utils.data_types import DataType

Columns = dict[str, DataType | None]
_SETS = (exp.Union, exp.Intersect, exp.Except)
_QUERIES = (exp.Select, exp.Subquery, *_SETS)


def to_duckdb(expression: exp.Expression, schema: Schema | None = None) -> str:
    """A tree of the dialect as DuckDB SQL.

    Args:
        expression: What `parse_select`, `parse_condition` or `parse_expression` answered, or a tree that holds one.
        schema: Types of the columns by table as the query names it; "" holds those of the rows in flight. Decimals keep
            Spark's places, and casts their source's rules, only where types are known.

    Raises:
        SqlError: A column is not there, or a construct has no meaning for these types (the difference of two dates).
    """
    return written_in_place(expression.copy(), schema)


def written_in_place(tree: exp.Expression, schema: Schema | None = None) -> str:
    """As `to_duckdb`, of a tree nobody else holds: only what the dialect's parser read is rewritten, the rest stays."""
    tables = {table.lower(): {name.lower(): known(kind) for name, kind in columns.items()}
              for table, columns in (schema or {}).items()}  # fmt: skip
    env = _Scope({name: dict(columns) for name, columns in tables.items()}, sources={"": dict(tables.get("", {}))})
    return (
        _Translation()
        .visit(tree, env)
        .sql(dialect="duckdb", comments=False, copy=False, unsupported_level=ErrorLevel.RAISE)
    )


#: Stands for the columns `*` takes from a table whose columns are not known.
_OTHERS = "*"


@dataclass
class _Scope:
    """What names mean at one place of a query."""

    tables: Mapping[str, Columns]
    sources: dict[str, Columns] = field(default_factory=dict)
    aliases: Columns = field(default_factory=dict)
    outer: _Scope | None = None

    def columns(self, table: str) -> set[str] | None:
        """Every name a column may have here (of one table), None when the columns are not known."""
        if table:
            found = set(self.sources.get(table, ()))
            return None if not found or _OTHERS in found else found
        if "" in self.sources:
            return None
        inner = set(self.aliases)
        for columns in self.sources.values():
            if not columns or _OTHERS in columns:
                return None
            inner |= set(columns)
        nothing = self.outer is None or self.outer.sources == {"": {}}
        outer = set[str]() if nothing or self.outer is None else self.outer.columns("")
        return None if outer is None else inner | outer

    def kind(self, column: exp.Column) -> DataType | None:
        name, table = column.name.lower(), column.table.lower()
        for source, columns in self.sources.items():
            if name in columns and (not table or table == source):
                return columns[name]
        if not table and name in self.aliases:
            return self.aliases[name]
        return self.outer.kind(column) if self.outer else None


class _Translation:
    def visit(self, node: exp.Expression, env: _Scope) -> exp.Expression:
        """Translate one node of an expression, its parts first."""
        if isinstance(node, _QUERIES):
            return self.query(node, env)[0]
        if isinstance(node, exp.Connector):
            return self._chain(node, env)
        for name, value in list(node.args.items()):
            node.set(name, self._part(value, env))
        if not is_ours(node):
            return node
        handler = _NODES.get(type(node))
        return handler(node, env) if handler else operator(node)

    def _chain(self, node: exp.Expression, env: _Scope) -> exp.Expression:
        """AND and OR: a list of hundreds is a tree as deep, walked here without recursion."""
        cursor = last = node
        while isinstance(cursor, exp.Connector):
            cursor.set("expression", self.visit(cursor.expression, env))
            with_kind(cursor, BOOLEAN)
            last, cursor = cursor, cursor.this
        last.set("this", self.visit(cursor, env))
        return node

    def _part(self, value: Any, env: _Scope) -> Any:
        if isinstance(value, list):
            return [self._part(one, env) for one in value]
        return self.visit(value, env) if isinstance(value, exp.Expression) else value

    def query(self, node: exp.Expression, env: _Scope) -> tuple[exp.Expression, Columns]:
        """Translate a query and answer its columns too."""
        if isinstance(node, exp.Subquery):
            inner, columns = self.query(node.this, env)
            node.set("this", inner)
            self._rest(node, env, skip={"this"})
            first = next(iter(columns.values()), None)
            return with_kind(node, first), columns
        env = self._ctes(node, env)
        if isinstance(node, _SETS):
            return self._set_operation(node, env)
        return self._select(node, env)

    def _ctes(self, node: exp.Expression, env: _Scope) -> _Scope:
        found: dict[str, Columns] = dict(env.tables)
        inner = _Scope(found, env.sources, env.aliases, env.outer)
        for cte in node.args["with_"].expressions if node.args.get("with_") else []:
            query, columns = self.query(cte.this, inner)
            cte.set("this", query)
            self._rest(cte, inner, skip={"this"})
            names = [one.name.lower() for one in cte.args["alias"].args.get("columns") or []]
            found[cte.alias.lower()] = dict(zip(names, columns.values(), strict=False)) if names else columns
        return inner

    def _set_operation(self, node: exp.Expression, env: _Scope) -> tuple[exp.Expression, Columns]:
        left, columns = self.query(node.this, env)
        right, others = self.query(node.expression, env)
        node.set("this", left)
        node.set("expression", right)
        kinds = [common([a, b]) for a, b in zip(columns.values(), others.values(), strict=False)]
        merged = dict(zip(columns, kinds, strict=False))
        self._rest(node, _Scope(env.tables, {"": merged}, {}, env), skip={"this", "expression", "with_"})
        return node, merged

    def _select(self, node: exp.Expression, env: _Scope) -> tuple[exp.Expression, Columns]:
        scope = _Scope(env.tables, {}, {}, env)
        for source in [node.args.get("from_"), *(node.args.get("joins") or [])]:
            if source is not None:
                self._source(source, scope)
        columns: Columns = {}
        scope.aliases = columns
        translated = []
        for one in node.expressions:
            made = self.visit(one, scope)
            translated.append(made)
            self._output(made, scope, columns)
        node.set("expressions", translated)
        self._rest(node, scope, skip={"expressions", "from_", "joins", "with_"})
        for join in node.args.get("joins") or []:
            if join.args.get("on") is not None:
                join.set("on", self.visit(join.args["on"], scope))
        return node, columns

    def _rest(self, node: exp.Expression, scope: _Scope, skip: set[str]) -> None:
        for name, value in list(node.args.items()):
            if name not in skip:
                node.set(name, self._part(value, scope))

    def _source(self, holder: exp.Expression, scope: _Scope) -> None:
        node = holder.this
        holder.set("using", self._part(holder.args.get("using"), scope))
        if isinstance(node, exp.Table):
            self._rest(node, scope, skip=set())
            name = ".".join(part for part in (node.db, node.name) if part).lower()
            scope.sources[(node.alias or node.name).lower()] = dict(scope.tables.get(name, {}))
            return
        if not isinstance(node, _QUERIES):
            return
        query, columns = self.query(node, _Scope(scope.tables, {}, {}, scope.outer))
        holder.set("this", query)
        scope.sources[(node.alias or f"#{len(scope.sources)}").lower()] = columns

    def _output(self, made: exp.Expression, scope: _Scope, columns: Columns) -> None:
        if isinstance(made, exp.Star) or (isinstance(made, exp.Column) and isinstance(made.this, exp.Star)):
            wanted = made.table.lower() if isinstance(made, exp.Column) else ""
            for source, found in scope.sources.items():
                if not wanted or wanted == source:
                    columns.update(found or {_OTHERS: None})
            return
        columns[(made.alias_or_name or f"#{len(columns)}").lower()] = kind_of(made)


def _literal(node: exp.Expression, env: _Scope) -> exp.Expression:
    if not isinstance(node, exp.Literal):
        return node
    kind = literal_kind(node)
    differs = kind.kind == "decimal" and kind.scale in {0, kind.precision}
    return cast(node, kind) if differs else with_kind(node, kind)


def _identifier(node: exp.Expression, env: _Scope) -> exp.Expression:
    """Names are quoted: DuckDB has words of its own (`at`), and ignores case all the same."""
    node.set("quoted", True)
    return node


def _column(node: exp.Expression, env: _Scope) -> exp.Expression:
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return node
    names = env.columns(node.table.lower()) if env.tables else None
    if names is not None and node.name.lower() not in names and not node.name.startswith("_"):
        raise wrong(Text(node.sql()), node, f"there is no column {node.name!r}", near=(node.name, names))
    return with_kind(node, env.kind(node))


def _same_kind(node: exp.Expression, env: _Scope) -> exp.Expression:
    return with_kind(node, kind_of(node.this))


def _function(node: exp.Expression, env: _Scope) -> exp.Expression:
    return call(node.name.lower(), node.expressions) or node


def _cast(node: exp.Expression, env: _Scope) -> exp.Expression:
    target = written_kind(node.args["to"])
    strict = not isinstance(node, exp.TryCast)
    if strict and target.kind in {"date", "timestamp"} and _written_well(node.this, target):
        return cast(node.this, target)
    return spark_cast(node.this, kind_of(node.this), target, strict)


def _written_well(node: exp.Expression, target: DataType) -> bool:
    """Whether it is a literal of the form its type wants, so that it needs no guard."""
    pattern = PATTERNS[target.kind].removeprefix(r"\A").removesuffix(r"\z")
    return isinstance(node, exp.Literal) and node.is_string and re.fullmatch(pattern, node.this) is not None


def _extract(node: exp.Expression, env: _Scope) -> exp.Expression:
    return extract(node.name.lower(), node.expression)


def _window(node: exp.Expression, env: _Scope) -> exp.Expression:
    def over(inner: exp.Expression) -> exp.Expression:
        copied = node.copy()
        copied.set("this", inner)
        return copied

    return wrap(node.this, over) if not isinstance(node.this, exp.Identifier) else node


def _filter(node: exp.Expression, env: _Scope) -> exp.Expression:
    return wrap(node.this, lambda inner: exp.Filter(this=inner, expression=node.expression.copy()))


def _case(node: exp.Expression, env: _Scope) -> exp.Expression:
    values = [*(one.args["true"] for one in node.args["ifs"]), node.args.get("default")]
    kinds = [kind_of(one) for one in values if one is not None and not isinstance(one, exp.Null)]
    return with_kind(node, common(kinds))


_NODES: dict[type[exp.Expression], Any] = {
    exp.Identifier: _identifier, exp.Literal: _literal, exp.Column: _column, exp.Alias: _same_kind,
    exp.Paren: _same_kind,
    exp.Anonymous: _function,
    exp.Cast: _cast, exp.TryCast: _cast, exp.Extract: _extract, exp.Window: _window, exp.Filter: _filter,
    exp.Case: _case,
}  # fmt: skip
