"""Rules about numbers that carry a check digit: securities, accounts, articles, people."""

from __future__ import annotations

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import matches, once
from data_framework.modules.validation.rules.checksums import (
    DIGITS,
    DIGITS_AND_LETTERS,
    character,
    crossed,
    if_formed,
    is_one_by_97,
    is_zero,
    luhn,
    remainder,
    value,
    weighted,
)
from data_framework.modules.validation.rules.code_lists import countries, iban_pattern, isin_prefixes
from data_framework.modules.validation.rules.literals import call
from data_framework.modules.validation.rules.model import TEXT, Field, rule, shown

_LUHN_DIGITS = 32
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXYZ"
_CIF_LETTERS = "JABCDEFGHI"
_NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "isin",
        ["US0378331005", "ES0113900J37", "XS0971721963", None],
        ["US0378331006", "us0378331005", "ZZ0378331005", "US037833100", ""],
    ),
)
def is_isin(field: Field) -> exp.Expression:
    """The text is an ISIN: a country or agency, nine digits or capitals, and the right check digit."""
    prefixes = "|".join(isin_prefixes())
    characters = [value(field.column, place, DIGITS_AND_LETTERS) for place in range(1, 13)]
    digits = call("concat", *(exp.cast(one, "STRING") for one in characters))
    return if_formed(matches(field.column, rf"\A(?:{prefixes})[A-Z0-9]{{9}}[0-9]\z"), luhn(digits, 24))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "iban",
        ["ES9121000418450200051332", "GB82WEST12345698765432", None],
        [
            "ES9121000418450200051333",
            "ES912100041845020005133",
            "ES91 2100 0418 4502 0005 1332",
            "XX9121000418450200051332",
            "",
        ],
    ),
)
def is_iban(field: Field) -> exp.Expression:
    """The text is an IBAN in electronic form: a country that has them, its structure, and the right check digits."""
    parts = ((5, 30), (1, 4))
    turned = call("concat", *(call("substring", field.column, *map(exp.Literal.number, part)) for part in parts))
    return if_formed(matches(field.column, iban_pattern()), is_one_by_97(turned, 34))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown("bic", ["CAIXESBB", "DEUTDEFF500", None], ["CAIXZZBB", "CAIXESB", "caixesbb", "CAIXESBB12", ""]),
)
def is_bic(field: Field) -> exp.Expression:
    """The text is a BIC of ISO 9362: eight or eleven capitals and digits, with a country that exists."""
    prefixes = "|".join([*countries("alpha2"), "XK"])
    return matches(field.column, rf"\A[A-Z0-9]{{4}}(?:{prefixes})[A-Z0-9]{{2}}(?:[A-Z0-9]{{3}})?\z")


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "lei",
        ["5493001KJTIIGC8Y1R12", None],
        ["5493001KJTIIGC8Y1R13", "5493001KJTIIGC8Y1R1", "5493001kjtiigc8y1r12", ""],
    ),
)
def is_lei(field: Field) -> exp.Expression:
    """The text is an LEI of ISO 17442: eighteen digits or capitals and the right check digits."""
    return if_formed(matches(field.column, r"\A[A-Z0-9]{18}[0-9]{2}\z"), is_one_by_97(field.column, 20))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown("cusip", ["037833100", "38259P508", None], ["037833101", "03783310", "38259p508", ""]),
)
def is_cusip(field: Field) -> exp.Expression:
    """The text is a CUSIP: eight digits, capitals, `*`, `@` or `#`, and the right check digit."""
    alphabet = DIGITS_AND_LETTERS + "*@#"
    total = crossed(field.column, (1, 2) * 4, alphabet)
    right = is_zero(remainder(exp.Add(this=total, expression=value(field.column, 9)), 10))
    return if_formed(matches(field.column, r"\A[A-Z0-9*@#]{8}[0-9]\z"), right)


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown("sedol", ["0263494", "B0YBKJ7", None], ["0263495", "A0YBKJ7", "026349", ""]),
)
def is_sedol(field: Field) -> exp.Expression:
    """The text is a SEDOL: six digits, or a consonant and five digits or consonants, and the right check digit."""
    formed = rf"\A(?:[0-9]{{6}}|[{_CONSONANTS}][0-9{_CONSONANTS}]{{5}})[0-9]\z"
    total = weighted(field.column, (1, 3, 1, 7, 3, 9, 1), DIGITS_AND_LETTERS)
    return if_formed(matches(field.column, formed), is_zero(remainder(total, 10)))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown("card", ["4111111111111111", "79927398713", None], ["4111111111111112", "4111 1111", ""]),
)
def is_luhn(field: Field) -> exp.Expression:
    """The text is 2 to 32 digits of which the last is the check digit of Luhn (cards, IMEI)."""
    return if_formed(matches(field.column, rf"\A[0-9]{{2,{_LUHN_DIGITS}}}\z"), luhn(field.column, _LUHN_DIGITS))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown("ean", ["4006381333931", "73513537", "036000291452", None], ["4006381333932", "40063813339", ""]),
)
def is_gtin(field: Field) -> exp.Expression:
    """The text is a GTIN (EAN, UPC): 8, 12, 13 or 14 digits with the right check digit."""
    padded = once(call("lpad", field.column, exp.Literal.number(14), exp.Literal.string("0")))
    formed = matches(field.column, r"\A(?:[0-9]{8}|[0-9]{12,14})\z")
    return if_formed(formed, is_zero(remainder(weighted(padded, (3, 1) * 7), 10)))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "isbn",
        ["978-3-16-148410-0", "9783161484100", "080442957X", None],
        ["9783161484101", "0804429570", "1234567890123", ""],
    ),
)
def is_isbn(field: Field) -> exp.Expression:
    """The text is an ISBN of 10 or 13 digits with the right check digit; hyphens and blanks are allowed."""
    bare = once(call("translate", field.column, exp.Literal.string("- "), exp.Literal.string("")))
    old = weighted(bare, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1), DIGITS + "X")
    new = weighted(bare, (1, 3) * 6 + (1,))
    ten = if_formed(matches(bare, r"\A[0-9]{9}[0-9X]\z"), is_zero(remainder(old, 11)))
    thirteen = if_formed(matches(bare, r"\A97[89][0-9]{10}\z"), is_zero(remainder(new, 10)))
    shaped = matches(field.column, r"\A[0-9][0-9 -]*[0-9X]\z")
    return if_formed(shaped, exp.Paren(this=exp.or_(ten, thirteen)))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "nif",
        ["12345678Z", "X1234567L", "A58818501", "K1234567L", None],
        ["12345678A", "X1234567A", "A58818502", "12345678z", "1234567L", ""],
    ),
)
def is_nif(field: Field) -> exp.Expression:
    """The text is a Spanish NIF: a DNI, NIE, K, L or M number with its letter, or a CIF with its check."""
    plain = call("translate", field.column, exp.Literal.string("XYZ"), exp.Literal.string(DIGITS[:3]))
    company = crossed(_after(field, 1), (2, 1, 2, 1, 2, 1, 2), DIGITS)
    check = exp.Sub(this=exp.Literal.number(10), expression=remainder(company, 10))
    place = exp.Add(this=remainder(check, 10), expression=exp.Literal.number(1))
    marks = [call("substring", exp.Literal.string(letters), place.copy(), exp.Literal.number(1))
             for letters in (DIGITS, _CIF_LETTERS)]  # fmt: skip
    kinds = {
        r"\A[0-9XYZ][0-9]{7}[A-Z]\z": _nif_letter(field, weighted(plain, [10**n % 23 for n in range(7, -1, -1)])),
        r"\A[KLM][0-9]{7}[A-Z]\z": _nif_letter(field, weighted(_after(field, 1), [10**n for n in range(6, -1, -1)])),
        r"\A[A-HJNP-SUVW][0-9]{7}[0-9A-J]\z": exp.In(this=character(field.column, 9), expressions=marks),
    }
    found = exp.case()
    for pattern, right in kinds.items():
        found = found.when(matches(field.column, pattern), right)
    return exp.Paren(this=found.else_(exp.false()))  # fmt: skip


def _after(field: Field, place: int) -> exp.Expression:
    return call("substring", field.column, exp.Literal.number(place + 1), exp.Literal.number(7))


def _nif_letter(field: Field, number: exp.Expression) -> exp.Expression:
    """Whether the ninth character is the letter of a number: it is the one at its remainder by 23."""
    place = exp.Add(this=remainder(number, 23), expression=exp.Literal.number(1))
    letter = call("substring", exp.Literal.string(_NIF_LETTERS), place, exp.Literal.number(1))
    return exp.EQ(this=letter, expression=character(field.column, 9))
