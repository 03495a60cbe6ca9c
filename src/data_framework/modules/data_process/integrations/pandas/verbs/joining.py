"""Joins of frames: null keys never match, columns that clash get suffixes, rows keep the left frame's order."""

from __future__ import annotations

from data_framework.modules.data_process.helpers.join_names import Joined, check_join, joined_columns
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.data_process.integrations.pandas.frames import select
from data_framework.modules.exception import FrameDataError
from data_framework.modules.utils.names import quote_identifier as quoted

_KINDS = {"inner": "JOIN", "left": "LEFT JOIN", "right": "RIGHT JOIN", "outer": "FULL JOIN", "semi": "SEMI JOIN",
          "anti": "ANTI JOIN", "cross": "CROSS JOIN"}  # fmt: skip
_LEFT, _RIGHT = "__data_framework_left", "__data_framework_right"


def join_tables(
    tables: tuple[pa.Table, pa.Table], how: str, keys: tuple[list[str], list[str]], suffixes: tuple[str, str]
) -> pa.Table:
    """Join two tables.

    Raises:
        ColumnNotFoundError: A key is no column.
        FrameDataError: The keys do not pair, their types cannot be compared, or a name is taken twice.
        UnknownChoiceError: There is no such kind of join.
    """
    columns = tables[0].column_names, tables[1].column_names
    check_join(columns, how, keys)
    _check_types(tables, keys)
    left, right = (_numbered(table, name) for table, name in zip(tables, (_LEFT, _RIGHT), strict=True))
    pairs = list(zip(*keys, strict=True))
    condition = " AND ".join(f"l.{quoted(one)} = r.{quoted(other)}" for one, other in pairs)
    on = "" if how == "cross" else f" ON {condition}"
    shown = [_shown(one) for one in joined_columns(columns, how, keys, suffixes)]
    one_sided = how in {"semi", "anti"}
    order = f"l.{_LEFT}" if one_sided else f"l.{_LEFT} NULLS LAST, r.{_RIGHT} NULLS LAST"
    sql = f"SELECT {', '.join(shown)} FROM l {_KINDS[how]} r{on} ORDER BY {order}"
    return select(sql, {"l": left, "r": right})


def _check_types(tables: tuple[pa.Table, pa.Table], keys: tuple[list[str], list[str]]) -> None:
    for one, other in zip(*keys, strict=True):
        kinds = tables[0].schema.field(one).type, tables[1].schema.field(other).type
        if _family(kinds[0]) != _family(kinds[1]):
            raise FrameDataError(reason=f"the keys {one!r} ({kinds[0]}) and {other!r} ({kinds[1]}) cannot be compared")


def _family(kind: pa.DataType) -> str:
    checks = {
        "number": (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
        "text": (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
        "time": (pa.types.is_date, pa.types.is_timestamp),
    }
    if pa.types.is_dictionary(kind):
        return _family(kind.value_type)
    return next((name for name, found in checks.items() if any(check(kind) for check in found)), str(kind))


def _numbered(table: pa.Table, name: str) -> pa.Table:
    return table.append_column(name, pa.array(range(table.num_rows), pa.int64()))


def _shown(one: Joined) -> str:
    name = quoted(one.source)
    value = {"left": f"l.{name}", "right": f"r.{name}", "both": f"coalesce(l.{name}, r.{name})"}[one.side]
    return f"{value} AS {quoted(one.name)}"
