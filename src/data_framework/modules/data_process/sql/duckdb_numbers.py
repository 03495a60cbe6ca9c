"""Functions of numbers as DuckDB writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from data_framework.modules.data_process.sql.duckdb_operators import divide, modulo
from data_framework.modules.data_process.sql.duckdb_template import cast, fill
from data_framework.modules.data_process.sql.kinds import BIGINT, BOOLEAN, DOUBLE, common, decimal, kind_of
from data_framework.modules.data_process.sql.problems import Text, wrong
from data_framework.modules.utils.data_types import DataType

Arguments = Sequence[exp.Expression]
Builder = Callable[[Arguments], exp.Expression]


def _double(template: str) -> Builder:
    def build(arguments: Arguments) -> exp.Expression:
        return fill(template, DOUBLE, **{hole: cast(one, DOUBLE) for hole, one in zip("ab", arguments, strict=False)})

    return build


def _abs(arguments: Arguments) -> exp.Expression:
    return fill("abs(:a)", kind_of(arguments[0]), a=arguments[0])


def _whole(name: str) -> Builder:
    def build(arguments: Arguments) -> exp.Expression:
        kind = kind_of(arguments[0])
        value = fill(f"{name}(:a)", a=arguments[0])
        if kind is None:
            return value
        if kind.kind == "decimal":
            return cast(value, decimal(kind.precision - kind.scale + 1, 0))
        if kind.kind in {"double", "float"}:
            return fill("CASE WHEN isnan(:a) THEN 0 WHEN :a >= 9223372036854775807.0 THEN 9223372036854775807 "
                        "WHEN :a <= -9223372036854775808.0 THEN -9223372036854775808 ELSE CAST(:v AS BIGINT) END",
                        BIGINT, a=cast(arguments[0], DOUBLE), v=value)  # fmt: skip
        return cast(arguments[0], BIGINT)

    return build


def _round(arguments: Arguments) -> exp.Expression:
    value = arguments[0]
    places = _places(arguments)
    kind = kind_of(value)
    if isinstance(value, exp.Null):
        return cast(value, DOUBLE)
    if kind is not None and kind.kind in {"double", "float"}:
        return _round_double(value, kind, places)
    if kind is not None and kind.kind == "decimal":
        result = _rounded(kind, places)
        wide = cast(value, DataType("decimal", min(38, kind.precision + 1), kind.scale))
        return cast(fill("round(:a, :n)", a=wide, n=min(places, kind.scale)), result)
    return fill("round(:a, :n)", kind, a=value, n=places)


def _places(arguments: Arguments) -> int:
    if len(arguments) < 2:
        return 0
    node = arguments[1]
    inner = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(inner, exp.Literal) or not inner.this.isdigit():
        raise wrong(Text(node.sql()), None, "the places of round() must be a whole number, written out")
    return -int(inner.this) if isinstance(node, exp.Neg) else int(inner.this)


def _rounded(kind: DataType, places: int) -> DataType:
    whole = kind.precision - kind.scale + 1
    if places < 0:
        return decimal(max(whole, -places + 1), 0)
    scale = min(kind.scale, places)
    return decimal(min(38, whole + scale), scale)


def _round_double(value: exp.Expression, kind: DataType, places: int) -> exp.Expression:
    """By the shortest decimal text of the number, as Spark does: 2.675 is rounded as 2.675, not as a bit less."""
    exact = fill("CAST(round(CAST(CAST(:a AS VARCHAR) AS DECIMAL(38,19)), :n) AS DOUBLE)", a=value, n=min(places, 19))
    rounded = fill("CASE WHEN abs(:a) < 1e18 THEN :x ELSE :a END", a=value, x=exact)
    return cast(rounded, kind)


def _sign(arguments: Arguments) -> exp.Expression:
    return fill("CAST(sign(:a) AS DOUBLE)", DOUBLE, a=arguments[0])


def _isnan(arguments: Arguments) -> exp.Expression:
    return fill("coalesce(isnan(CAST(:a AS DOUBLE)), false)", BOOLEAN, a=arguments[0])


def _nanvl(arguments: Arguments) -> exp.Expression:
    return fill(
        "CASE WHEN isnan(:a) THEN :b ELSE :a END", DOUBLE, a=cast(arguments[0], DOUBLE), b=cast(arguments[1], DOUBLE)
    )


def _mod(arguments: Arguments) -> exp.Expression:
    return modulo(arguments[0], arguments[1])


def _pmod(arguments: Arguments) -> exp.Expression:
    a, b = arguments
    rest = modulo(a, b)
    again = fill("CASE WHEN :r < 0 THEN (:r + :b) % :b ELSE :r END", r=rest, b=b)
    kind = kind_of(rest) or common([kind_of(a), kind_of(b)])
    return cast(again, kind) if kind else again


def _try_divide(arguments: Arguments) -> exp.Expression:
    return divide(arguments[0], arguments[1], zero=exp.Null())


NUMBERS: dict[str, Builder] = {
    "abs": _abs, "ceil": _whole("ceil"), "floor": _whole("floor"), "round": _round, "sign": _sign, "isnan": _isnan,
    "nanvl": _nanvl, "mod": _mod, "pmod": _pmod, "try_divide": _try_divide,
    "exp": _double("exp(:a)"), "power": _double("pow(:a, :b)"),
    "sqrt": _double("CASE WHEN :a < 0 THEN CAST('nan' AS DOUBLE) ELSE sqrt(:a) END"),
    "ln": _double("CASE WHEN :a > 0 THEN ln(:a) END"),
    "log10": _double("CASE WHEN :a > 0 THEN log10(:a) END"),
    "log2": _double("CASE WHEN :a > 0 THEN log2(:a) END"),
}  # fmt: skip
