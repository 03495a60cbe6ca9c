"""Text to tree: what a project's SQL may say, read once and checked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from data_framework.modules.data_process.sql import template
from data_framework.modules.data_process.sql.check import check
from data_framework.modules.data_process.sql.grammar import DataFrameworkSql
from data_framework.modules.data_process.sql.marks import mark as mark_ours
from data_framework.modules.data_process.sql.problems import Text, unsafe, wrong

_QUERIES = (exp.Select, exp.Union, exp.Intersect, exp.Except)
_TARGET = re.compile(r"^[ \t]*--[ \t]*target[ \t]*:[ \t]*(\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_PREFIX = "SELECT "
_STATEMENTS = frozenset({
    "ALTER", "ANALYZE", "ATTACH", "CALL", "CHECKPOINT", "COMMENT", "COPY", "CREATE", "DELETE", "DESCRIBE", "DETACH",
    "DROP", "EXECUTE", "EXPLAIN", "EXPORT", "FORCE", "FROM", "IMPORT", "INSERT", "INSTALL", "LOAD", "MERGE", "PIVOT",
    "PRAGMA", "PREPARE", "REPLACE", "RESET", "SET", "SHOW", "SUMMARIZE", "TRUNCATE", "UNPIVOT", "UPDATE", "USE",
    "VACUUM", "VALUES",
})  # fmt: skip


def parse_select(
    text: str, parameters: Mapping[str, Any] | None = None, *, file: str = "", line: int = 1
) -> exp.Expression:
    """Read one query: a SELECT, with WITH and set operations, and nothing else.

    Args:
        text: The query.
        parameters: Template values to put in (`template.bind`); None leaves them open for `bind`.
        file: Where the text comes from, for messages.
        line: The line of that file it starts on.

    Raises:
        SqlError: It is no such query, or names a function or construct the dialect does not know.
        UnsafeSqlError: It would do more than read the tables it names.
    """
    origin = Text(text, file, line)
    tree = _one(origin, "")
    if not isinstance(tree, _QUERIES):
        raise unsafe(origin, tree, f"only a SELECT is allowed, not {_kind(tree)}")
    return _checked(origin, tree, parameters)


def parse_condition(text: str, parameters: Mapping[str, Any] | None = None, *, file: str = "") -> exp.Expression:
    """Read a boolean expression over columns (`where`, `satisfies`, a filter).

    Raises:
        SqlError: It is none, or names what the dialect does not know.
    """
    found = parse_expression(text, parameters, file=file)
    origin = Text(text, file)
    if isinstance(found, exp.Alias | exp.Star):
        raise wrong(origin, found, "a condition has no name and is no `*`")
    if isinstance(found, exp.Literal | exp.Neg | exp.Add | exp.Sub | exp.Mul | exp.Div | exp.DPipe):
        raise wrong(origin, found, "this is a value, not a condition that is true or false")
    return found


def parse_expression(text: str, parameters: Mapping[str, Any] | None = None, *, file: str = "") -> exp.Expression:
    """Read one expression over columns, with or without `as name` (the columns of a report).

    Raises:
        SqlError: It is none, or names what the dialect does not know.
    """
    origin = Text(text, file)
    tree = _one(origin, _PREFIX)
    parts = {name for name, value in tree.args.items() if value} - {"expressions"}
    if not isinstance(tree, exp.Select) or parts or len(tree.expressions) != 1:
        raise wrong(origin, None, "expected one expression over columns")
    return _checked(origin, tree.expressions[0].pop(), parameters)


def parse_script(
    text: str, parameters: Mapping[str, Any] | None = None, *, file: str = ""
) -> dict[str, exp.Expression]:
    """Read a `.sql` file: one SELECT (under ""), or one under each `-- target: key`.

    Raises:
        SqlError: A query is wrong, a target is named twice, or there is something before the first target.
    """
    marks = list(_TARGET.finditer(text))
    if not marks:
        return {"": parse_select(text, parameters, file=file)}
    origin = Text(text, file)
    if _code(text[: marks[0].start()]):
        raise wrong(origin, None, "there is SQL before the first `-- target:`")
    found: dict[str, exp.Expression] = {}
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        if mark[1] in found:
            raise wrong(origin, None, f"the target {mark[1]!r} is there twice")
        start = text.count("\n", 0, mark.end()) + 1
        found[mark[1]] = parse_select(text[mark.end() : end], parameters, file=file, line=start)
    return found


def tables_of(expression: exp.Expression) -> set[str]:
    """The names a query reads as tables, `key` or `database.table`; names of its WITH are left out.

    Example:
        >>> sorted(tables_of(parse_select("with a as (select 1 x) select * from a, b join c.d on true")))
        ['b', 'c.d']
    """
    if not isinstance(expression, _QUERIES):
        queries = [node for node in expression.walk() if isinstance(node, _QUERIES)]
        return {name for query in queries for name in tables_of(query)}
    own = {id(source) for scope in traverse_scope(expression) for source in scope.sources.values()
           if isinstance(source, exp.Table)}  # fmt: skip
    return {table_name(table) for table in expression.find_all(exp.Table) if id(table) in own}


def columns_of(expression: exp.Expression) -> list[str]:
    """The names of the columns an expression reads, each once, in order.

    Example:
        >>> columns_of(parse_condition("b > 1 and a = b"))
        ['b', 'a']
    """
    return list(dict.fromkeys(node.name for node in expression.find_all(exp.Column, bfs=False)))


def table_name(table: exp.Table) -> str:
    """A table as a query names it: `key` or `database.table`."""
    return ".".join(part for part in (table.db, table.name) if part)


def bind(expression: exp.Expression, parameters: Mapping[str, Any]) -> exp.Expression:
    """Answer a copy with the template values put in (see `template.bind`).

    Raises:
        SqlError: A value it names is not there.
    """
    try:
        return template.bind(expression, parameters)
    except KeyError as error:
        origin = Text(expression.sql(dialect=DataFrameworkSql))
        raise wrong(
            origin, None, f"there is no template value {{{error.args[0]}}}", near=(error.args[0], parameters)
        ) from error


def _one(origin: Text, prefix: str) -> exp.Expression:
    marked, names = template.mark(origin.text)
    first = _code(marked).lstrip("( \n\t").partition(" ")[0].split("\n")[0].upper()
    if not prefix and first in _STATEMENTS:
        raise unsafe(origin, None, f"only a SELECT is allowed, not {first}")
    try:
        trees = [tree for tree in DataFrameworkSql().parse(prefix + marked) if tree is not None]
    except ParseError as error:
        raise _parse_error(origin, error, len(prefix)) from error
    except SqlglotError as error:
        raise wrong(origin, None, f"it cannot be read: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise wrong(origin, None, "it is nested too deeply") from error
    if len(trees) != 1:
        raise unsafe(
            origin, None, "expected one query, found none" if not trees else "expected one query, found several"
        )
    tree = trees[0]
    for node in tree.find_all(exp.Placeholder):
        _name_template(origin, node, names)
    return tree.transform(_current_date, copy=False)


def _current_date(node: exp.Expression) -> exp.Expression:
    """`current_date` and `current_date()` are the date of the run, as `{current_date}` is."""
    called = isinstance(node, exp.Anonymous) and node.name.lower() == "current_date" and not node.expressions
    return exp.Placeholder(this="current_date") if called or isinstance(node, exp.CurrentDate) else node


def _name_template(origin: Text, node: exp.Placeholder, names: list[str]) -> None:
    word = str(node.this or "")
    name = names[int(word[3:])] if re.fullmatch(r"df_\d+", word) and int(word[3:]) < len(names) else ""
    if not re.fullmatch(template.NAME, name):
        known = ["file_date", "file_name", "current_date", "data", "vars.<name>"]
        raise wrong(origin, None, f"{{{name}}} is no template value" if name else "`?` and `:name` are not known",
                    near=(name, known))  # fmt: skip
    node.set("this", name)


def _checked(origin: Text, tree: exp.Expression, parameters: Mapping[str, Any] | None) -> exp.Expression:
    check(origin, tree)
    mark_ours(tree)
    return tree if parameters is None else bind(tree, parameters)


def _parse_error(origin: Text, error: ParseError, shift: int) -> Exception:
    first = error.errors[0] if error.errors else {}
    line = int(first.get("line") or 1)
    column = int(first.get("col") or 1)
    found = str(first.get("highlight") or "")
    description = str(first.get("description") or error).strip().rstrip(".")
    reason = f"{description}, near {found!r}" if found else description
    return wrong(origin, None, reason, position=(line, max(1, column - (shift if line == 1 else 0))))


def _kind(tree: exp.Expression) -> str:
    name = str(tree.this) if isinstance(tree, exp.Command) else type(tree).__name__
    return name.upper()


def _code(text: str) -> str:
    return re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL).strip()
