"""Values of data as reports may show them: their shape, never the values themselves."""

from __future__ import annotations

HIDDEN = "***"  # of personal data not even the shape is shown
_SHOWN = 40


def mask_value(value: object) -> str:
    """Show the shape of a value: a letter is `*`, a digit `#`, punctuation and blanks stay; null is `null`.

    The shape tells why a cell did not fit (a comma for a point, a third date part) and no more. Long values are cut.

    Example:
        >>> mask_value("12,50 EUR"), mask_value("2026-13-01"), mask_value(None), mask_value("")
        ('##,## ***', '####-##-##', 'null', "''")
    """
    if value is None:
        return "null"
    text = str(value)
    shape = "".join(_masked(character) for character in text[:_SHOWN])
    return f"{shape}…" if len(text) > _SHOWN else shape or "''"


def _masked(character: str) -> str:
    if character.isalpha():
        return "*"
    if character.isnumeric():
        return "#"
    return character if character.isprintable() else "?"
