"""Names of columns: how a delivered name becomes the name of a table's column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_OTHER = re.compile(r"[^a-z0-9]+")


def normalise_name(name: str) -> str:
    """Normalise one name: lower case, accents removed, every run of other characters one `_`, ends stripped.

    A leading digit is prefixed with `_`; a name with nothing left is empty (see `normalise_names`).

    Example:
        >>> normalise_name(" Año (fiscal) "), normalise_name("2nd")
        ('ano_fiscal', '_2nd')
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    plain = _OTHER.sub("_", bare.lower()).strip("_")
    return f"_{plain}" if plain[:1].isdigit() else plain


def normalise_names(names: Iterable[str]) -> list[str]:
    """Normalise the names of one header: blank ones become `column_<position>`, repeated ones `name_2`, `name_3`.

    Example:
        >>> normalise_names(["A", "", "a", "Ä"])
        ['a', 'column_2', 'a_2', 'a_3']
    """
    plain = [normalise_name(name) or f"column_{position}" for position, name in enumerate(names, 1)]
    return deduplicate(plain)


def deduplicate(names: Iterable[str]) -> list[str]:
    """Keep the first of equal names and number the others from 2, never taking a name that is there already."""
    wanted = list(names)
    taken, used = set(wanted), set[str]()
    result = []
    for name in wanted:
        unique, number = name, 2
        while unique in used or (unique != name and unique in taken):
            unique, number = f"{name}_{number}", number + 1
        used.add(unique)
        result.append(unique)
    return result


def quote_identifier(name: str) -> str:
    """Quote a name for SQL with double quotes."""
    return '"' + name.replace('"', '""') + '"'
