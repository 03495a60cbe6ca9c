"""Rules that look across rows: keys, references to other tables, and what happens to rows with a broken key."""

from __future__ import annotations

from collections.abc import Sequence

from data_framework.modules.validation.rules.model import (
    SCALARS,
    Argument,
    Effect,
    Examples,
    Field,
    Key,
    Reference,
    RuleError,
    rule,
)  # fmt: skip

_KEYS = Examples(
    {"id": "int", "name": "string"}, passes=[{"id": 1, "name": "a"}, {"id": 2, "name": "a"}],
    fails=[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}, {"id": None, "name": "c"}],
)  # fmt: skip


@rule(
    "key", dimension="uniqueness",
    examples=Examples(
        {"email": "string"}, passes=[{"email": "a"}, {"email": "b"}, {"email": None}, {"email": None}],
        fails=[{"email": "a"}, {"email": "a"}], fields=("email",),
    ),
)  # fmt: skip
def is_unique(fields: Sequence[Field]) -> Key:
    """No two rows share the fields' values; all rows of a shared value are invalid.

    Over several fields the combination counts. A null is never equal to another: rows with one are not judged
    (`nulls: fail` makes them invalid).
    """
    return Key()


@rule(
    "key", dimension="uniqueness", about_nulls=True,
    examples=Examples(_KEYS.types, _KEYS.passes, _KEYS.fails, fields=("id",)),
)  # fmt: skip
def is_primary_key(fields: Sequence[Field]) -> Key:
    """The fields have values in every row and no two rows share them."""
    return Key(nulls="fail")


@rule(
    "key", dimension="consistency", types=SCALARS,
    arguments=[Argument("fields", "names", "the columns that decide it, `zip` of a city", required=True)],
    examples=Examples(
        {"zip": "string", "city": "string"},
        passes=[{"zip": "1", "city": "a"}, {"zip": "1", "city": "a"}, {"zip": "2", "city": "a"}, {"city": "b"}],
        fails=[{"zip": "1", "city": "a"}, {"zip": "1", "city": "b"}, {"zip": "2", "city": "b"}], fields=("city",),
        arguments={"fields": ["zip"]},
    ),
)  # fmt: skip
def determines(dependents: Sequence[Field], fields: Sequence[str]) -> Key:
    """Other columns decide the field: all rows of a key are invalid under which it has more than one value.

    `fields` are the key, the control's field depends on it. Rows with a null in one of them are not judged unless
    `nulls: fail`.
    """
    return Key(dependents=tuple(field.name for field in dependents), fields=tuple(fields))


@rule(
    "reference", dimension="consistency", types=SCALARS,
    arguments=[
        Argument("table", "table", "the other table, `database.table` or in the same database `table`", required=True),
        Argument("fields", "names", "its columns, in the order of the control's fields; default: of the same names"),
    ],
    examples=Examples(
        {"country": "string"}, passes=[{"country": "ES"}, {"country": None}], fails=[{"country": "XX"}],
        fields=("country",), arguments={"table": "countries", "fields": ["code"]},
        tables={"countries": [{"code": "ES"}, {"code": "PT"}, {"code": None}]},
    ),
)  # fmt: skip
def is_foreign_key(here: Sequence[Field], table: str, fields: Sequence[str] | None = None) -> Reference:
    """The fields' values exist together in one row of another table. Nulls are not judged unless `nulls: fail`."""
    columns = tuple(fields or [field.name for field in here])
    if len(columns) != len(here):
        raise RuleError(f"fields names {len(columns)} columns of {table}, and the control has {len(here)} fields")
    return Reference(table, columns)


@rule(
    "reference", dimension="consistency", types=SCALARS, fields=(1, 1),
    arguments=[
        Argument("master_table", "table", "the master, `database.table` or `table`", required=True),
        Argument("column", "text", "the master's column; default: of the same name"),
    ],
    examples=Examples(
        {"carrier": "string"}, passes=[{"carrier": "AA"}], fails=[{"carrier": "ZZ"}], fields=("carrier",),
        arguments={"master_table": "airlines"}, tables={"airlines": [{"carrier": "AA"}, {"carrier": "UA"}]},
    ),
)  # fmt: skip
def check_master_fields(fields: Sequence[Field], master_table: str, column: str | None = None) -> Reference:
    """The field's value exists in a column of its master table.

    The same as an entry `{"type": "master_fields", "column": …}` of `data_controls` beside a table's casting, which
    takes the master from `master_table` and sets the rows aside.
    """
    return Reference(master_table, (column or fields[0].name,))


@rule("effect", dimension="uniqueness", fields=(0, None), about_nulls=True, examples=_KEYS)
def check_primary_keys(fields: Sequence[Field]) -> Effect:
    """The table's primary key has values in every row and is not shared: reported, and clashes go to quarantine."""
    return Effect()


@rule("effect", dimension="uniqueness", fields=(0, None), about_nulls=True, examples=_KEYS)
def drop_invalid_primary_keys(fields: Sequence[Field]) -> Effect:
    """Rows whose primary key has a null or is shared by a different row are dropped and counted, not quarantined."""
    return Effect(clash="drop", nulls="drop")


@rule(
    "effect", dimension="uniqueness", fields=(0, None), about_nulls=True,
    arguments=[Argument("order_by", "order", "which row stays: the first by `a desc, b`", required=True)],
    examples=Examples(_KEYS.types, _KEYS.passes, _KEYS.fails, arguments={"order_by": "name desc"}),
)  # fmt: skip
def unify_duplicated_primary_keys(fields: Sequence[Field], order_by: tuple[tuple[str, bool], ...]) -> Effect:
    """Of the rows that share a primary key, the first in an order stays and the others are merged into it."""
    return Effect(clash="unify", order_by=order_by)
