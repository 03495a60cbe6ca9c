from __future__ import annotations

import random
import re
from datetime import date
from decimal import Decimal, localcontext

import duckdb
import pytest

from data_framework.modules.data_process.helpers.cast import FALSE_WORDS, TRUE_WORDS, date_format
from data_framework.modules.data_process.integrations.pandas.sql.casts import exact_cast
from data_framework.modules.utils.data_types import parse_type

SEEDS = [
    "12",
    "12.0",
    "12.5",
    "-12.5",
    ".5",
    "1.",
    "1.50000",
    "2.675",
    "1.005",
    "999.995",
    "1e3",
    "1E3",
    "1e-1",
    "1000e-3",
    "0x10",
    "1_000",
    "1d",
    "1f",
    "Infinity",
    "inf",
    "-inf",
    "nan",
    "epoch",
    "0001",
    "1000",
    "2026",
    "32768",
    "2026-02",
    "2026/02/03",
    "2026-02-03",
    "2026-2-3",
    "2026-02-30",
    "0000-01-01",
    "10:00:00",
    "+10000-01-01",
    "-0",
    "+1",
    "--1",
    ".",
    "1,000",
    "1L",
    "1e400",
    "127",
    "128",
    "32767",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "99999999.99",
    "100000000",
    "true",
    "T",
    "yes",
    "SI",
    "n",
    "off",
    "on",
    "2",
    "null",
    "12345678901234567890.12345678",
    "0.1",
    "-0.00",
    "00012",
    "12.340",
    "1e0",
    "5e-2",
    "\uff11\uff12",
    "\u0661\u0662",
    "",
    " ",
    " 1",
    "1 ",
    "\t1\n",
    "2026-02-03 ",
    "1 2",
    "2026-02-03 10:00:00",
    "12.\xa0",
]
LETTERS = "0123456789.-+eE_ \tx/:"
BLANKS = " \t\n\r"


def inputs() -> list[str]:
    chosen = random.Random(7)
    found = list(SEEDS)
    for seed in SEEDS * 12:
        text = list(seed)
        place = chosen.randrange(len(text) + 1)
        text[place : place + chosen.choice([0, 0, 1])] = chosen.choice(LETTERS)
        found.append("".join(text))
    return found


def whole(bits: int):
    def reference(text: str) -> int | None:
        text = text.strip(BLANKS)
        if not re.fullmatch(r"[+-]?[0-9]+(\.0+)?", text, re.ASCII):
            return None
        number = int(Decimal(text))
        return number if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) else None

    return reference


def decimal(precision: int, scale: int):
    def reference(text: str) -> Decimal | None:
        text = text.strip(BLANKS)
        if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", text, re.ASCII):
            return None
        with localcontext(prec=1200):
            number = Decimal(text)
            shifted = number.scaleb(scale)
            fits = shifted == shifted.to_integral_value() and abs(shifted) < 10**precision
        return number if fits else None

    return reference


def double(text: str) -> float | None:
    text = text.strip(BLANKS)
    if re.fullmatch(r"[nN][aA][nN]|[+-]?([iI]nf|INF)([iI]nity|INITY)?", text):
        return float(text)
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", text, re.ASCII):
        return None
    number = float(text)
    return None if abs(number) == float("inf") else number


def day(text: str) -> date | None:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text.strip(BLANKS), re.ASCII)
    if not match or match[1] == "0000":
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def boolean(text: str) -> bool | None:
    word = text.strip(BLANKS).lower()
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


@pytest.mark.parametrize(
    ("kind", "reference"),
    [("tinyint", whole(8)), ("smallint", whole(16)), ("int", whole(32)), ("bigint", whole(64)),
     ("decimal(10,2)", decimal(10, 2)), ("decimal(38,8)", decimal(38, 8)), ("decimal(5,0)", decimal(5, 0)),
     ("double", double), ("date", day), ("boolean", boolean)],
)  # fmt: skip
def test_casts_agree_with_plain_python(kind, reference):
    texts = inputs()
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (i INTEGER, x VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(texts)))
        rows = connection.execute(f"SELECT x, {exact_cast('x', parse_type(kind))} FROM t ORDER BY i").fetchall()
    wrong = [(text, found, reference(text)) for text, found in rows
             if not (found == reference(text) or (found != found and str(reference(text)) == "nan"))]  # fmt: skip
    assert wrong == []


def cast(text: str, kind: str, formats: tuple[str, ...] = (), zone: str = "UTC") -> str | None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        sql = f"SELECT ({exact_cast('x', parse_type(kind), formats, zone)})::VARCHAR FROM (SELECT ?::VARCHAR AS x)"
        row = connection.execute(sql, [text]).fetchall()
    return row[0][0]


@pytest.mark.parametrize(
    ("text", "zone", "found"),
    [("2026-02-03T10:00:00+02:00", "UTC", "2026-02-03 08:00:00+00"), ("2026-02-03", "UTC", "2026-02-03 00:00:00+00"),
     ("2026-07-03 10:00:00", "Europe/Madrid", "2026-07-03 08:00:00+00"), ("2026-02-03 24:00:00", "UTC", None),
     ("2026-02-03 10:00:00.1234567", "UTC", None), ("10:00:00", "UTC", None), ("epoch", "UTC", None)],
)  # fmt: skip
def test_timestamps(text, zone, found):
    assert cast(text, "timestamp", zone=zone) == found


@pytest.mark.parametrize(
    ("text", "formats", "found"),
    [("03/02/2026", ("dd/MM/yyyy",), "2026-02-03"), ("3/2/2026", ("dd/MM/yyyy",), None),
     ("3/2/2026", ("%d/%m/%Y",), "2026-02-03"), ("31/02/2026", ("%d/%m/%Y",), None),
     ("03-Feb-26", ("%Y", "dd-MMM-yy"), "2026-02-03"), ("20260203", ("yyyyMMdd",), "2026-02-03")],
)  # fmt: skip
def test_dates_by_format(text, formats, found):
    assert cast(text, "date", formats) == found


@pytest.mark.parametrize("text", ["QQ/MM/yyyy", "%K", "dd/MM", "%d"])
def test_formats_that_mean_nothing_are_refused(text):
    with pytest.raises(ValueError, match="format"):
        date_format(text)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [("[1, 2.0, null]", "array<int>", "[1, 2, NULL]"), ('[1, "x"]', "array<int>", None),
     ("[1.1000000001, 9]", "array<decimal(30,10)>", "[1.1000000001, 9.0000000000]"),
     ('{"a": 1, "b": {"q": 1.10}}', "struct<a:int,b:string>", """{'a': 1, 'b': '{"q":1.10}'}"""),
     ('{"a": "z"}', "struct<a:int>", None), ('{"k": 1.5}', "map<string,double>", "{k=1.5}"),
     ("[1", "array<int>", None)],
)  # fmt: skip
def test_nested_types_from_json_text(text, kind, found):
    assert cast(text, kind) == found
