"""The functions of the dialect as Athena (Trino) writes them; what cannot mean the same there is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from data_framework.modules.data_process.sql.duckdb_template import fill_in
from data_framework.modules.data_process.sql.functions import AllowedFunction, by_name
from data_framework.modules.data_process.sql.kinds import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    STRING,
    TIMESTAMP,
    common,
    kind_of,
)
from data_framework.modules.data_process.sql.problems import Text, wrong
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.java_regex import java_regex

Arguments = Sequence[exp.Expression]

_OR_EMPTY = "CASE WHEN :a IS NULL THEN NULL ELSE COALESCE({}, '') END"
_ABOVE_ZERO = "CASE WHEN NOT (:a <= 0) THEN {}CAST(:a AS DOUBLE)) END"
_MOMENT, _DAY = "CAST(:{} AS TIMESTAMP)", "CAST(:{} AS DATE)"
_A_DAY, _B_DAY, _A_MOMENT = _DAY.format("a"), _DAY.format("b"), _MOMENT.format("a")

#: Name → type of the answer (None: as it may be), template for the fewest arguments, for one more, …
_TEMPLATES: dict[str, tuple[DataType | None, *tuple[str, ...]]] = {
    "contains": (BOOLEAN, "STRPOS(:a, :b) > 0"),
    "endswith": (BOOLEAN, "SUBSTR(:a, -LENGTH(:b)) = :b"),
    "startswith": (BOOLEAN, "STARTS_WITH(:a, :b)"),
    "instr": (BIGINT, "STRPOS(:a, :b)"),
    "locate": (BIGINT, "STRPOS(:b, :a)"),
    "left": (STRING, "SUBSTR(:a, 1, :b)"),
    "right": (STRING, "REVERSE(SUBSTR(REVERSE(:a), 1, :b))"),
    "length": (BIGINT, "LENGTH(:a)"),
    "lower": (STRING, "LOWER(REPLACE(:a, 'İ', 'i̇'))"),
    "upper": (STRING, "UPPER(REPLACE(:a, 'ß', 'SS'))"),
    "lpad": (STRING, "LPAD(:a, :b, ' ')", "LPAD(:a, :b, :c)"),
    "rpad": (STRING, "RPAD(:a, :b, ' ')", "RPAD(:a, :b, :c)"),
    "ltrim": (STRING, "REGEXP_REPLACE(:a, '^ +', '')"),
    "rtrim": (STRING, r"REGEXP_REPLACE(:a, ' +\z', '')"),
    "trim": (STRING, r"REGEXP_REPLACE(:a, '^ +| +\z', '')"),
    "md5": (STRING, "LOWER(TO_HEX(MD5(TO_UTF8(:a))))"),
    "sha2": (STRING, "LOWER(TO_HEX(SHA256(TO_UTF8(:a))))"),
    "repeat": (STRING, "RPAD('', LENGTH(:a) * :b, :a)"),
    "space": (STRING, "RPAD('', :a, ' ')"),
    "replace": (STRING, "REPLACE(:a, :b, '')", "REPLACE(:a, :b, :c)"),
    "reverse": (STRING, "REVERSE(:a)"),
    "split_part": (STRING, _OR_EMPTY.format("SPLIT_PART(:a, :b, :c)")),
    "substring": (STRING, "SUBSTR(:a, :b)", "SUBSTR(:a, :b, :c)"),
    "translate": (STRING, "TRANSLATE(:a, :b, :c)"),
    "regexp_like": (BOOLEAN, "REGEXP_LIKE(:a, :b)"),
    "regexp_extract": (STRING, _OR_EMPTY.format("REGEXP_EXTRACT(:a, :b, 1)"),
                       _OR_EMPTY.format("REGEXP_EXTRACT(:a, :b, :c)")),
    "regexp_replace": (STRING, "REGEXP_REPLACE(:a, :b, :c)"),
    "abs": (None, "ABS(:a)"),
    "ceil": (BIGINT, "CAST(CEIL(:a) AS BIGINT)"),
    "floor": (BIGINT, "CAST(FLOOR(:a) AS BIGINT)"),
    "exp": (DOUBLE, "EXP(CAST(:a AS DOUBLE))"),
    "isnan": (BOOLEAN, "COALESCE(IS_NAN(CAST(:a AS DOUBLE)), FALSE)"),
    "ln": (DOUBLE, _ABOVE_ZERO.format("LN(")),
    "log10": (DOUBLE, _ABOVE_ZERO.format("LOG(10, ")),
    "log2": (DOUBLE, _ABOVE_ZERO.format("LOG(2, ")),
    "mod": (None, "MOD(:a, :b)"),
    "pmod": (None, "MOD(MOD(:a, :b) + :b, :b)"),
    "nanvl": (DOUBLE, "CASE WHEN IS_NAN(CAST(:a AS DOUBLE)) THEN :b ELSE :a END"),
    "power": (DOUBLE, "POWER(CAST(:a AS DOUBLE), CAST(:b AS DOUBLE))"),
    "round": (None, "ROUND(:a)", "ROUND(:a, :b)"),
    "sign": (DOUBLE, "SIGN(CAST(:a AS DOUBLE))"),
    "sqrt": (DOUBLE, "SQRT(CAST(:a AS DOUBLE))"),
    "try_divide": (DOUBLE, "CAST(:a AS DOUBLE) / NULLIF(CAST(:b AS DOUBLE), 0)"),
    "if": (None, "IF(:a, :b, :c)"),
    "ifnull": (None, "COALESCE(:a, :b)"),
    "isnull": (BOOLEAN, ":a IS NULL"),
    "isnotnull": (BOOLEAN, ":a IS NOT NULL"),
    "nullif": (None, "NULLIF(:a, :b)"),
    "nvl2": (None, "CASE WHEN :a IS NOT NULL THEN :b ELSE :c END"),
    "add_months": (DATE, f"DATE_ADD('month', :b, {_A_DAY})"),
    "date_add": (DATE, f"DATE_ADD('day', :b, {_A_DAY})"),
    "date_sub": (DATE, f"DATE_ADD('day', -(:b), {_A_DAY})"),
    "datediff": (BIGINT, f"DATE_DIFF('day', {_B_DAY}, {_A_DAY})"),
    "date_format": (STRING, f"DATE_FORMAT({_A_MOMENT}, :b)"),
    "date_trunc": (TIMESTAMP, f"DATE_TRUNC(:a, {_MOMENT.format('b')})"),
    "trunc": (DATE, f"DATE_TRUNC(:b, {_A_DAY})"),
    "to_date": (DATE, _A_DAY),
    "last_day": (DATE, f"LAST_DAY_OF_MONTH({_A_DAY})"),
    "dayofweek": (BIGINT, f"MOD(DAY_OF_WEEK({_A_DAY}), 7) + 1"),
    "weekday": (BIGINT, f"DAY_OF_WEEK({_A_DAY}) - 1"),
    "dayofyear": (BIGINT, f"DAY_OF_YEAR({_A_DAY})"),
    "weekofyear": (BIGINT, f"WEEK({_A_DAY})"),
    "year": (BIGINT, f"YEAR({_A_DAY})"),
    "quarter": (BIGINT, f"QUARTER({_A_DAY})"),
    "month": (BIGINT, f"MONTH({_A_DAY})"),
    "day": (BIGINT, f"DAY({_A_DAY})"),
    "hour": (BIGINT, f"HOUR({_A_MOMENT})"),
    "minute": (BIGINT, f"MINUTE({_A_MOMENT})"),
    "second": (BIGINT, f"SECOND({_A_MOMENT})"),
    "variance": (DOUBLE, "VAR_SAMP(:a)"),
    "array_contains": (BOOLEAN, "CONTAINS(:a, :b)"),
    "array_join": (STRING, "ARRAY_JOIN(:a, :b)"),
    "size": (BIGINT, "CARDINALITY(:a)"),
    "split": (None, "REGEXP_SPLIT(:a, :b)"),
}  # fmt: skip
#: Of any number of values, nulls left out.
_OF_MANY = {
    "greatest": "ARRAY_MAX(FILTER(:a, x -> x IS NOT NULL))",
    "least": "ARRAY_MIN(FILTER(:a, x -> x IS NOT NULL))",
}
_AS_THEY_ARE = frozenset({
    "concat", "concat_ws", "coalesce", "count", "count_if", "bool_and", "bool_or", "sum", "avg", "min", "max", "min_by",
    "max_by", "corr", "covar_pop", "covar_samp", "stddev", "stddev_pop", "var_pop", "cume_dist", "dense_rank",
    "first_value", "last_value", "lag", "lead", "nth_value", "ntile", "percent_rank", "rank", "row_number",
})  # fmt: skip
_KINDS = {"concat": STRING, "concat_ws": STRING, "count": BIGINT, "count_if": BIGINT, "row_number": BIGINT}
_UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
_WRITTEN_DATES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%i", "ss": "%s"}


def fill(template: str, kind: DataType | None = None, **nodes: exp.Expression) -> exp.Expression:
    """A piece of Athena's SQL as a tree, its `:holes` filled."""
    tree = fill_in("athena", template, kind, **nodes)
    for log in list(tree.find_all(exp.Log)):  # log(10, x) divides two logarithms, log10(x) is exact
        log.replace(exp.Anonymous(this=f"LOG{log.this.name}", expressions=[log.expression]))
    return tree


def call(node: exp.Anonymous) -> tuple[exp.Expression, DataType | None]:
    """A call of the dialect over translated arguments as Athena writes it, and its type.

    Raises:
        SqlError: Athena has no such function, or these arguments mean something else there.
    """
    name = node.name.lower()
    row = by_name()[name]
    base = row.same_as or name
    if not written_for_athena(row):
        raise refused(node, f"the function {name}() cannot be written for Athena")
    given = _CHECKS[base](node) if base in _CHECKS else list(node.expressions)
    if base in _OF_MANY:
        return fill(_OF_MANY[base], a=exp.Array(expressions=given)), common([kind_of(one) for one in given])
    if base in _AS_THEY_ARE:
        return exp.Anonymous(this=base.upper(), expressions=given), _KINDS.get(base)
    kind, *forms = _TEMPLATES[base]
    place = len(given) - by_name()[base].fewest
    if place >= len(forms):
        raise refused(node, f"{name}() with {len(given)} arguments cannot be written for Athena")
    return fill(forms[place], kind, **dict(zip("abc", given, strict=False))), kind


def refused(node: exp.Expression, reason: str) -> Exception:
    """The error of what Athena would answer otherwise."""
    return wrong(Text(node.sql(), ""), node, reason)


def pattern(node: exp.Expression, text: str) -> exp.Expression:
    """A regular expression as Athena's engine reads it: as Java's, whose marks for lines it does not need."""
    if re.search(r"\(\?[a-zA-Z]", text):
        raise refused(node, "flags of a pattern cannot be written for Athena")
    return exp.Literal.string(java_regex(text).removeprefix("(?d)"))


def written_for_athena(row: AllowedFunction) -> bool:
    """Whether Athena has a function of the dialect at all."""
    return (row.same_as or row.name) in _TEMPLATES.keys() | _AS_THEY_ARE | _OF_MANY.keys()


# arguments that mean the same only for some values ------------------------------------------------------------------
def _text_at(place: int, what: str) -> Callable[[exp.Anonymous], list[exp.Expression]]:
    def check(node: exp.Anonymous) -> list[exp.Expression]:
        given = node.expressions[place]
        if not (isinstance(given, exp.Literal) and given.is_string and given.this):
            raise refused(node, f"on Athena {what} of {node.name.lower()}() has to be a quoted text that is not empty")
        return list(node.expressions)

    return check


def _number_at(place: int, least: int) -> Callable[[exp.Anonymous], list[exp.Expression]]:
    def check(node: exp.Anonymous) -> list[exp.Expression]:
        if place < len(node.expressions):
            given = node.expressions[place]
            if not (isinstance(given, exp.Literal) and given.is_int and int(given.this) >= least):
                asked = f"argument {place + 1} of {node.name.lower()}()"
                raise refused(node, f"on Athena {asked} has to be a number written out, {least} or above")
        return list(node.expressions)

    return check


def _split_part(node: exp.Anonymous) -> list[exp.Expression]:
    _text_at(1, "the separator")(node)
    return _number_at(2, 1)(node)


def _pattern(node: exp.Anonymous) -> list[exp.Expression]:
    given = list(node.expressions)
    given[1] = pattern(node, given[1].this)
    if node.name.lower() == "regexp_extract":
        _number_at(2, 0)(node)
    if node.name.lower() == "regexp_replace" and not isinstance(given[2], exp.Literal):
        raise refused(node, "on Athena the replacement of regexp_replace() has to be a quoted text")
    return given


def _date_format(node: exp.Anonymous) -> list[exp.Expression]:
    _text_at(1, "the format")(node)
    written, text = "", node.expressions[1].this
    while text:
        part = next((part for part in _WRITTEN_DATES if text.startswith(part)), text[0])
        if (part[0].isalpha() and part not in _WRITTEN_DATES) or part in "'%[" or text[len(part) :].startswith(part[0]):
            raise refused(node, "on Athena a format is made of yyyy, MM, dd, HH, mm and ss")
        written, text = written + _WRITTEN_DATES.get(part, part), text[len(part) :]
    return [node.expressions[0], exp.Literal.string(written)]


def _unit(place: int, units: Sequence[str]) -> Callable[[exp.Anonymous], list[exp.Expression]]:
    def check(node: exp.Anonymous) -> list[exp.Expression]:
        given = _text_at(place, "the unit")(node)
        unit = given[place].this.lower()
        if unit not in units:
            raise refused(node, f"on Athena the unit of {node.name.lower()}() is one of: {', '.join(units)}")
        given[place] = exp.Literal.string(unit)
        return given

    return check


def _exact(node: exp.Anonymous) -> list[exp.Expression]:
    kind = kind_of(node.expressions[0])
    if kind is None or not (kind.is_integer or kind.kind == "decimal"):
        raise refused(node, "on Athena round() of a double differs; only whole numbers and decimals are rounded alike")
    return list(node.expressions)


def _not_decimal(node: exp.Anonymous) -> list[exp.Expression]:
    inner = node.expressions[0]
    kind = kind_of(inner.expressions[0] if isinstance(inner, exp.Distinct) else inner)
    if kind is None or kind.kind == "decimal":
        raise refused(node, f"on Athena {node.name.lower()}() of decimals keeps fewer places; cast it to double first")
    return list(node.expressions)


def _sha2(node: exp.Anonymous) -> list[exp.Expression]:
    bits = node.expressions[1]
    if not (isinstance(bits, exp.Literal) and bits.this in {"0", "256"}):
        raise refused(node, "on Athena the bits of sha2() are 0 or 256")
    return list(node.expressions)


def _no_doubles(node: exp.Anonymous) -> list[exp.Expression]:
    kinds = [kind_of(one) for one in node.expressions if not isinstance(one, exp.Null)]
    if any(kind is None or kind.kind in {"float", "double"} for kind in kinds):
        raise refused(node, f"on Athena {node.name.lower()}() of doubles may answer NaN; use decimals")
    return list(node.expressions)


def _one_value(node: exp.Anonymous) -> list[exp.Expression]:
    inner = node.expressions[0] if node.expressions else None
    if len(node.expressions) > 1 or (isinstance(inner, exp.Distinct) and len(inner.expressions) > 1):
        raise refused(node, "on Athena count() takes one value")
    return list(node.expressions) or [exp.Star()]


def _not_decimals(node: exp.Anonymous) -> list[exp.Expression]:
    kinds = [kind_of(one) for one in node.expressions]
    if any(kind is None or kind.kind == "decimal" for kind in kinds):
        raise refused(node, "on Athena try_divide() of decimals keeps other places; cast both to double first")
    return list(node.expressions)


_CHECKS: dict[str, Callable[[exp.Anonymous], list[exp.Expression]]] = {
    "replace": _text_at(1, "the text to replace"), "split_part": _split_part, "substring": _number_at(1, 1),
    "regexp_like": _pattern, "regexp_extract": _pattern, "regexp_replace": _pattern, "split": _pattern,
    "sha2": _sha2, "mod": _number_at(1, 1), "pmod": _number_at(1, 1), "date_format": _date_format,
    "date_trunc": _unit(0, _UNITS), "trunc": _unit(1, _UNITS[:4]), "round": _exact, "avg": _not_decimal,
    "count": _one_value, "try_divide": _not_decimals, "greatest": _no_doubles, "least": _no_doubles,
}  # fmt: skip
