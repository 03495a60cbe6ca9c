"""The allow-list: every construct, function, table and pattern of a query, walked before anything runs."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.sql.functions import by_name
from data_framework.modules.data_process.sql.grammar import CONSTRUCTS, INERT
from data_framework.modules.data_process.sql.problems import Text, unsafe, wrong
from data_framework.modules.utils.data_types import parse_type

_TABLE = re.compile(r"[^\W\d]\w*")
_SYSTEM = frozenset(
    {"information_schema", "pg_catalog", "system", "main", "temp", "sqlite_master", "sqlite_temp_master"}
)
_SYSTEM_PREFIXES = ("duckdb_", "pragma_", "sqlite_")
DISTINCT_ALLOWED = frozenset({"count", "sum", "avg", "mean", "min", "max"})
UNITS = frozenset({"YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"})
PARTS = UNITS | {"QUARTER"}
_NOT_REPRODUCIBLE = frozenset({"rand", "random", "randn", "uuid", "now", "current_timestamp", "localtimestamp",
                               "curdate", "unix_timestamp", "monotonically_increasing_id", "shuffle",
                               "current_user"})  # fmt: skip
_FILES = re.compile(
    r"read_|.*_scan$|glob$|parquet|sniff_csv|getenv|duckdb_|pragma_|query$|query_table$|java_method|reflect"
)
_NO_REGEX = re.compile(r"\(\?(?:[=!<>]|<[=!])|\\[1-9kGZ]|\[\[:|\\[pP]\{(?!L|N|P|S|Z|M)|\{\d{4,}")
_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")
_POSSESSIVE = re.compile(r"[*+?}]\+")
_PATTERNS = frozenset({"regexp_like", "rlike", "regexp", "regexp_extract", "regexp_replace", "split"})
_CALLABLE_OVER = frozenset({"aggregate", "window"})


def check(origin: Text, tree: exp.Expression) -> None:
    """Refuse what the dialect does not know or allow.

    Raises:
        SqlError: A construct, function or number of arguments is unknown.
        UnsafeSqlError: A table is no plain name, or a function would reach out of the query.
    """
    for node in tree.walk():
        _construct(origin, node)
        handler = _HANDLERS.get(type(node))
        if handler:
            handler(origin, node)


def _construct(origin: Text, node: Any) -> None:
    allowed = CONSTRUCTS.get(type(node))
    if allowed is None:
        raise wrong(origin, node, f"{_name(node)} is not part of the dialect")
    used = {part for part, value in node.args.items() if value not in (None, False, [])} - INERT
    extra = sorted(used - allowed)
    if extra:
        raise wrong(
            origin, node, f"{_name(node)} with {extra[0].strip('_').replace('_', ' ')} is not part of the dialect"
        )


def _name(node: exp.Expression) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).upper()


def _function(origin: Text, node: exp.Anonymous) -> None:
    name = node.name.lower()
    row = by_name().get(name)
    if row is None or isinstance(node.this, exp.Identifier):
        raise _unknown_function(origin, node, name)
    count = len(node.expressions)
    if count < row.fewest or (row.most >= 0 and count > row.most):
        raise wrong(origin, node, f"{name}({row.arguments}) does not take {count} arguments")
    _star_and_distinct(origin, node, name)
    _window_needed(origin, node, row.group == "window")
    if name in _PATTERNS:
        _pattern(origin, node)


def _unknown_function(origin: Text, node: exp.Anonymous, name: str) -> Exception:
    if name in _NOT_REPRODUCIBLE:
        return wrong(origin, node, f"{name}() answers differently each time; {{current_date}} is the date of the run")
    if isinstance(node.parent, exp.Table) or _FILES.match(name):
        return unsafe(
            origin, node, f"the function {name}() is not allowed: a query reads tables of the configuration only"
        )
    return wrong(origin, node, f"the function {name}() is not part of the dialect", near=(name, by_name()))


def _star_and_distinct(origin: Text, node: exp.Anonymous, name: str) -> None:
    for argument in node.expressions:
        if isinstance(argument, exp.Star) and name != "count":
            raise wrong(origin, node, f"{name}(*) is not part of the dialect")
        if isinstance(argument, exp.Distinct) and name not in DISTINCT_ALLOWED:
            raise wrong(origin, node, f"{name}(distinct …) is not part of the dialect")


def _window_needed(origin: Text, node: exp.Anonymous, needed: bool) -> None:
    over = isinstance(node.parent, exp.Window)
    if needed and not over:
        raise wrong(origin, node, f"{node.name.lower()}() needs `over (…)`")


def _pattern(origin: Text, node: exp.Anonymous) -> None:
    pattern = node.expressions[1]
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        raise wrong(origin, node, f"the pattern of {node.name.lower()}() must be a quoted text")
    portable(origin, node, pattern.this)


def portable(origin: Text, node: exp.Expression, pattern: str) -> None:
    """Refuse a regex that does not mean the same in RE2 and Java."""
    if _NO_REGEX.search(pattern) or _POSSESSIVE.search(_CLASS.sub("x", pattern)):
        reason = f"the regex {pattern!r} is outside the common subset of RE2 and Java"
        raise wrong(
            origin, node, f"{reason}: no look-around, back-reference, possessive or POSIX class, no repeat above 999"
        )
    try:
        re.compile(re.sub(r"\\[pPzAQE](\{\w+\})?", ".", pattern))
    except re.error as error:
        raise wrong(origin, node, f"the regex {pattern!r} is wrong: {error}") from error


def _rlike(origin: Text, node: exp.RegexpLike) -> None:
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        raise wrong(origin, node, "the pattern of RLIKE must be a quoted text")
    portable(origin, node, pattern.this)


def _table(origin: Text, node: exp.Table) -> None:
    if isinstance(node.this, exp.Anonymous):
        raise _unknown_function(origin, node.this, node.this.name.lower())
    for part in (node.name, node.db):
        if part and (not _TABLE.fullmatch(part) or part.lower().startswith(_SYSTEM_PREFIXES)):
            raise unsafe(origin, node, f"{part!r} is no name of a table; files and system tables cannot be read")
    if node.db.lower() in _SYSTEM:
        raise unsafe(origin, node, f"{node.db!r} is a system catalogue")


def _window(origin: Text, node: exp.Window) -> None:
    if not isinstance(node.this, exp.Anonymous | exp.Filter | exp.Identifier):
        raise wrong(origin, node, "OVER is for window functions and aggregates")
    calls = node.this if isinstance(node.this, exp.Anonymous) else node.this.find(exp.Anonymous)
    row = by_name().get(calls.name.lower()) if calls else None
    if row and row.group not in _CALLABLE_OVER:
        raise wrong(origin, node, f"{row.name}() takes no OVER")


def _cast(origin: Text, node: exp.Cast) -> None:
    kind = node.to.sql(dialect="spark").lower()
    try:
        parsed = parse_type(kind)
    except ValueError as error:
        raise wrong(origin, node, str(error)) from error
    if parsed.is_nested or parsed.kind == "binary":
        raise wrong(origin, node, f"CAST to {parsed} is not part of the dialect")


def _interval(origin: Text, node: exp.Interval) -> None:
    unit = (node.text("unit") or "").upper().removesuffix("S")
    if unit not in UNITS or not isinstance(node.this, exp.Literal) or not re.fullmatch(r"-?\d+", node.this.name):
        raise wrong(origin, node, "an interval is written INTERVAL 1 DAY, with one of: " + ", ".join(sorted(UNITS)))


def _extract(origin: Text, node: exp.Extract) -> None:
    part = node.name.upper()
    if part not in PARTS:
        raise wrong(
            origin, node, f"EXTRACT({part} …) is not known", near=(part.lower(), [one.lower() for one in PARTS])
        )


def _column(origin: Text, node: exp.Column) -> None:
    if node.name.lower() in {"current_timestamp", "current_time", "current_user", "localtimestamp"}:
        raise _unknown_function(origin, exp.Anonymous(this=node.name), node.name.lower())


def _no_tables_in_join(origin: Text, node: exp.Join) -> None:
    kind, side, method = (str(node.args.get(part) or "").upper() for part in ("kind", "side", "method"))
    if method not in {"", "NATURAL"} or kind not in {"", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"}:
        raise wrong(origin, node, f"{method} {side} {kind} JOIN".strip() + " is not part of the dialect")


_HANDLERS: dict[type[Any], Any] = {
    exp.Anonymous: _function, exp.Table: _table, exp.Window: _window, exp.Cast: _cast, exp.TryCast: _cast,
    exp.Interval: _interval, exp.Extract: _extract, exp.Column: _column, exp.RegexpLike: _rlike,
    exp.Join: _no_tables_in_join,
}  # fmt: skip
