"""Operators where DuckDB differs from Spark ANSI: division, decimals, whole-number widths, dates and intervals."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.sql import kinds
from data_framework.modules.data_process.sql.duckdb_casts import text_of
from data_framework.modules.data_process.sql.duckdb_template import cast, fails, fill
from data_framework.modules.data_process.sql.kinds import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    STRING,
    TIMESTAMP,
    as_decimal,
    kind_of,
    with_kind,
)
from data_framework.modules.data_process.sql.problems import Text, wrong
from data_framework.modules.utils.data_types import DataType

_DAYS = frozenset({"DAY", "WEEK", "MONTH", "YEAR", "QUARTER"})
ZERO = "division by zero"


def operator(node: exp.Expression) -> exp.Expression:
    """A binary operator whose operands are translated already."""
    handler = _HANDLERS.get(type(node))
    return handler(node) if handler else node


def divide(a: exp.Expression, b: exp.Expression, zero: exp.Expression | None = None) -> exp.Expression:
    """`a / b`: doubles, or decimals to Spark's places; `zero` is the answer for divisor 0 (default: an error)."""
    ka, kb = kind_of(a), kind_of(b)
    on_zero = fails(ZERO) if zero is None else zero
    if ka and kb and _exact(ka, kb):
        da, db = as_decimal(ka, a), as_decimal(kb, b)
        return decimal_quotient(a, b, da, db, kinds.divided(da, db), on_zero)
    left = a if ka is None else cast(a, DOUBLE)
    right = b if kb is None else cast(b, DOUBLE)
    return fill("(:a / CASE WHEN :b = 0 THEN :e ELSE :b END)", DOUBLE, a=left, b=right, e=on_zero)


def decimal_quotient(
    a: exp.Expression, b: exp.Expression, da: DataType, db: DataType, result: DataType, on_zero: exp.Expression
) -> exp.Expression:
    """The quotient of two exact numbers to the places of `result`, rounded half away from zero.

    One more digit is computed with whole numbers and rounded by the last cast, so nothing passes through a double.
    """
    scale = min(38, result.scale + 1)
    shift = scale - da.scale + db.scale
    up, down = max(shift, 0), max(-shift, 0)
    top = fill("CAST(:x AS HUGEINT) * CAST(:k AS HUGEINT)", x=_whole(a, da), k=_power(up))
    bottom = fill("CAST(:x AS HUGEINT) * CAST(:k AS HUGEINT)", x=_whole(b, db), k=_power(down))
    digits = fill("CAST(:n // CASE WHEN :d = 0 THEN :e ELSE :d END AS DECIMAL(38,0))", n=top, d=bottom, e=on_zero)
    unit = fill(f"CAST('0.{'0' * (scale - 1)}1' AS DECIMAL({scale},{scale}))")
    return cast(fill(":q * :u", q=digits, u=unit), result)


def _whole(node: exp.Expression, kind: DataType) -> exp.Expression:
    if kind.scale == 0:
        return node
    width = kind.precision + kind.scale + 1
    if width > 38:
        return fill("CAST(replace(CAST(:x AS VARCHAR), '.', '') AS HUGEINT)", x=cast(node, kind))
    return fill(":x * :k", x=cast(node, DataType("decimal", max(width, 19), kind.scale)), k=_power(kind.scale))


def _power(places: int) -> exp.Expression:
    return exp.Literal.number("1" + "0" * places)


def _exact(a: DataType, b: DataType) -> bool:
    return "decimal" in {a.kind, b.kind} and all(kind.is_integer or kind.kind == "decimal" for kind in (a, b))


def _div(node: exp.Div) -> exp.Expression:
    return divide(node.this, node.expression)


def _int_div(node: exp.IntDiv) -> exp.Expression:
    a, b = node.this, node.expression
    ka, kb = kind_of(a), kind_of(b)
    if ka and kb and _exact(ka, kb):
        da, db = as_decimal(ka, a), as_decimal(kb, b)
        scale = max(da.scale, db.scale)
        whole = DataType("decimal", 38, scale)
        return fill("CAST(CAST(:a AS HUGEINT) // CAST(:b AS HUGEINT) AS BIGINT)", BIGINT,
                    a=_whole(cast(a, whole), whole), b=_whole(cast(b, whole), whole))  # fmt: skip
    return fill("CAST(:a // :b AS BIGINT)", BIGINT, a=a, b=b)


def modulo(a: exp.Expression, b: exp.Expression) -> exp.Expression:
    """`a % b`, with the sign of a; an error for divisor 0."""
    ka, kb = kind_of(a), kind_of(b)
    if ka and kb and _exact(ka, kb):
        result = kinds.remainder(as_decimal(ka, a), as_decimal(kb, b))
        scale = max(as_decimal(ka, a).scale, as_decimal(kb, b).scale)
        wide = DataType("decimal", 38, scale)
        both = fill(":a % CASE WHEN :b = 0 THEN :e ELSE :b END", a=cast(a, wide), b=cast(b, wide), e=fails(ZERO))
        return cast(both, result)
    kind = kinds.common([ka, kb])
    guarded = fill("(:a % CASE WHEN :b = 0 THEN :e ELSE :b END)", kind, a=a, b=b, e=fails(ZERO))
    return cast(guarded, kind) if kind else guarded


def _mod(node: exp.Mod) -> exp.Expression:
    return modulo(node.this, node.expression)


def _mul(node: exp.Mul) -> exp.Expression:
    a, b = node.this, node.expression
    ka, kb = kind_of(a), kind_of(b)
    if not (ka and kb and _exact(ka, kb)):
        return _arithmetic(node)
    da, db = as_decimal(ka, a), as_decimal(kb, b)
    result = kinds.multiplied(da, db)
    if da.scale + db.scale > 38:
        return _arithmetic(node)
    wide_a = DataType(
        "decimal", max(da.precision, min(38 - da.scale, 19)) if da.precision < 19 else da.precision, da.scale
    )
    product = exp.Mul(this=exp.Paren(this=cast(a, wide_a)), expression=exp.Paren(this=cast(b, db)))
    return cast(product, result)


def _add(node: exp.Add | exp.Sub) -> exp.Expression:
    a, b = node.this, node.expression
    ka, kb = kind_of(a), kind_of(b)
    if isinstance(b, exp.Interval) or isinstance(a, exp.Interval):
        return _moved(node, a, b)
    if isinstance(node, exp.Sub) and {ka, kb} <= {DATE, TIMESTAMP}:
        raise wrong(Text(node.sql()), None, "the difference of two dates is an interval, which no column can hold; "
                                            "datediff(end, start) is the number of days")  # fmt: skip
    if ka == DATE:
        return with_kind(node, DATE)
    if ka and kb and _exact(ka, kb):
        da, db = as_decimal(ka, a), as_decimal(kb, b)
        result = kinds.added(da, db)
        wide = DataType("decimal", min(38, max(19, result.precision)), max(da.scale, db.scale))
        node.set("this", cast(a, wide))
        node.set("expression", cast(b, wide))
        return cast(exp.Paren(this=node), result)
    return _arithmetic(node)


def _moved(node: exp.Expression, a: exp.Expression, b: exp.Expression) -> exp.Expression:
    moment, span = (b, a) if isinstance(a, exp.Interval) else (a, b)
    days = (span.text("unit") or "").upper().removesuffix("S") in _DAYS
    if kind_of(moment) == DATE and days:
        return cast(exp.Paren(this=node), DATE)
    return with_kind(node, TIMESTAMP)


def _arithmetic(node: exp.Expression) -> exp.Expression:
    """Whole numbers and doubles: DuckDB narrows a literal to the other side, Spark widens both."""
    a, b = node.this, node.expression
    kind = kinds.common([kind_of(a), kind_of(b)])
    if kind is None:
        return node
    for name, side in (("this", a), ("expression", b)):
        if kind_of(side) != kind or (isinstance(side, exp.Literal) and kind.is_integer):
            node.set(name, cast(side, kind))
    return with_kind(node, kind)


def _concat(node: exp.DPipe) -> exp.Expression:
    node.set("this", text_of(node.this, kind_of(node.this)))
    node.set("expression", text_of(node.expression, kind_of(node.expression)))
    return with_kind(node, STRING)


def _like(node: exp.Like) -> exp.Expression:
    if isinstance(node.parent, exp.Escape):
        return with_kind(node, BOOLEAN)
    return with_kind(exp.Escape(this=node.copy(), expression=exp.Literal.string("\\")), BOOLEAN)


def _rlike(node: exp.RegexpLike) -> exp.Expression:
    return fill("regexp_matches(:x, :p)", BOOLEAN, x=node.this, p=node.expression)


def _neg(node: exp.Neg) -> exp.Expression:
    return with_kind(node, kind_of(node.this))


def _compared(node: exp.Expression) -> exp.Expression:
    return with_kind(node, BOOLEAN)


_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.And, exp.Or, exp.Not, exp.In,
                exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Exists, exp.Escape)  # fmt: skip
_HANDLERS: dict[type[exp.Expression], Any] = {
    exp.Div: _div, exp.IntDiv: _int_div, exp.Mod: _mod, exp.Mul: _mul, exp.Add: _add, exp.Sub: _add, exp.DPipe: _concat,
    exp.Like: _like, exp.RegexpLike: _rlike, exp.Neg: _neg, **dict.fromkeys(_COMPARISONS, _compared),
}  # fmt: skip
