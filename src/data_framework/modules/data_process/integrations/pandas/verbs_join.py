"""Joins of frames: null keys never match, columns that clash get suffixes, rows keep the left frame's order."""

from __future__ import annotations

from itertools import chain

from data_framework.modules.data_process.helpers.arrow import need_columns
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.data_process.integrations.pandas.verbs_frames import select
from data_framework.modules.exception import FrameDataError, UnknownChoiceError
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
    if how not in _KINDS:
        raise UnknownChoiceError(kind="join", name=how, suggestion=f"Choose one of: {', '.join(_KINDS)}.")
    _check_keys(tables, how, keys)
    left, right = (_numbered(table, name) for table, name in zip(tables, (_LEFT, _RIGHT), strict=True))
    pairs = list(zip(*keys, strict=True))
    condition = " AND ".join(f"l.{quoted(one)} = r.{quoted(other)}" for one, other in pairs)
    on = "" if how == "cross" else f" ON {condition}"
    one_sided = how in {"semi", "anti"}
    shown = (
        [f"l.{quoted(name)}" for name in tables[0].column_names] if one_sided else _shown(tables, keys, suffixes, how)
    )
    order = f"l.{_LEFT}" if one_sided else f"l.{_LEFT} NULLS LAST, r.{_RIGHT} NULLS LAST"
    sql = f"SELECT {', '.join(shown)} FROM l {_KINDS[how]} r{on} ORDER BY {order}"
    return select(sql, {"l": left, "r": right})


def _check_keys(tables: tuple[pa.Table, pa.Table], how: str, keys: tuple[list[str], list[str]]) -> None:
    if how == "cross":
        if any(keys):
            raise FrameDataError(reason="a cross join has no keys")
        return
    if not keys[0] or len(keys[0]) != len(keys[1]):
        raise FrameDataError(reason=f"a join needs as many keys on the left as on the right: {keys[0]} and {keys[1]}")
    for table, names, what in zip(tables, keys, ("The left frame", "The right frame"), strict=True):
        need_columns(table, names, what)
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


def _shown(
    tables: tuple[pa.Table, pa.Table], keys: tuple[list[str], list[str]], suffixes: tuple[str, str], how: str
) -> list[str]:
    """The answer's columns: shared keys once, then each side's others, with suffixes where both have one."""
    shared = {one for one, other in zip(*keys, strict=True) if one == other}
    names = [[name for name in table.column_names if name not in shared] for table in tables]
    clashing = set(names[0]) & set(names[1])
    found: list[tuple[str, str]] = []
    for name in tables[0].column_names:
        if name in shared:
            both = f"coalesce(l.{quoted(name)}, r.{quoted(name)})" if how in {"right", "outer"} else f"l.{quoted(name)}"
            found.append((both, name))
        else:
            found.append((f"l.{quoted(name)}", _named(name, clashing, keys[0], suffixes[0])))
    found += [(f"r.{quoted(name)}", _named(name, clashing, keys[1], suffixes[1])) for name in names[1]]
    answered = [name for _, name in found]
    if twice := [name for name in dict.fromkeys(answered) if answered.count(name) > 1]:
        clash = ", ".join(repr(name) for name in chain(twice))
        raise FrameDataError(reason=f"the join would answer two columns named {clash}: choose other suffixes")
    return [f"{value} AS {quoted(name)}" for value, name in found]


def _named(name: str, clashing: set[str], keys: list[str], suffix: str) -> str:
    return name + suffix if name in clashing and name not in keys else name
