"""The functions of the one dialect: the allow-list, and the source of its reference page.

Each means what Spark SQL's function of that name means (ANSI mode); an engine that differs is corrected in its dialect
file, and a golden test holds what Spark answered for every example here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

Group = Literal["text", "pattern", "number", "condition", "date", "aggregate", "window", "list", "json"]


@dataclass(frozen=True)
class AllowedFunction:
    """One function.

    Attributes:
        name: As it is written, lower case; any case is read.
        arguments: Their names; those that may be left out in [ ], `…` repeats the last.
        description: What it answers.
        example: A call with plain values, run by the tests against Spark's answer.
        group: Where the reference shows it.
        fewest, most: How many arguments it takes (most -1: any number).
        same_as: The name under which it is explained, or "".
    """

    name: str
    arguments: str
    description: str
    example: str
    group: Group
    fewest: int
    most: int
    same_as: str = ""


_TEXT = """
ascii(text) | The code point of the first character, 0 of empty text. | ascii('a')
char_length(text) = length
character_length(text) = length
chr(number) | The character of a code below 256 (the code is taken modulo 256); empty for a negative one. | chr(65)
concat(value, …) | The texts one after the other; null when any is null. | concat('a', 'b')
concat_ws(separator, value, …) | The texts with the separator between them; nulls are left out. | concat_ws('-', 'a', null, 'b')
contains(text, part) | Whether the text holds the part. | contains('abc', 'b')
endswith(text, end) | Whether the text ends so. | endswith('abc', 'bc')
initcap(text) | Every word's first letter upper case, the rest lower; words end at blanks. | initcap('new yORK')
instr(text, part) | Where the part first occurs, 1 is the first character; 0: nowhere. | instr('abcb', 'b')
left(text, count) | The first characters. | left('abc', 2)
length(text) | The number of characters (code points). | length('año')
locate(part, text[, from]) | Where the part first occurs at or after a position; 0: nowhere. | locate('b', 'abcb', 3)
lower(text) | In lower case. | lower('ABC')
lcase(text) = lower
lpad(text, length[, pad]) | Filled at the left (with blanks) or cut to a length. | lpad('7', 3, '0')
ltrim(text) | Without blanks at the start. | ltrim('  a ')
md5(text) | The MD5 of the UTF-8 bytes in hexadecimal. | md5('a')
repeat(text, count) | The text several times. | repeat('ab', 2)
replace(text, search[, new]) | Every occurrence replaced (or removed). | replace('aba', 'a', 'c')
reverse(text) | The characters in reverse. | reverse('abc')
right(text, count) | The last characters. | right('abc', 2)
rpad(text, length[, pad]) | Filled at the right (with blanks) or cut to a length. | rpad('7', 3, '0')
rtrim(text) | Without blanks at the end. | rtrim(' a  ')
sha2(text, bits) | The SHA-2 of the UTF-8 bytes in hexadecimal; bits is 0 or 256. | sha2('a', 256)
space(count) | That many blanks. | space(2)
split_part(text, separator, number) | One part of a delimited text, counted from 1 (from the end when negative); empty when there is none. | split_part('a,b', ',', 2)
startswith(text, start) | Whether the text starts so. | startswith('abc', 'ab')
substr(text, start[, length]) = substring
substring(text, start[, length]) | A part; 1 (or 0) is the first character, negative counts from the end. | substring('abcd', 2, 2)
substring_index(text, separator, count) | What stands before the count-th separator (after it, counted from the end, when negative). | substring_index('a.b.c', '.', 2)
translate(text, from, to) | Each character of `from` replaced by the one at its place in `to`. | translate('abc', 'ab', 'x')
trim(text) | Without blanks at both ends. | trim(' a ')
ucase(text) = upper
upper(text) | In upper case (ß becomes SS). | upper('straße')
"""

_PATTERN = """
regexp_extract(text, pattern[, group]) | What a group (default 1) of the first match holds; empty without a match. | regexp_extract('a12', '([0-9]+)', 1)
regexp_like(text, pattern) | Whether a regex matches somewhere in the text. | regexp_like('a12', '[0-9]+')
regexp(text, pattern) = regexp_like
rlike(text, pattern) = regexp_like
regexp_replace(text, pattern, new) | Every match replaced; $1 is a group. | regexp_replace('a12', '([0-9])', '<$1>')
"""

_NUMBER = """
abs(number) | Without its sign. | abs(-2)
ceil(number) | The next whole number above. | ceil(1.2)
ceiling(number) = ceil
exp(number) | e to the power of it. | exp(0)
floor(number) | The next whole number below. | floor(-1.2)
isnan(number) | Whether it is NaN. | isnan(cast('NaN' as double))
ln(number) | Natural logarithm; null of zero and below. | ln(1)
log10(number) | Logarithm to base 10; null of zero and below. | log10(100)
log2(number) | Logarithm to base 2; null of zero and below. | log2(8)
mod(number, divisor) | The remainder, with the sign of the number; an error for divisor 0. | mod(-7, 3)
nanvl(number, other) | The other when it is NaN. | nanvl(cast('NaN' as double), 1D)
pmod(number, divisor) | The remainder, never negative for a positive divisor. | pmod(-7, 3)
pow(number, exponent) = power
power(number, exponent) | The power, as double. | power(2, 3)
round(number[, places]) | Rounded half away from zero. | round(2.675, 2)
sign(number) | -1.0, 0.0 or 1.0. | sign(-3)
signum(number) = sign
sqrt(number) | Square root; NaN below zero. | sqrt(4)
try_divide(number, divisor) | As `/`, null for divisor 0. | try_divide(1, 0)
"""

_CONDITION = """
coalesce(value, …) | The first that is not null. | coalesce(null, 2)
greatest(value, value, …) | The greatest; nulls are left out. | greatest(1, 3, null)
if(condition, value, other) | The value when the condition is true, else the other. | if(1 > 2, 'a', 'b')
ifnull(value, other) | The other when it is null. | ifnull(null, 2)
nvl(value, other) = ifnull
isnotnull(value) | Whether it is not null. | isnotnull(1)
isnull(value) | Whether it is null. | isnull(null)
least(value, value, …) | The least; nulls are left out. | least(2, null, 3)
nullif(value, other) | Null when both are equal. | nullif(1, 1)
nvl2(value, present, absent) | One of two, by whether the value is there. | nvl2(null, 1, 2)
"""

_DATE = """
add_months(date, months) | That many months later; the day is fitted into the month. | add_months(date '2026-01-31', 1)
date_add(date, days) | That many days later. | date_add(date '2026-01-31', 1)
date_diff(end, start) = datediff
date_format(date, format) | As text in Java's pattern (letters y M d H h m s S a E). | date_format(date '2026-03-05', 'dd/MM/yyyy')
date_sub(date, days) | That many days earlier. | date_sub(date '2026-03-01', 1)
date_trunc(unit, timestamp) | The start of its 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute' or 'second'. | date_trunc('month', timestamp '2026-03-05 10:11:12')
datediff(end, start) | Days from start to end. | datediff(date '2026-03-01', date '2026-02-01')
day(date) | Day of the month. | day(date '2026-03-05')
dayofmonth(date) = day
dayofweek(date) | 1 is Sunday, 7 Saturday. | dayofweek(date '2026-03-05')
dayofyear(date) | Day of the year. | dayofyear(date '2026-03-05')
hour(timestamp) | Hour. | hour(timestamp '2026-03-05 10:11:12')
last_day(date) | The last day of its month. | last_day(date '2026-02-05')
make_date(year, month, day) | A date; an error when there is none. | make_date(2026, 3, 5)
minute(timestamp) | Minute. | minute(timestamp '2026-03-05 10:11:12')
month(date) | Month. | month(date '2026-03-05')
months_between(end, start) | Months between, with the rest in 31sts of a month, to 8 places. | months_between(date '2026-03-15', date '2026-01-01')
next_day(date, weekday) | The first such weekday after the date ('Mon', 'Monday'). | next_day(date '2026-03-05', 'Mon')
quarter(date) | Quarter, 1 to 4. | quarter(date '2026-05-05')
second(timestamp) | Second. | second(timestamp '2026-03-05 10:11:12')
to_date(text[, format]) | Text as a date, ISO or by Java's pattern; an error when it does not fit. | to_date('05/03/2026', 'dd/MM/yyyy')
to_timestamp(text[, format]) | Text as a timestamp, ISO or by Java's pattern; an error when it does not fit. | to_timestamp('05/03/2026 10:11', 'dd/MM/yyyy HH:mm')
try_to_timestamp(text[, format]) | As to_timestamp, null when it does not fit. | try_to_timestamp('x', 'dd/MM/yyyy')
trunc(date, unit) | The start of its 'year', 'quarter', 'month' or 'week', as a date. | trunc(date '2026-03-05', 'month')
weekday(date) | 0 is Monday, 6 Sunday. | weekday(date '2026-03-05')
weekofyear(date) | ISO week. | weekofyear(date '2026-01-01')
year(date) | Year. | year(date '2026-03-05')
"""

_AGGREGATE = """
any(condition) = bool_or
avg(number) | The mean; of decimals exact, with four more places. | avg(x)
bool_and(condition) | Whether it is true for every row (nulls left out). | bool_and(x > 1)
bool_or(condition) | Whether it is true for some row. | bool_or(x > 1)
corr(number, number) | Pearson's correlation. | corr(x, y)
count([value, …]) | Rows, or rows where no value is null; `count(*)`, `count(distinct x)`. | count(*)
count_if(condition) | Rows for which it is true. | count_if(x > 1)
covar_pop(number, number) | Covariance of the population. | covar_pop(x, y)
covar_samp(number, number) | Covariance of the sample. | covar_samp(x, y)
every(condition) = bool_and
max(value) | The greatest. | max(x)
max_by(value, by) | The value of the row whose `by` is greatest. | max_by(x, y)
mean(number) = avg
median(number) | The middle value, interpolated. | median(x)
min(value) | The least. | min(x)
min_by(value, by) | The value of the row whose `by` is least. | min_by(x, y)
some(condition) = bool_or
std(number) = stddev
stddev(number) | Standard deviation of the sample. | stddev(x)
stddev_pop(number) | Standard deviation of the population. | stddev_pop(x)
stddev_samp(number) = stddev
sum(number) | The sum; an error when it overflows. | sum(x)
var_pop(number) | Variance of the population. | var_pop(x)
var_samp(number) = variance
variance(number) | Variance of the sample. | variance(x)
"""

_WINDOW = """
cume_dist() | The share of rows at or before this one. | cume_dist() over (order by x)
dense_rank() | Rank without gaps. | dense_rank() over (order by x)
first_value(value) | The value of the frame's first row. | first_value(x) over (order by x)
lag(value[, rows[, default]]) | The value some rows before. | lag(x, 1, 0) over (order by x)
last_value(value) | The value of the frame's last row. | last_value(x) over (order by x)
lead(value[, rows[, default]]) | The value some rows after. | lead(x) over (order by x)
nth_value(value, number) | The value of the frame's n-th row. | nth_value(x, 2) over (order by x)
ntile(buckets) | The bucket of the row. | ntile(2) over (order by x)
percent_rank() | (rank - 1) / (rows - 1). | percent_rank() over (order by x)
rank() | Rank with gaps. | rank() over (order by x)
row_number() | The number of the row. | row_number() over (order by x)
"""

_LIST = """
array_contains(list, value) | Whether the list holds the value. | array_contains(split('a,b', ','), 'b')
array_join(list, separator) | The elements with the separator between them; nulls are left out. | array_join(split('a,b', ','), '-')
element_at(list, number) | One element, counted from 1 (from the end when negative); an error outside. | element_at(split('a,b', ','), -1)
size(list) | The number of elements (null of null). | size(split('a,b', ','))
split(text, pattern) | The parts between the matches of a regex. | split('a1b2c', '[0-9]')
"""

_JSON = """
get_json_object(text, path) | A value of JSON text as text: '$.a.b', '$.a[0]'; null when absent. | get_json_object('{"a": {"b": 1}}', '$.a.b')
"""

_GROUPS: tuple[tuple[Group, str], ...] = (
    ("text", _TEXT), ("pattern", _PATTERN), ("number", _NUMBER), ("condition", _CONDITION), ("date", _DATE),
    ("aggregate", _AGGREGATE), ("window", _WINDOW), ("list", _LIST), ("json", _JSON),
)  # fmt: skip


@cache
def by_name() -> dict[str, AllowedFunction]:
    """Every function by its name."""
    rows = {name: row for group, text in _GROUPS for name, row in _rows(group, text)}
    return {name: _explained(row, rows) for name, row in rows.items()}


def functions() -> list[AllowedFunction]:
    """Every function of the dialect, by group, then name."""
    order = [group for group, _ in _GROUPS]
    return sorted(by_name().values(), key=lambda one: (order.index(one.group), one.name))


def _rows(group: Group, text: str) -> list[tuple[str, AllowedFunction]]:
    found = []
    for line in text.strip().splitlines():
        signature, _, same_as = line.partition(" = ") if " | " not in line else (line, "", "")
        call, description, example = [*line.split(" | "), "", ""][:3] if not same_as else (signature, "", "")
        name, _, arguments = call.partition("(")
        arguments = arguments.removesuffix(")")
        fewest, most = _count(arguments)
        row = AllowedFunction(name, arguments, description, example, group, fewest, most, same_as)
        found.append((name, row))
    return found


def _count(arguments: str) -> tuple[int, int]:
    needed, _, optional = arguments.partition("[")
    fewest = len([name for name in needed.split(",") if name.strip(" …")])
    more = len([name for name in optional.split(",") if name.strip(" []")])
    return fewest, -1 if "…" in arguments else fewest + more


def _explained(row: AllowedFunction, rows: dict[str, AllowedFunction]) -> AllowedFunction:
    if not row.same_as:
        return row
    base = rows[row.same_as]
    example = row.name + base.example.removeprefix(base.name)
    return AllowedFunction(row.name, row.arguments, f"The same as `{base.name}`: {base.description}", example, row.group,
                           row.fewest, row.most, row.same_as)  # fmt: skip
