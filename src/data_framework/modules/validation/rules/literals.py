"""Arguments of rules as constants of a column's type: exact, so that no engine rounds or guesses.

A bound on a whole number or decimal is first moved to the column's own scale (`>= 0.5` of a whole number is `>= 1`), so
that both sides of a comparison always have one type.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import as_text, exact_cast
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.rules.model import Field, RuleError

_EXACT = Context(prec=400)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_LARGEST_FLOAT = 3.4028234663852886e38


def number(value: object, what: str = "value") -> Decimal:
    """Read an argument as an exact number (a JSON float is the decimal it is written as).

    Example:
        >>> number(0.1), number("1e2")
        (Decimal('0.1'), Decimal('1E+2'))
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise RuleError(f"{what} must be a number, not {value!r}")
    try:
        found = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation as error:
        raise RuleError(f"{what} must be a number, not {value!r}") from error
    if not found.is_finite() or abs(found.adjusted()) > 308:
        raise RuleError(f"{what} must be a finite number, not {value!r}")
    return found


def constant(value: object, kind: DataType | None, what: str = "value") -> exp.Expression | None:
    """Write an argument as a constant of a column's type; None when no value of that type can equal it."""
    if kind is None:
        return _untyped(value, what)
    if kind.is_integer or kind.kind == "decimal":
        exact = number(value, what)
        return _of_scale(exact, kind) if _fits(exact, kind) else None
    if kind.is_number:
        return _floating(number(value, what), kind)
    if kind.kind == "boolean":
        return _boolean(value, what)
    if kind.kind in {"date", "timestamp"}:
        return exact_cast(exp.Literal.string(_moment(value, kind, what)), kind)
    return exp.Literal.string(_text(value, what))


def all_of(parts: Sequence[exp.Expression]) -> exp.Expression:
    """The condition that several conditions hold, one at least."""
    whole: exp.Expression = exp.Paren(this=parts[0]) if isinstance(parts[0], exp.Or) else parts[0]
    for part in parts[1:]:
        whole = exp.And(this=whole, expression=exp.Paren(this=part) if isinstance(part, exp.Or) else part)
    return exp.Paren(this=whole) if len(parts) > 1 else whole


def text_of(field: Field) -> exp.Expression:
    """The text a pattern is matched against: the cell itself, or its value as reports write it."""
    return field.column if field.type is None or field.type.kind == "string" else as_text(field.column)


def call(function: str, *operands: exp.Expression) -> exp.Expression:
    """A function of the SQL dialect."""
    return exp.Anonymous(this=function, expressions=list(operands))


def at_least(field: Field, value: object, strict: bool, what: str) -> exp.Expression:
    """The condition that a field is at or (strictly) above a bound."""
    return _bound(field, value, strict, what, upper=False)


def at_most(field: Field, value: object, strict: bool, what: str) -> exp.Expression:
    """The condition that a field is at or (strictly) below a bound."""
    return _bound(field, value, strict, what, upper=True)


def _bound(field: Field, value: object, strict: bool, what: str, *, upper: bool) -> exp.Expression:
    kind = field.type
    if kind is not None and (kind.is_integer or kind.kind == "decimal"):
        return _exact_bound(field, number(value, what), strict, upper, kind)
    if isinstance(value, bool) or (kind is not None and kind.kind == "boolean"):
        raise RuleError(f"{what} must have an order, and a boolean has none")
    if kind is not None and kind.kind == "string" and not isinstance(value, str):
        raise RuleError(f"{what} is {value!r}, and the field {field.name!r} is text")
    limit = constant(value, kind, what)
    comparison = (exp.LT if strict else exp.LTE) if upper else (exp.GT if strict else exp.GTE)
    return comparison(this=field.column, expression=limit)


def _exact_bound(field: Field, value: Decimal, strict: bool, upper: bool, kind: DataType) -> exp.Expression:
    step = Decimal(1).scaleb(-kind.scale)
    moved = value.quantize(step, rounding=ROUND_FLOOR if upper else ROUND_CEILING, context=_EXACT)
    strict = strict and moved == value
    lowest, highest = _range(kind)
    if moved > highest or (strict and moved == highest and not upper):
        return exp.Boolean(this=upper)
    if moved < lowest or (strict and moved == lowest and upper):
        return exp.Boolean(this=not upper)
    comparison = (exp.LT if strict else exp.LTE) if upper else (exp.GT if strict else exp.GTE)
    return comparison(this=field.column, expression=_of_scale(moved, kind))


def _range(kind: DataType) -> tuple[Decimal, Decimal]:
    if kind.is_integer:
        return Decimal(-(2 ** (kind.bits - 1))), Decimal(2 ** (kind.bits - 1) - 1)
    most = Decimal(10**kind.precision - 1).scaleb(-kind.scale, context=_EXACT)
    return -most, most


def _fits(value: Decimal, kind: DataType) -> bool:
    lowest, highest = _range(kind)
    step = Decimal(1).scaleb(-kind.scale)
    return lowest <= value <= highest and value == value.quantize(step, rounding=ROUND_FLOOR, context=_EXACT)


def _of_scale(value: Decimal, kind: DataType) -> exp.Expression:
    if kind.is_integer:
        return exp.cast(exp.Literal.string(str(int(value))), kind.kind.upper())
    text = format(value.quantize(Decimal(1).scaleb(-kind.scale), context=_EXACT), "f")
    return exp.cast(exp.Literal.string(text), f"DECIMAL({kind.precision}, {kind.scale})")


def _floating(value: Decimal, kind: DataType) -> exp.Expression:
    double = float(value)
    if math.isinf(double):
        raise RuleError(f"{value} is larger than any {kind}")
    narrow = kind.kind == "float" and abs(double) <= _LARGEST_FLOAT
    return exp.cast(exp.Literal.string(repr(double)), "FLOAT" if narrow else "DOUBLE")


def _untyped(value: object, what: str) -> exp.Expression:
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int | float | Decimal):
        return exp.Literal.number(format(number(value, what), "f"))
    return exp.Literal.string(_text(value, what))


def _boolean(value: object, what: str) -> exp.Expression:
    known = {"true": True, "false": False}
    found = known.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise RuleError(f"{what} must be true or false, not {value!r}")
    return exp.Boolean(this=found)


def _text(value: object, what: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise RuleError(f"{what} must be text, not {value!r}")
    return value


def _moment(value: object, kind: DataType, what: str) -> str:
    text = value.isoformat() if isinstance(value, date) else value
    try:
        if isinstance(text, str) and _DATE.match(text):
            return date.fromisoformat(text).isoformat()
        if isinstance(text, str) and kind.kind == "timestamp":
            datetime.fromisoformat(text)
            return text
    except ValueError as error:
        raise RuleError(f"{what} must be a {kind} written as ISO, not {value!r}") from error
    raise RuleError(f"{what} must be a {kind} written as ISO, not {value!r}")
