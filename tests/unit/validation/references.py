"""What plain Python says of every rule: one line per rule, judged over the rows of `corpus`.

`holds` is asked of a value that is there, `row` of a whole row (None: not judged), `rows` of all of them at once: it
answers (total, invalid). What a rule observes is computed by `observed` and held against `min` and `max`.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import holidays
import pycountry
from stdnum import cusip, ean, iban, isbn, isin, lei, luhn
from stdnum.es import nif
from stdnum.gb import sedol

from unit.validation.corpus import TODAY, TYPES, Row

Rows = Sequence[Row]
Counts = tuple[int, int]
_TODAY = date.fromisoformat(TODAY)
_NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Reference:
    """A rule with arguments, and what plain Python finds: (total, invalid, observed)."""

    rule: str
    fields: tuple[str, ...]
    found: Callable[[Rows], tuple[int, int, Any]]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def control(self) -> dict[str, Any]:
        """The control that asks it."""
        return {"algorithm": self.rule, "field": list(self.fields), "arguments": dict(self.arguments)}


def holds(rule: str, name: str, valid: Callable[[Any], bool], **arguments: Any) -> Reference:
    def found(rows: Rows) -> tuple[int, int, Any]:
        there = [row[name] for row in rows if row[name] is not None]
        return len(there), sum(not valid(value) for value in there), None

    return Reference(rule, (name,), found, arguments)


def row(rule: str, names: str, valid: Callable[[Row], bool | None], **arguments: Any) -> Reference:
    def found(rows: Rows) -> tuple[int, int, Any]:
        verdicts = [verdict for one in rows if (verdict := valid(one)) is not None]
        return len(verdicts), verdicts.count(False), None

    return Reference(rule, tuple(names.split()), found, arguments)


def together(rule: str, names: str, counts: Callable[[Rows], Counts], **arguments: Any) -> Reference:
    return Reference(rule, tuple(names.split()), lambda rows: (*counts(rows), None), arguments)


def observed(rule: str, name: str, value: Callable[[list[Any]], Any], **arguments: Any) -> Reference:
    def found(rows: Rows) -> tuple[int, int, Any]:
        seen = value([one[name] for one in rows if one[name] is not None] if name else list(rows))
        low, high = arguments.get("min"), arguments.get("max")
        inside = seen is not None and (low is None or low <= seen) and (high is None or seen <= high)
        return 1, int(not inside), seen

    return Reference(rule, (name,) if name else (), found, arguments)


def answers(rule: str, name: str, value: Callable[[Rows], tuple[bool, Any]], **arguments: Any) -> Reference:
    def found(rows: Rows) -> tuple[int, int, Any]:
        valid, seen = value(rows)
        return 1, int(not valid), seen

    return Reference(rule, (name,) if name else (), found, arguments)


# values -------------------------------------------------------------------------------------------------------------
def _tried(check: Callable[[str], Any]) -> Callable[[str], bool]:
    def valid(text: str) -> bool:
        try:
            return bool(check(text))
        except (ValueError, ArithmeticError):
            return False

    return valid


def _json(text: str) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


def _number(text: str) -> Decimal | None:
    bare = text.strip(" \t\r\n")
    return Decimal(bare) if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", bare, re.ASCII) else None


def _decimal(precision: int, scale: int) -> Callable[[str], bool]:
    def valid(text: str) -> bool:
        number = _number(text)
        if number is None or abs(number) >= 10 ** (precision - scale):
            return False
        return number.scaleb(scale) == number.scaleb(scale).to_integral_value()

    return valid


def _degrees(most: int) -> Callable[[str], bool]:
    return lambda text: (number := _number(text)) is not None and -most <= number <= most


def _email(text: str) -> bool:
    name, at, domain = text.rpartition("@")
    labels = domain.split(".")
    return bool(at) and " " not in text and "@" not in name and all(name.split(".")) and len(labels) > 1 and all(
        label.replace("-", "").isalnum() for label in labels) and labels[-1].isalpha()  # fmt: skip


def _url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https", "ftp"} and bool(parts.hostname) and not re.search(r"\s", text)


def _uuid(text: str) -> bool:
    return len(text) == 36 and str(uuid.UUID(text)) == text.lower()


def _iso_date(text: str) -> bool:
    return bool(date(*(int(part) for part in _parts(r"(\d{4})-(\d{1,2})-(\d{1,2})", text.strip()))))


def _parts(pattern: str, text: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, text, re.ASCII)
    if found is None:
        raise ValueError(text)
    return found.groups()


def _moment(text: str) -> bool:
    day, _, time = text.strip().replace("T", " ").partition(" ")
    return _iso_date(day) and (not time or bool(datetime.strptime(time[:5], "%H:%M")))


def _written(pattern: str, form: str) -> Callable[[str], bool]:
    return _tried(lambda text: re.fullmatch(pattern, text) is not None and datetime.strptime(text, form))


def _like(pattern: str) -> Callable[[str], bool]:
    told = re.sub(r"\\(.)|(%)|(_)|(.)", lambda m: re.escape(m[1]) if m[1] else ".*" if m[2] else "." if m[3]
                  else re.escape(m[4]), pattern)  # fmt: skip
    return lambda text: re.fullmatch(told, text, re.DOTALL) is not None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _multiple(value: Any, divisor: str) -> bool:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number.is_finite() and abs(number) < 10**20 and number % Decimal(divisor) == 0


def _workday(text: str) -> bool:
    day = date.fromisoformat(text)
    return 1970 <= day.year <= 2070 and day.weekday() < 5 and day not in _SPAIN


_SPAIN = holidays.country_holidays("ES", years=range(1970, 2071))
_ALPHA2 = {one.alpha_2 for one in pycountry.countries}
_ALPHA3 = {one.alpha_3 for one in pycountry.countries}
_CURRENCIES = {one.alpha_3 for one in pycountry.currencies}
_LANGUAGES = {one.alpha_2 for one in pycountry.languages if hasattr(one, "alpha_2")}
_SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
_WORDS = {"true", "t", "yes", "y", "si", "s", "1", "false", "f", "no", "n", "0"}


def _fits_schema(text: str) -> bool:
    found = _json(text)
    return isinstance(found, dict) and isinstance(found.get("id"), int)


def _has_key(text: str) -> bool:
    found = _json(text)
    return isinstance(found, dict) and "id" in found


def _bic(text: str) -> bool:
    return len(text) in {8, 11} and text.isascii() and text.isalnum() and text == text.upper() and (
        text[4:6] in {*_ALPHA2, "XK"})  # fmt: skip


CELLS = [
    row("is_not_null", "t", lambda one: one["t"] is not None), row("is_null", "t", lambda one: one["t"] is None),
    holds("is_in", "t", lambda v: v in {"a", "é", ""}, values=["a", "é", ""]),
    holds("is_not_in", "t", lambda v: v not in {"a", "😀"}, values=["a", "😀"]),
    holds("is_equal", "d", lambda v: v == 0, value=0), holds("is_not_equal", "t", lambda v: v != "A1", value="A1"),
    holds("is_between", "d", lambda v: -3 <= v < 1.5, min=-3, max=1.5, strict_max=True),
    holds("is_between", "m", lambda v: Decimal("0.3") <= Decimal(v) <= 61, min="0.3", max=61),
    holds("is_not_between", "d", lambda v: not 0 <= v <= 1, min=0, max=1),
    holds("is_greater_than", "d", lambda v: v > 1 or math.isnan(v), value=1),
    holds("is_greater_or_equal", "day", lambda v: v >= "2026-01-06", value="2026-01-06"),
    holds("is_less_than", "d", lambda v: v < 1, value=1), holds("is_less_or_equal", "n", lambda v: v <= 2, value=2),
    holds("is_positive", "d", lambda v: v > 0 or math.isnan(v)), holds("is_non_negative", "n", lambda v: v >= 0),
    holds("is_not_empty", "t", bool), holds("has_length", "t", lambda v: len(v) == 1, length=1),
    holds("has_length_between", "t", lambda v: 1 <= len(v) <= 3, min=1, max=3),
    holds("matches_regex", "t", lambda v: bool(re.search("[a-z]+$", v)), pattern="[a-z]+$"),
    holds("matches_regex", "t", lambda v: bool(re.fullmatch("[a-z]*", v)), pattern="[a-z]*", mode="full"),
    holds("does_not_match_regex", "t", lambda v: not re.search("^[aA]", v), pattern="^[aA]"),
    holds("matches_any_regex", "t", lambda v: bool(re.search("^a|1$", v)), patterns=["^a", "1$"]),
    holds("matches_all_regex", "t", lambda v: "A" in v and "1" in v, patterns=["A", "1"]),
    holds("matches_no_regex", "t", lambda v: "b" not in v and "é" not in v, patterns=["b", "é"]),
    holds("matches_like", "t", _like("a_%"), pattern="a_%"),
    holds("does_not_match_like", "t", lambda v: not _like(r"x\%%")(v), pattern=r"x\%%"),
    holds("matches_any_like", "t", lambda v: _like("a%")(v) or _like(r"AB\_%")(v), patterns=["a%", r"AB\_%"]),
    holds("matches_no_like", "t", lambda v: not (_like("_")(v) or _like("%b")(v)), patterns=["_", "%b"]),
    holds("is_trimmed", "t", lambda v: v == v.strip(" \t\r\n")),
    holds("is_upper_case", "s", lambda v: v == v.upper()), holds("is_upper_case", "f", lambda v: v == v.upper()),
    holds("is_lower_case", "t", lambda v: v == v.lower()), holds("is_ascii", "t", str.isascii),
    holds("is_multiple_of", "n", lambda v: v % 50 == 0, divisor=50),
    holds("is_multiple_of", "m", lambda v: _multiple(v, "0.1"), divisor=0.1),
    holds("is_multiple_of", "d", lambda v: _multiple(v, "0.5"), divisor=0.5),
    holds("is_finite", "d", math.isfinite), holds("is_integer", "f", _decimal(38, 0)),
    holds("is_decimal", "f", _decimal(4, 2), precision=4, scale=2),
    holds("is_castable", "f", lambda v: _decimal(3, 0)(v) and -128 <= _number(v) <= 127, type="tinyint"),  # type: ignore[operator]
    holds("is_boolean", "f", lambda v: v.strip(" ").lower() in _WORDS), holds("is_date", "f", _tried(_iso_date)),
    holds("is_date", "f", _written(r"\d{2}/\d{2}/\d{4}", "%d/%m/%Y"), formats=["dd/MM/yyyy"]),
    holds("is_timestamp", "f", _tried(_moment)),
    holds("matches_strftime", "f", _written(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}", "%d/%m/%Y %H:%M"),
          format="%d/%m/%Y %H:%M"),
    holds("is_not_in_future", "day", lambda v: v <= TODAY),
    holds("is_not_in_future", "day", lambda v: date.fromisoformat(v) <= _TODAY + timedelta(1), tolerance="1 day"),
    holds("is_not_in_past", "day", lambda v: v >= TODAY), holds("is_not_in_past", "at", lambda v: _instant(v) >= _NOW),
    holds("is_older_than", "day", lambda v: date.fromisoformat(v) < _TODAY - timedelta(30), days=30),
    holds("is_newer_than", "day", lambda v: date.fromisoformat(v) > _TODAY - timedelta(30), days=30),
    holds("is_weekday", "day", lambda v: date.fromisoformat(v).weekday() < 5),
    holds("is_business_day", "day", _workday, calendar="ES"),
    holds("is_in_month_end", "day", lambda v: (date.fromisoformat(v).day in {29, 30, 31}) if v[:4] == "9999" else
          (date.fromisoformat(v) + timedelta(1)).day == 1),
    holds("is_json", "f", _tried(lambda v: [_json(v)])), holds("has_json_keys", "f", _tried(_has_key), keys=["id"]),
    holds("matches_json_schema", "f", _tried(_fits_schema), schema=_SCHEMA), holds("is_email", "f", _email),
    holds("is_url", "f", _tried(_url)), holds("is_uuid", "f", _tried(_uuid)),
    holds("is_ipv4", "f", _tried(ipaddress.IPv4Address)), holds("is_ipv6", "f", _tried(ipaddress.IPv6Address)),
    holds("is_in_cidr", "f", _tried(lambda v: ipaddress.ip_address(v) in ipaddress.ip_network("10.0.0.0/8")),
          cidr="10.0.0.0/8"),
    holds("is_e164_phone", "f", lambda v: bool(re.fullmatch(r"\+[1-9][0-9]{1,14}", v))),
    holds("is_country_code", "f", lambda v: v in _ALPHA2),
    holds("is_country_code", "f", lambda v: v in _ALPHA3, standard="alpha3"),
    holds("is_currency_code", "f", lambda v: v in _CURRENCIES),
    holds("is_language_code", "f", lambda v: v in _LANGUAGES),
    holds("is_latitude", "f", _degrees(90)), holds("is_longitude", "f", _degrees(180)),
    holds("is_isin", "f", isin.is_valid), holds("is_iban", "f", lambda v: iban.is_valid(v, check_country=False)),
    holds("is_bic", "f", _bic), holds("is_lei", "f", lambda v: len(v) == 20 and lei.is_valid(v)),
    holds("is_cusip", "f", cusip.is_valid), holds("is_sedol", "f", sedol.is_valid),
    holds("is_luhn", "f", lambda v: 1 < len(v) < 33 and v.isascii() and v.isdigit() and luhn.is_valid(v)),
    holds("is_gtin", "f", lambda v: len(v) in {8, 12, 13, 14} and v.isdigit() and ean.is_valid(v)),
    holds("is_isbn", "f", lambda v: len(v) in {10, 13} and isbn.is_valid(v)), holds("is_nif", "f", nif.is_valid),
    row("is_null_when", "t", lambda one: (one["t"] is None) if one["k"] == 1 else None, condition="k = 1"),
    row("is_not_null_when", "t", lambda one: (one["t"] is not None) if one["k"] == 1 else None, condition="k = 1"),
    holds("any_of", "n", lambda v: v == 0 or v > 2,
          rules=[{"algorithm": "is_equal", "arguments": {"value": 0}},
                 {"algorithm": "is_greater_than", "arguments": {"value": 2}}]),
    holds("all_of", "t", lambda v: v.isascii() and len(v) == 1,
          rules=[{"algorithm": "is_ascii"}, {"algorithm": "has_length", "arguments": {"length": 1}}]),
]  # fmt: skip


def _both(names: str, valid: Callable[..., bool]) -> Callable[[Row], bool | None]:
    """A verdict of several cells, none where one is null."""
    return lambda one: None if any(one[n] is None for n in names.split()) else valid(*(one[n] for n in names.split()))


ROWS = [
    row("is_equal_to_column", "t", _both("t s", lambda t, s: t == s), other="s"),
    row("is_greater_than_column", "n", _both("n k", lambda n, k: n > k), other="k"),
    row("is_greater_than_column", "day", _both("day late", lambda a, b: a >= b), other="late", or_equal=True),
    row("is_less_than_column", "n", _both("n k", lambda n, k: n < k), other="k"),
    row("pair_is_in", "k s", _both("k s", lambda k, s: (k, s) in {(1, "a"), (2, "x")}), values=[[1, "a"], [2, "x"]]),
    row("is_unique_within_row", "n k u", _both("n k u", lambda *values: len({*values}) == 3)),
    row("sum_of_columns_equals", "m q", _both("m q", lambda m, q: abs(Decimal(m) + Decimal(q) - 100) <= Decimal("0.3")),
        value=100, tolerance=0.3),
    row("at_least_one_not_null", "t s", lambda one: one["t"] is not None or one["s"] is not None),
    row("satisfies", "", _both("n k", lambda n, k: n + k > 2), expression="n + k > 2"),
]  # fmt: skip
assert {name for one in (*CELLS, *ROWS) for name in one.fields} <= TYPES.keys()
