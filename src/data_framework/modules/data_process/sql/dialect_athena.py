"""The one dialect as Athena (Trino) writes it: of its constructs and functions those that mean the same there.

What would silently answer something else (whole divisions, places of decimals, dates in text) is refused by name;
Athena's own SQL can always be given to it as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import ErrorLevel, exp

from data_framework.modules.data_process.sql.athena_functions import call, fill, pattern, refused
from data_framework.modules.data_process.sql.kinds import (
    BOOLEAN,
    DOUBLE,
    Schema,
    added,
    as_decimal,
    kind_of,
    known,
    literal_kind,
    multiplied,
    with_kind,
    written_kind,
)
from data_framework.modules.utils.data_types import DataType

_REFUSED: dict[type[exp.Expression], str] = {
    exp.IntDiv: "`div` cannot be written for Athena",
    exp.Mod: "`%` cannot be written for Athena; use mod()",
    exp.TryCast: "try_cast reads other texts on Athena; use cast",
    exp.Interval: "intervals cannot be written for Athena; use date_add() or add_months()",
    exp.Placeholder: "a template value without a value cannot be written for Athena",
}  # fmt: skip
_TYPES = {"string": "VARCHAR", "int": "INTEGER", "float": "REAL", "timestamp": "TIMESTAMP"}
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Connector, exp.Not)


def to_athena(expression: exp.Expression, schema: Schema | None = None) -> str:
    """A tree of the dialect as Athena SQL.

    Args:
        expression: What `parse_select` or `parse_condition` answered.
        schema: Types of the columns by table; what depends on a type that is not known is refused.

    Raises:
        SqlError: It uses what means something else on Athena, or has no counterpart there.
    """
    tree, columns = expression.copy(), _columns(expression, schema or {})
    nodes: list[Any] = list(tree.walk())
    for node in reversed(nodes):  # parts before the whole
        new, kind = _written(node, columns)
        with_kind(new, kind)
        if node is tree:
            tree = new
        elif new is not node:
            node.replace(new)
    return tree.sql(dialect="athena", identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)


def _columns(tree: exp.Expression, schema: Schema) -> dict[str, DataType | None]:
    """The types of columns by name, where a name can only be one of them."""
    found: dict[str, DataType | None] = {}
    for columns in schema.values():
        for name, kind in columns.items():
            same = name.lower() not in found or found[name.lower()] == known(kind)
            found[name.lower()] = known(kind) if same else None
    given = {one.alias.lower() for one in tree.find_all(exp.Alias)}
    given |= {name.name.lower() for one in tree.find_all(exp.TableAlias) for name in one.args.get("columns") or []}
    return {name: kind for name, kind in found.items() if name not in given}


def _written(node: exp.Expression, columns: dict[str, DataType | None]) -> tuple[exp.Expression, DataType | None]:
    if type(node) in _REFUSED:
        raise refused(node, _REFUSED[type(node)])
    if isinstance(node, exp.Anonymous):
        return call(node)
    if isinstance(node, exp.Column):
        return node, columns.get(node.name.lower())
    if isinstance(node, exp.Literal):
        return node, literal_kind(node)
    if isinstance(node, _COMPARED):
        return node, BOOLEAN
    write = _CONSTRUCTS.get(type(node))
    return write(node) if write else (node, None)


def _same(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    return node, kind_of(node.this)


def _cast(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    source, target = kind_of(node.this), written_kind(node.args["to"])
    if target.is_integer and (source is None or not (source.is_integer or source.kind == "string")):
        raise refused(node, "on Athena a cast to a whole number rounds; use floor() or ceil()")
    if target.kind == "decimal" and (source is None or source.kind in {"float", "double"}):
        raise refused(node, "on Athena a cast of doubles to decimals may round otherwise")
    if target.kind == "string" and (source is None or source.kind in {"float", "double", "timestamp"}):
        raise refused(node, "on Athena a cast to text writes doubles and timestamps otherwise; use date_format()")
    name = f"DECIMAL({target.precision},{target.scale})" if target.kind == "decimal" else target.kind.upper()
    node.set("to", exp.DataType.build(_TYPES.get(target.kind, name), dialect="athena"))
    return node, target


def _divide(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    kinds = [kind_of(node.this), kind_of(node.expression)]
    by = node.expression
    if not (isinstance(by, exp.Literal) and float(by.this) != 0):
        raise refused(node, "on Athena a double divided by zero is no error; use try_divide()")
    if any(kind is None or kind.kind == "decimal" for kind in kinds):
        raise refused(node, "on Athena quotients of decimals keep other places; cast both to double first")
    return fill("CAST(:a AS DOUBLE) / CAST(:b AS DOUBLE)", DOUBLE, a=node.this, b=by), DOUBLE


def _matches(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    found = pattern(node, node.expression.this)
    return fill("REGEXP_LIKE(:a, :b)", BOOLEAN, a=node.this, b=found), BOOLEAN


def _is(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    if not isinstance(node.expression, exp.Null):
        raise refused(node, "`is true` and `is false` cannot be written for Athena; compare with `=`")
    return node, BOOLEAN


def _join(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    words = {str(node.args.get(part) or "").upper() for part in ("kind", "method")} & {"SEMI", "ANTI", "NATURAL"}
    if words:
        raise refused(node, f"a {words.pop().lower()} join cannot be written for Athena; use exists or join … on")
    return node, None


def _with(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    if node.args.get("recursive"):
        raise refused(node, "`with recursive` cannot be written for Athena")
    return node, None


def _extract(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    if node.name.upper() == "SECOND":
        raise refused(node, "on Athena extract(second …) has no fraction; use second()")
    return node, None


def _like(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    """The backslash escapes in a pattern, which Athena wants to be told."""
    found = node.expression
    plain = isinstance(found, exp.Literal) and "\\" not in found.this
    if plain or isinstance(node.parent, exp.Escape):
        return node, BOOLEAN
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\")), BOOLEAN


def _number(node: exp.Expression) -> tuple[exp.Expression, DataType | None]:
    """Sums, differences and products: doubles stay doubles, whole numbers whole."""
    a, b = kind_of(node.this), kind_of(node.expression)
    if a is None or b is None or not (a.is_number and b.is_number):
        return node, None
    if {a.kind, b.kind} & {"float", "double"}:
        return node, DOUBLE
    if "decimal" not in {a.kind, b.kind}:
        return node, a if a == b else None
    return node, _decimal(node, as_decimal(a, node.this), as_decimal(b, node.expression))


def _decimal(node: exp.Expression, a: DataType, b: DataType) -> DataType:
    found = multiplied(a, b) if isinstance(node, exp.Mul) else added(a, b)
    if found.scale != (a.scale + b.scale if isinstance(node, exp.Mul) else max(a.scale, b.scale)):
        raise refused(node, "on Athena decimals of more than 38 digits keep other places; cast to fewer first")
    return found


_CONSTRUCTS: dict[type[exp.Expression], Callable[[exp.Expression], tuple[exp.Expression, DataType | None]]] = {
    exp.Paren: _same, exp.Neg: _same, exp.Alias: _same, exp.Cast: _cast, exp.Div: _divide, exp.RegexpLike: _matches,
    exp.Is: _is, exp.Join: _join, exp.With: _with, exp.Extract: _extract, exp.Add: _number, exp.Sub: _number,
    exp.Mul: _number, exp.Like: _like,
}  # fmt: skip
