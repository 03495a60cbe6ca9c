"""Formats of others against libraries that know them: whatever text is given, both find the same."""

from __future__ import annotations

import ipaddress
import random
import string
from collections.abc import Callable
from typing import Any

import pytest
from stdnum import cusip, ean, iban, isbn, isin, lei, luhn
from stdnum.es import nif
from stdnum.gb import sedol


def _ip(version: int) -> Callable[[str], bool]:
    def valid(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return valid


def _isbn(text: str) -> bool:
    return len(text) in {10, 13} and isbn.is_valid(text)


def _lei(text: str) -> bool:
    return len(text) == 20 and lei.is_valid(text)


DIGITS = string.digits
SEEDS: dict[str, tuple[list[str], str, Callable[[str], bool]]] = {
    "is_isin": (["US0378331005", "ES0113900J37", "XS0971721963", "GB0002634946"], DIGITS + "ASXZ", isin.is_valid),
    "is_iban": (
        ["ES9121000418450200051332", "GB82WEST12345698765432", "FR1420041010050500013M02606", "NO9386011117947",
         "MT84MALT011000012345MTLCAST001S"],
        DIGITS + "AEW", lambda text: iban.is_valid(text, check_country=False),
    ),
    "is_lei": (["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394"], DIGITS + "AKZ", _lei),
    "is_cusip": (["037833100", "38259P508", "68389X105", "17275R102"], DIGITS + "PX*@#", cusip.is_valid),
    "is_sedol": (["0263494", "B0YBKJ7", "2046251", "BDDXSM4"], DIGITS + "BDKE", sedol.is_valid),
    "is_luhn": (["4111111111111111", "79927398713", "18", "0000"], DIGITS, lambda t: len(t) > 1 and luhn.is_valid(t)),
    "is_gtin": (["4006381333931", "73513537", "036000291452", "00012345600012"], DIGITS, ean.is_valid),
    "is_isbn": (["9783161484100", "080442957X", "9791090636071", "0306406152"], DIGITS + "X", _isbn),
    "is_nif": (["12345678Z", "X1234567L", "A58818501", "Q2826000H", "K1234567L", "Z0000000M"],
               DIGITS + "AKLMXZTRW", nif.is_valid),
    "is_ipv4": (["192.168.0.1", "255.255.255.255", "0.0.0.0"], DIGITS + ".", _ip(4)),
    "is_ipv6": (["2001:db8::8a2e:370:7334", "::1", "::", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1", "fe80::1:2"],
                "019af:.", _ip(6)),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEDS)
def test_a_format_is_judged_as_its_library_does(judged: Any, name: str) -> None:
    seeds, alphabet, valid = SEEDS[name]
    chance = random.Random(name)
    texts = [*seeds, *(_changed(chance.choice(seeds), alphabet, chance) for _ in range(400))]
    rows = [{"id": str(number), "x": text} for number, text in enumerate(texts)]
    control = {"algorithm": name, "field": "x", "on_failure": "keep"}
    expected = [text for text in texts if not valid(text)]
    assert all(map(valid, seeds))
    (result,) = judged({"id": "int", "x": "string"}, rows, control)
    assert (result.error, result.total, result.invalid) == ("", len(texts), len(expected))


def _changed(text: str, alphabet: str, chance: random.Random) -> str:
    """One character replaced, two exchanged, one left out or one more."""
    place = chance.randrange(len(text))
    kind = chance.randrange(5)
    if kind < 3:
        return text[:place] + chance.choice(alphabet) + text[place + 1 :]
    if kind == 3 and len(text) > 2:
        return text[:place] + text[place + 1 :]
    return text[:place] + chance.choice(alphabet) + text[place:]
