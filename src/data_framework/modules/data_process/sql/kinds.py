"""The types of expressions, by Spark's rules: what `a / b` or a literal is before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from data_framework.modules.utils.data_types import DataType, parse_type

#: Table as a query names it ("" for the rows in flight) → column → type.
Schema = Mapping[str, Mapping[str, "DataType | str | None"]]

INT, BIGINT, DOUBLE, FLOAT = DataType("int"), DataType("bigint"), DataType("double"), DataType("float")
STRING, BOOLEAN, DATE, TIMESTAMP = DataType("string"), DataType("boolean"), DataType("date"), DataType("timestamp")
TEXTS = DataType("array", fields=(("element", STRING),))

_KIND = "df_kind"
_WIDTH = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}
_ORDER = ["tinyint", "smallint", "int", "bigint", "decimal", "float", "double"]
_WRITTEN = {"string": "VARCHAR", "int": "INTEGER", "timestamp": "TIMESTAMP", "double": "DOUBLE", "float": "FLOAT"}


def kind_of(node: exp.Expression) -> DataType | None:
    """The type a node was found to have, None when unknown."""
    found = node.meta.get(_KIND)
    return found if isinstance(found, DataType) else None


def with_kind(node: exp.Expression, kind: DataType | None) -> exp.Expression:
    """The same node, known to have a type."""
    node.meta[_KIND] = kind
    return node


def duckdb_type(kind: DataType) -> exp.DataType:
    """A type as DuckDB names it."""
    if kind.kind == "decimal":
        return exp.DataType.build(f"DECIMAL({kind.precision},{kind.scale})", dialect="duckdb")
    return exp.DataType.build(_WRITTEN.get(kind.kind, kind.kind.upper()), dialect="duckdb")


def written_kind(to: exp.DataType) -> DataType:
    """The type a CAST names."""
    return parse_type(to.sql(dialect="spark").lower())


def known(kind: DataType | str | None) -> DataType | None:
    """A type of a schema."""
    return parse_type(kind) if isinstance(kind, str) else kind


def literal_kind(node: exp.Literal) -> DataType:
    """The type of a literal: 1 int, 3000000000 bigint, 1.50 decimal(3,2), 1e3 double."""
    text = node.this
    if node.is_string:
        return STRING
    if "e" in text.lower():
        return DOUBLE
    if "." in text:
        whole, _, places = text.partition(".")
        digits = len(whole.lstrip("0")) + len(places)
        return decimal(max(digits, 1), len(places))
    number = int(text)
    if number < 2**31:
        return INT
    return BIGINT if number < 2**63 else decimal(len(text), 0)


def decimal(precision: int, scale: int) -> DataType:
    """A decimal fitted into 38 digits as Spark does: at least 6 places stay when the whole digits allow no more."""
    if precision <= 38:
        return DataType("decimal", precision, scale)
    whole = precision - scale
    return DataType("decimal", 38, max(38 - whole, min(scale, 6)))


def as_decimal(kind: DataType, node: exp.Expression | None = None) -> DataType:
    """The decimal a whole number counts as beside a decimal; of a literal, its own digits."""
    if kind.kind == "decimal":
        return kind
    inner = node.this if isinstance(node, exp.Neg) else node
    if isinstance(inner, exp.Literal) and not inner.is_string:
        return DataType("decimal", max(len(inner.this.lstrip("0")), 1), 0)
    return DataType("decimal", _WIDTH[kind.kind], 0)


def added(a: DataType, b: DataType) -> DataType:
    """The type of a sum or difference of decimals."""
    scale = max(a.scale, b.scale)
    return decimal(max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)


def multiplied(a: DataType, b: DataType) -> DataType:
    """The type of a product of decimals."""
    return decimal(a.precision + b.precision + 1, a.scale + b.scale)


def divided(a: DataType, b: DataType) -> DataType:
    """The type of a quotient of decimals."""
    scale = max(6, a.scale + b.precision + 1)
    return decimal(a.precision - a.scale + b.scale + scale, scale)


def remainder(a: DataType, b: DataType) -> DataType:
    """The type of a remainder of decimals."""
    scale = max(a.scale, b.scale)
    return decimal(min(a.precision - a.scale, b.precision - b.scale) + scale, scale)


def common(kinds: Sequence[DataType | None]) -> DataType | None:
    """The type several branches share (`coalesce`, `case`, `union`), None when it is not known."""
    found = [kind for kind in kinds if kind is not None]
    if not found or len(found) != len(kinds):
        return None
    result = found[0]
    for kind in found[1:]:
        both = _pair(result, kind)
        if both is None:
            return None
        result = both
    return result


def _pair(a: DataType, b: DataType) -> DataType | None:
    if a == b:
        return a
    if {a.kind, b.kind} == {"date", "timestamp"}:
        return TIMESTAMP
    if not (a.is_number and b.is_number):
        return None
    if "decimal" in {a.kind, b.kind} and not {a.kind, b.kind} & {"float", "double"}:
        x, y = as_decimal(a), as_decimal(b)
        scale = max(x.scale, y.scale)
        return decimal(max(x.precision - x.scale, y.precision - y.scale) + scale, scale)
    if "decimal" in {a.kind, b.kind}:
        return DOUBLE
    return DataType(max(a.kind, b.kind, key=_ORDER.index))
