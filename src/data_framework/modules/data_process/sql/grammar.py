"""How the one dialect is written: ANSI quoting over Spark SQL's words, and which constructs a query may hold.

Every function stays an anonymous call under the name its author wrote: what it means is the business of each engine's
dialect file, and nothing is silently turned into something near it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot import parser as _parser
from sqlglot import tokens as _tokens
from sqlglot.dialects.dialect import Dialect

_KINDS = {"DIV": _tokens.Tokenizer.KEYWORDS["DIV"], "<=>": _tokens.Tokenizer.KEYWORDS["<=>"]}
_KEPT_PARSERS = ("CAST", "TRY_CAST", "EXTRACT")
_KEYWORDS = {word: kind for word, kind in _tokens.Tokenizer.KEYWORDS.items() if not word.startswith(("{", "}", "/*+"))}


class DataFrameworkSql(Dialect):
    """The dialect as sqlglot reads it: 'text', `name` or "name", no escapes but the doubled quote."""

    NULL_ORDERING = "nulls_are_small"

    class Tokenizer(_tokens.Tokenizer):
        """Words and quotes."""

        QUOTES: ClassVar[Any] = ["'"]
        IDENTIFIERS: ClassVar[Any] = ['"', "`"]
        STRING_ESCAPES: ClassVar[Any] = ["'"]
        COMMENTS: ClassVar[Any] = ["--", ("/*", "*/")]
        NUMERIC_LITERALS: ClassVar[Any] = {"L": "BIGINT", "D": "DOUBLE", "F": "FLOAT"}
        KEYWORDS: ClassVar[Any] = {**_KEYWORDS, "DIV": _KINDS["DIV"], "<=>": _KINDS["<=>"]}

    class Parser(_parser.Parser):
        """Sentences: functions keep their names, only syntax of its own is parsed."""

        STRICT_CAST = True
        FUNCTIONS: ClassVar[Any] = {}
        FUNCTION_PARSERS: ClassVar[Any] = {word: _parser.Parser.FUNCTION_PARSERS[word] for word in _KEPT_PARSERS}
        NO_PAREN_FUNCTION_PARSERS: ClassVar[Any] = {"CASE": _parser.Parser.NO_PAREN_FUNCTION_PARSERS["CASE"]}


_BINARY = {"this", "expression"}
_PLAIN = {"this"}

#: Every construct a query may hold, and the parts of it that may be used.
CONSTRUCTS: dict[type[Any], frozenset[str]] = {
    kind: frozenset(parts)
    for kind, parts in (
        (exp.Select, {"expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset",
                      "distinct", "with_", "windows"}),
        (exp.Union, {*_BINARY, "distinct", "with_", "order", "limit", "offset"}),
        (exp.Intersect, {*_BINARY, "distinct", "with_", "order", "limit", "offset"}),
        (exp.Except, {*_BINARY, "distinct", "with_", "order", "limit", "offset"}),
        (exp.With, {"expressions", "recursive"}),
        (exp.CTE, {"this", "alias"}),
        (exp.TableAlias, {"this", "columns"}),
        (exp.Subquery, {"this", "alias"}),
        (exp.From, _PLAIN),
        (exp.Table, {"this", "db", "alias"}),
        (exp.Join, {"this", "on", "using", "side", "kind", "method"}),
        (exp.Where, _PLAIN),
        (exp.Group, {"expressions"}),
        (exp.Having, _PLAIN),
        (exp.Order, {"expressions"}),
        (exp.Ordered, {"this", "desc", "nulls_first"}),
        (exp.Limit, {"expression"}),
        (exp.Offset, {"expression"}),
        (exp.Distinct, {"expressions"}),
        (exp.Alias, {"this", "alias"}),
        (exp.Column, {"this", "table", "db"}),
        (exp.Identifier, {"this", "quoted"}),
        (exp.Star, set()),
        (exp.Literal, {"this", "is_string"}),
        (exp.Boolean, _PLAIN),
        (exp.Null, set()),
        (exp.Paren, _PLAIN),
        (exp.Tuple, {"expressions"}),
        (exp.Neg, _PLAIN),
        (exp.Not, _PLAIN),
        (exp.In, {"this", "expressions", "query", "field"}),
        (exp.Between, {"this", "low", "high"}),
        (exp.Escape, _BINARY),
        (exp.Case, {"this", "ifs", "default"}),
        (exp.If, {"this", "true"}),
        (exp.Cast, {"this", "to"}),
        (exp.TryCast, {"this", "to"}),
        (exp.DataType, {"this", "expressions", "nested"}),
        (exp.DataTypeParam, _PLAIN),
        (exp.Interval, {"this", "unit"}),
        (exp.Extract, _BINARY),
        (exp.Var, _PLAIN),
        (exp.Window, {"this", "partition_by", "order", "spec", "over", "alias"}),
        (exp.WindowSpec, {"kind", "start", "start_side", "end", "end_side"}),
        (exp.Filter, _BINARY),
        (exp.Exists, _PLAIN),
        (exp.CurrentDate, set()),
        (exp.Anonymous, {"this", "expressions"}),
        (exp.Placeholder, _PLAIN),
        *((kind, _BINARY) for kind in (
            exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Like, exp.RegexpLike,
            exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.DPipe, exp.NullSafeEQ, exp.NullSafeNEQ)),
    )
}  # fmt: skip

#: Marks of sqlglot that carry no meaning of the query.
INERT = frozenset({"typed", "safe", "comments", "materialized", "copy", "requires_string", "negate"})
