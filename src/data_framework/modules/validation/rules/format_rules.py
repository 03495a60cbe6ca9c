"""Rules about text in a format others define: JSON, addresses of the network, codes of ISO."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import (
    exact_cast,
    json_has_key,
    matches,
    python_judgement,
)
from data_framework.modules.data_process.plan.vocabulary import (
    is_json as json_value,
)
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.rules.code_lists import countries, currencies, languages
from data_framework.modules.validation.rules.literals import all_of, at_least, at_most
from data_framework.modules.validation.rules.model import NUMBERS, TEXT, Argument, Field, RuleError, rule, shown
from data_framework.modules.validation.rules.said import said, texts

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_H = "[0-9a-fA-F]{1,4}"
_LAST = f"(?:{_H}:{_H}|{_IPV4})"
_IPV6 = "|".join([
    f"(?:{_H}:){{6}}{_LAST}", f"::(?:{_H}:){{5}}{_LAST}",
    *(f"(?:(?:{_H}:){{0,{n}}}{_H})?::(?:{_H}:){{{4 - n}}}{_LAST}" for n in range(5)),
    f"(?:(?:{_H}:){{0,5}}{_H})?::{_H}", f"(?:(?:{_H}:){{0,6}}{_H})?::",
])  # fmt: skip
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"\A{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}\z"
_URL = (rf"\A(?:https?|ftps?|wss?)://(?:[^\s/?#@]+@)?(?:(?:{_LABEL}\.)*{_LABEL}|{_IPV4}|\[[0-9a-fA-F:.]+\])"
        r"(?::[0-9]{1,5})?(?:[/?#][^\s]*)?\z")  # fmt: skip
_UUID = r"\A[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\z"
_STANDARD = Argument("standard", "choice", "two letters or three", default="alpha2", choices=("alpha2", "alpha3"))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown("doc", ['{"a": [1, null]}', "3", None], ["{a: 1}", "", "{"]),
)
def is_json(field: Field) -> exp.Expression:
    """The text is one JSON value."""
    return json_value(field.column)


@rule(
    "field", dimension="validity", types=TEXT, needs=("python",),
    arguments=[Argument("schema", "schema", "a JSON Schema (drafts 4 to 7), as an object", required=True)],
    examples=shown("doc", ['{"id": 1}', None], ['{"id": "1"}', "{}", "[", ""],
                   schema={"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}),
)  # fmt: skip
def matches_json_schema(field: Field, schema: str) -> exp.Expression:
    """The text is JSON that satisfies a JSON Schema. Judged by Python, row by row: slow on large tables."""
    import fastjsonschema

    try:
        fastjsonschema.compile(json.loads(schema))
    except (fastjsonschema.JsonSchemaDefinitionException, AttributeError, TypeError, KeyError) as error:
        raise RuleError(f"the schema cannot be used: {error}") from error
    return python_judgement("json_schema", field.column, schema)


@rule(
    "field", dimension="validity", types=TEXT,
    arguments=[Argument("keys", "names", "the keys the object must have", required=True)],
    examples=shown("doc", ['{"id": null, "b": 1}', None], ['{"b": 1}', "[]", "id", ""], keys=["id"]),
)  # fmt: skip
def has_json_keys(field: Field, keys: Sequence[str]) -> exp.Expression:
    """The text is a JSON object with all of these keys at its top; their values may be null."""
    return all_of([json_has_key(field.column, key) for key in keys])


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "mail", ["a.b+c@mail.example.com", None], ["a@b", "a b@example.com", "a@@example.com", "@example.com", ""]
    ),
)
def is_email(field: Field) -> exp.Expression:
    """The text is an address of mail as the web's forms take it, with a domain of two labels at least (ASCII)."""
    return matches(field.column, _EMAIL)


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "link",
        ["https://example.com/a?b=1#c", "http://10.0.0.1:80", None],
        ["example.com", "https://", "http://a b", "javascript:1", ""],
    ),
)
def is_url(field: Field) -> exp.Expression:
    """The text is an absolute address of the web or of FTP: scheme, host, and what may follow."""
    return matches(field.column, _URL)


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "id",
        ["123e4567-e89b-12d3-a456-426614174000", None],
        ["123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g", ""],
    ),
)
def is_uuid(field: Field) -> exp.Expression:
    """The text is a UUID of any version, with hyphens, in either case."""
    return matches(field.column, _UUID)


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown("ip", ["0.0.0.0", "192.168.1.255", None], ["256.0.0.1", "1.2.3", "01.2.3.4", "::1", ""]),
)
def is_ipv4(field: Field) -> exp.Expression:
    """The text is an IPv4 address: four numbers of 0 to 255 without leading zeros."""
    return matches(field.column, rf"\A{_IPV4}\z")


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown(
        "ip",
        ["::1", "2001:db8::8a2e:370:7334", "::ffff:10.0.0.1", None],
        ["2001:db8", "::1::", "12345::", "10.0.0.1", ""],
    ),
)
def is_ipv6(field: Field) -> exp.Expression:
    """The text is an IPv6 address, shortened or not, without a zone."""
    return matches(field.column, rf"\A(?:{_IPV6})\z")


@rule(
    "field", dimension="validity", types=TEXT, needs=("python",),
    arguments=[Argument("cidr", "text", "a network, `10.0.0.0/8` or `2001:db8::/32`", required=True)],
    examples=shown("ip", ["10.1.2.3", "10.255.255.255", None], ["11.0.0.0", "10.0.0", "::1", ""], cidr="10.0.0.0/8"),
)  # fmt: skip
def is_in_cidr(field: Field, cidr: str) -> exp.Expression:
    """The text is an address of a network. IPv6 is judged by Python, row by row; IPv4 within the scan."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError as error:
        raise RuleError(f"cidr: {error}") from error
    if isinstance(network, ipaddress.IPv6Network):
        return python_judgement("in_cidr", field.column, cidr)
    parts = {f"o{place}": f"cast(split_part(x, '.', {place}) as bigint)" for place in range(1, 5)}
    number = said("{o1} * 16777216 + {o2} * 65536 + {o3} * 256 + {o4}".format(**parts), x=field.column)
    first, last = int(network.network_address), int(network.broadcast_address)
    inside = said("n between a and b", n=number, a=first, b=last)
    return exp.Paren(this=exp.case().when(is_ipv4.function(field), inside).else_(exp.false()))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    examples=shown("phone", ["+34915550000", None], ["915550000", "+0123456", "+34 915", "+1234567890123456", ""]),
)
def is_e164_phone(field: Field) -> exp.Expression:
    """The text is a telephone number of E.164: `+`, then 2 to 15 digits that do not start with 0."""
    return matches(field.column, r"\A\+[1-9][0-9]{1,14}\z")


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    arguments=[_STANDARD],
    examples=shown("country", ["ES", "GB", None], ["XX", "es", "ESP", "UK", ""]),
)
def is_country_code(field: Field, standard: str = "alpha2") -> exp.Expression:
    """The text is a country's code of ISO 3166-1 in use, in capitals."""
    return exp.In(this=field.column, expressions=texts(countries(standard)))


@rule(
    "field", dimension="validity", types=TEXT, examples=shown("currency", ["EUR", "JPY", None], ["eur", "EUX", "€", ""])
)
def is_currency_code(field: Field) -> exp.Expression:
    """The text is a currency's code of ISO 4217 in use, three capitals."""
    return exp.In(this=field.column, expressions=texts(currencies()))


@rule(
    "field",
    dimension="validity",
    types=TEXT,
    arguments=[_STANDARD],
    examples=shown("language", ["es", "en", None], ["ES", "xx", "spa", ""]),
)
def is_language_code(field: Field, standard: str = "alpha2") -> exp.Expression:
    """The text is a language's code of ISO 639 in small letters: two of 639-1 or three of 639-3."""
    return exp.In(this=field.column, expressions=texts(languages(standard)))


@rule(
    "field",
    dimension="validity",
    types=TEXT | NUMBERS,
    examples=shown("lat", ["90", "-45.5", "0", None], ["90.01", "-91", "x", ""]),
)
def is_latitude(field: Field) -> exp.Expression:
    """The value is a number of degrees between -90 and 90."""
    return _degrees(field, 90)


@rule(
    "field",
    dimension="validity",
    types=TEXT | NUMBERS,
    examples=shown("lon", ["180", "-179.99", None], ["180.5", "-181", "E", ""]),
)
def is_longitude(field: Field) -> exp.Expression:
    """The value is a number of degrees between -180 and 180."""
    return _degrees(field, 180)


def _degrees(field: Field, most: int) -> exp.Expression:
    if field.type is not None and field.type.kind == "string":
        number = exact_cast(field.name, DataType("double"))
        return said("n between a and b", n=number, a=-most, b=most)
    bounds = [at_least(field, -most, False, "value"), at_most(field, most, False, "value")]
    return all_of(bounds)
