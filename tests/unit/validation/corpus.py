"""Rows of every kind a rule may judge, drawn from a seed: with nulls, repeats, edges and texts of every format."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]
TYPES = {
    "id": "string", "n": "bigint", "k": "int", "u": "bigint", "w": "bigint", "d": "double", "m": "decimal(20,4)",
    "q": "decimal(20,4)", "b": "boolean", "t": "string", "s": "string", "f": "string", "day": "date",
    "late": "date", "at": "timestamp",
}  # fmt: skip
TODAY = "2026-01-12"
TEXTS = ["", " ", "a", "A1", "ab", "AB_1", "é", "ß", "É", "日本", "a\nb", "\ta", "x%_", "'; drop table data; --", "😀"]
#: Texts of formats: valid ones by what they are; each is also spoiled.
FORMATS: Mapping[str, Sequence[str]] = {
    "isin": ["US0378331005", "ES0113900J37", "XS0971721963"],
    "iban": ["ES9121000418450200051332", "GB82WEST12345698765432"],
    "bic": ["CAIXESBB", "DEUTDEFF500"], "lei": ["5493001KJTIIGC8Y1R12"], "cusip": ["037833100", "38259P508"],
    "sedol": ["0263494", "B0YBKJ7"], "luhn": ["4111111111111111", "79927398713"],
    "gtin": ["4006381333931", "73513537", "036000291452"], "isbn": ["9783161484100", "080442957X"],
    "nif": ["12345678Z", "X1234567L", "A58818501"], "ip": ["192.168.0.1", "10.1.2.3", "::1", "2001:db8::8a2e:370:7334"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"], "phone": ["+34915550000"],
    "json": ['{"id": 1}', '{"id": null, "b": [1]}', "[1, 2]", "3", '"x"', "{id: 1}", '{"id": "1"}', "null"],
    "mail": ["a.b+c@mail.example.com", "ada@example.org", "a@b", "a@@example.com"],
    "link": ["https://example.com/a?b=1#c", "http://10.0.0.1:80", "ftp://example.org", "example.com", "http://a b"],
    "code": ["ES", "GB", "XX", "es", "en", "ESP", "GBR", "spa", "EUR", "JPY", "EUX"],
    "number": ["0", "12", "-3", "12.0", "12.50", "127", "128", "-129", "90.01", "-180", "180.5", " 7 ", "1.234",
               "9" * 39],
    "boolean": ["true", "N", "Yes", "si", "2"],
    "date": ["2026-01-31", "2026-02-30", "31/01/2026", "31/02/2026", "2024-02-29", "2026-1-31"],
    "moment": ["2026-01-31 23:59:59", "2026-01-31T00:00Z", "2026-01-31 24:30:00", "31/01/2026 23:59", "soon"],
}  # fmt: skip
_FIXED = {"json", "mail", "link", "code", "number", "boolean", "date", "moment"}  # spoiled ones are listed
_DAYS = ["1969-12-31", "2000-02-29", "2025-12-13", "2025-12-31", "2026-01-06", "2026-01-09", "2026-01-11", "2026-01-12",
         "2026-01-13", "2026-01-31", "9999-12-31"]  # fmt: skip
_MOMENTS = ["1970-01-01T00:00:00+00:00", "2024-03-31T01:59:59+01:00", "2024-10-27T02:30:00+02:00",
            "2024-12-31T23:30:00+00:00", "2190-01-01T00:00:00+00:00"]  # fmt: skip
_CHOICES: Mapping[str, Sequence[Any]] = {
    "n": [0, 1, -1, 2, 3, 50, 100, 7], "k": [0, 1, 2, 3], "d": [0.0, -0.0, 0.5, 1.5, -2.5, 1e300, math.nan, math.inf],
    "m": ["0.0000", "0.3000", "-12.5000", "99999999999.9999", "60.1000"], "q": ["0.0000", "0.3000", "39.9000"],
    "b": [True, False], "t": TEXTS, "s": ["a", "ab", "é", "x"], "day": _DAYS, "late": _DAYS[:5], "at": _MOMENTS,
}  # fmt: skip


def rows(seed: int, count: int = 120) -> list[Row]:
    """So many rows; from the same seed the same."""
    chance = random.Random(seed)
    formats = [text for texts in FORMATS.values() for text in texts] + [_spoiled(chance) for _ in range(count)]
    found = [
        {name: None if chance.random() < 0.12 else chance.choice(values) for name, values in _CHOICES.items()}
        for _ in range(count)
    ]
    order = chance.sample(range(count), count)
    for place, row in enumerate(found):
        row["id"] = f"r{place}"
        row["u"] = None if chance.random() < 0.02 else order[place] if chance.random() < 0.95 else order[0]
        row["w"] = None if chance.random() < 0.1 else place + chance.choice([0, 0, 0, 0, 1, -3])
        row["f"] = None if chance.random() < 0.05 else formats[place] if place < len(formats) else ""
    return found


def _spoiled(chance: random.Random) -> str:
    """A text of a format with one character another, one left out, or as it is."""
    name = chance.choice(sorted(FORMATS.keys() - _FIXED))
    text = chance.choice(FORMATS[name])
    place = chance.randrange(len(text))
    return chance.choice(
        [text, text[:place] + text[place + 1 :], text[:place] + chance.choice("0123456789AX") + text[place + 1 :]]
    )
