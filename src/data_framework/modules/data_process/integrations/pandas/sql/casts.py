"""Exact casts as DuckDB SQL: a cheap round trip proves most cells, the shared guards judge the rest.

DuckDB's own TRY_CAST rounds, accepts `1_000`, `0x10`, `epoch`, … (SPARK.md, section 7): a value is taken without the
guard only when it prints as the very text it came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from data_framework.modules.data_process.helpers import cast as guards
from data_framework.modules.utils.data_types import DataType

BLANKS = "(' ' || chr(9) || chr(10) || chr(13))"
# a private mark before numbers of JSON text, so that DuckDB's reader leaves their digits alone
_MARK = "\ue000"


def literal(text: str) -> str:
    """Text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def trim(text: str) -> str:
    """Text without blanks, tabs and line ends at its ends."""
    return f"trim({text}, {BLANKS})"


def stored_type(kind: DataType) -> str:
    """A type as the table stores it: whole numbers have at least 32 bits, timestamps are instants."""
    if kind.is_integer:
        return "BIGINT" if kind.kind == "bigint" else "INTEGER"
    if kind.kind == "decimal":
        return f"DECIMAL({kind.precision},{kind.scale})"
    if kind.kind == "array":
        return stored_type(kind.fields[0][1]) + "[]"
    if kind.kind == "map":
        return f"MAP({stored_type(kind.fields[0][1])}, {stored_type(kind.fields[1][1])})"
    if kind.kind == "struct":
        inner = ", ".join(f'"{name}" {stored_type(field)}' for name, field in kind.fields)
        return f"STRUCT({inner})"
    return {"string": "VARCHAR", "timestamp": "TIMESTAMPTZ", "binary": "BLOB", "float": "FLOAT"}.get(
        kind.kind, kind.kind.upper()
    )


def quick_cast(text: str, kind: DataType, formats: tuple[str, ...] = ()) -> str:
    """The SQL of DuckDB's own cast that most cells pass, "" where a type has none: a layer computes it once."""
    if formats or kind.is_nested or kind.kind in {"string", "binary", "boolean"}:
        return ""
    return f"try_cast({text} AS {'TIMESTAMP' if kind.kind == 'timestamp' else _name(kind)})"


def exact_cast(
    text: str, kind: DataType, formats: tuple[str, ...] = (), zone: str = "UTC", quick: str = ""
) -> str:  # fmt: skip
    """The SQL of text as a type: null where the text is null or does not fit.

    Args:
        text: SQL of the text; it is repeated, so a column is best.
        kind: The type.
        formats: Of dates and timestamps; none means ISO.
        zone: The time zone of timestamps that carry no offset.
        quick: A column that holds `quick_cast` of the text already.
    """
    if kind.kind in {"date", "timestamp"} and formats:
        return _formatted(text, kind, formats, zone)
    if kind.is_nested:
        return _nested(text, kind, zone)
    written = _integer if kind.is_integer else _WRITERS[kind.kind]
    return written(text, kind, zone, quick or quick_cast(text, kind))


def _name(kind: DataType) -> str:
    return kind.kind.upper() if kind.is_integer else stored_type(kind)


def _string(text: str, _kind: DataType, _zone: str, _quick: str) -> str:
    return text


def _integer(text: str, kind: DataType, _zone: str, quick: str) -> str:
    name, stored = _name(kind), stored_type(kind)
    bare = trim(text)
    slow = (f"CASE WHEN regexp_matches({bare}, {literal(guards.INTEGER)}) "
            f"THEN try_cast(regexp_replace({bare}, '\\.0+$', '') AS {name}) END")  # fmt: skip
    return f"CASE WHEN {quick}::VARCHAR = {text} THEN {quick} ELSE {slow} END::{stored}"


def _decimal(text: str, kind: DataType, _zone: str, quick: str) -> str:
    name, bare, whole = stored_type(kind), trim(text), f"try_cast({quick} AS BIGINT)"
    slow = (f"CASE WHEN regexp_matches({bare}, {literal(guards.decimal_pattern(kind))}) THEN "
        f"try_cast({bare} AS {name}) "
            f"WHEN regexp_matches({bare}, '[eE]') AND regexp_matches({bare}, {literal(guards.NUMBER)}) "
            f"AND {_exponent_fits(bare, kind)} THEN try_cast({_spelled_out(bare)} AS {name}) END")  # fmt: skip
    return f"CASE WHEN {quick}::VARCHAR = {text} OR {whole}::VARCHAR = {text} THEN {quick} ELSE {slow} END"


def _exponent_fits(number: str, kind: DataType) -> str:
    """Of a number with an exponent: whether it needs no more digits on either side of the point than a type has."""
    digits, fraction, exponent = _parts(number)
    zeros = f"(length({digits}) - length(rtrim({digits}, '0')))"
    behind = f"{fraction} - {zeros} - {exponent} <= {kind.scale}"
    before = f"length(ltrim({digits}, '0')) - {fraction} + {exponent} <= {kind.precision - kind.scale}"
    return f"(rtrim({digits}, '0') = '' OR ({behind} AND {before}))"


def _parts(number: str) -> tuple[str, str, str]:
    """Of a number with an exponent: its digits, how many of them are behind the point, the exponent."""
    mantissa = f"regexp_extract({number}, '^[^eE]*')"
    exponent = f"coalesce(try_cast(regexp_extract({number}, '[eE]([+-]?[0-9]+)$', 1) AS INTEGER), 0)"
    behind = f"length(regexp_extract({mantissa}, '\\.([0-9]*)', 1))"
    return f"regexp_replace({mantissa}, '[^0-9]', '', 'g')", behind, exponent


def _spelled_out(number: str) -> str:
    """A number with an exponent without it: DuckDB's own cast rounds some, and takes others (1000e-3) for nothing."""
    digits, fraction, exponent = _parts("df_n")
    shift = f"({exponent} - {fraction})"
    padded = f"(repeat('0', greatest(0, 1 - {shift} - length({digits}))) || {digits})"
    behind = f"left({padded}, length({padded}) + {shift}) || '.' || right({padded}, -{shift})"
    plain = f"CASE WHEN {shift} >= 0 THEN {digits} || repeat('0', {shift}) ELSE {behind} END"
    sign = "CASE WHEN starts_with(df_n, '-') THEN '-' ELSE '' END"
    return f"list_transform([{number}], lambda df_n: {sign} || {plain})[1]"


def _float(text: str, kind: DataType, _zone: str, quick: str) -> str:
    bare = trim(text)
    odd = f"contains({text}, '_') OR contains(lower({text}), 'e') OR starts_with({text}, '+')"
    plain = f"isfinite({quick}) AND NOT ({odd}) AND ascii({text}) > 32 AND ascii(right({text}, 1)) > 32"
    slow = (f"CASE WHEN regexp_matches({bare}, {literal(guards.NUMBER)}) THEN "
            f"CASE WHEN isfinite(try_cast({bare} AS {kind.kind.upper()})) THEN try_cast({bare} AS "
            f"{kind.kind.upper()}) END "
            f"WHEN regexp_matches({bare}, {literal(guards.NOT_A_NUMBER)}) "
            f"THEN try_cast({bare} AS {kind.kind.upper()}) END")  # fmt: skip
    return f"CASE WHEN {plain} THEN {quick} ELSE {slow} END"


def _boolean(text: str, _kind: DataType, _zone: str, _quick: str) -> str:
    word = f"lower({trim(text)})"
    yes, no = (", ".join(literal(item) for item in words) for words in (guards.TRUE_WORDS, guards.FALSE_WORDS))
    return f"CASE WHEN {word} IN ({yes}) THEN true WHEN {word} IN ({no}) THEN false END"


def _date(text: str, _kind: DataType, _zone: str, quick: str) -> str:
    bare = trim(text)
    slow = (f"CASE WHEN regexp_matches({bare}, {literal(guards.DATE)}) AND NOT starts_with({bare}, '0000') "
            f"THEN try_cast({bare} AS DATE) END")  # fmt: skip
    return f"CASE WHEN {quick}::VARCHAR = {text} AND strlen({text}) = 10 THEN {quick} ELSE {slow} END"


def _timestamp(text: str, _kind: DataType, zone: str, quick: str) -> str:
    bare = trim(text)
    offset = f"regexp_matches({bare}, {literal(guards.OFFSET)})"
    slow = (f"CASE WHEN regexp_matches({bare}, {literal(guards.TIMESTAMP)}) AND NOT starts_with({bare}, '0000') THEN "
            f"CASE WHEN {offset} THEN try_cast({bare} AS TIMESTAMPTZ) ELSE "
            f"{_zoned(f'try_cast({bare} AS TIMESTAMP)', zone)} "
            f"END END")  # fmt: skip
    return f"CASE WHEN strlen({text}) = 19 AND {quick}::VARCHAR = {text} THEN {_zoned(quick, zone)} ELSE {slow} END"


def _zoned(naive: str, zone: str) -> str:
    """Of the two instants an hour has that a clock put back shows twice, the first: as Java, Spark and Python have it.

    The hour before is never such an hour; where a clock was put forward it leads to a later instant, and is not taken.
    """
    if zone == "UTC":
        return f"({naive})::TIMESTAMPTZ"
    before = f"timezone({literal(zone)}, ({naive}) - INTERVAL 1 HOUR) + INTERVAL 1 HOUR"
    return f"least(timezone({literal(zone)}, {naive}), {before})"


def _binary(text: str, _kind: DataType, _zone: str, _quick: str) -> str:
    return f"encode({text})"


def _formatted(text: str, kind: DataType, formats: tuple[str, ...], zone: str) -> str:
    bare = trim(text)
    branches = []
    for written in formats:
        found = guards.date_format(written)
        value = parsed(bare, found)
        if kind.kind == "date":
            value = f"({value})::DATE" if not found.has_offset else f"timezone('UTC', {value})::DATE"
        elif not found.has_offset:
            value = _zoned(value, zone)
        branches.append(f"CASE WHEN regexp_matches({bare}, {literal(found.pattern)}) THEN {value} END")
    return f"coalesce({', '.join(branches)})" if len(branches) > 1 else branches[0]


def parsed(text: str, found: guards.DateFormat) -> str:
    """SQL of a timestamp from text that a format's pattern lets through: strptime, without what it reads amiss.

    It knows no Z, and day 366 of a year of 365 as the first of the next.
    """
    if found.has_offset:
        text = _with_offset_spelled_out(text, found)
    value = f"try_strptime({text}, {literal(found.strptime)})"
    letters = {word[1] for word in found.directives}
    if "j" not in letters or letters & {"m", "b", "B", "d"}:
        return value
    day = f"regexp_extract({text}, {literal(found.grouped)}, {found.directives.index('%j') + 1})"
    return f"CASE WHEN dayofyear({value}) = {day}::INTEGER THEN {value} END"


def _with_offset_spelled_out(text: str, found: guards.DateFormat) -> str:
    place = [word for _, word in found.tokens].index("%z")
    before, after = ("".join(pattern for pattern, _ in part)
                     for part in (found.tokens[:place], found.tokens[place + 1 :]))  # fmt: skip
    pattern = literal(rf"\A({before})Z({after})\z")
    return f"regexp_replace({text}, {pattern}, '\\1+00:00\\{re.compile(f'({before})').groups + 1}')"


_WRITERS: dict[str, Callable[[str, DataType, str, str], str]] = {
    "string": _string, "decimal": _decimal, "float": _float, "double": _float, "boolean": _boolean, "date": _date,
    "timestamp": _timestamp, "binary": _binary,
}  # fmt: skip


def is_json(text: str) -> str:
    """SQL of whether text is JSON to the letter: DuckDB's reader takes NaN, and commas before a closing bracket."""
    strings = literal(r'"(?:[^"\\]|\\.)*"')
    odd = literal(r"(?i)nan|inf|,[ \t\r\n]*[\]}]")
    bare = f"regexp_replace({text}, {strings}, '\"\"', 'g')"
    return f"(json_valid({text}) AND NOT (regexp_matches({text}, {odd}) AND regexp_matches({bare}, {odd})))"


# nested types from JSON text ----------------------------------------------------------------------------------------
def mark_numbers(document: str) -> str:
    """SQL of JSON text whose broken numbers are marked texts, so that DuckDB does not print them anew."""
    marked = (f"replace(regexp_replace({document}, "
        f"'(\"(?:[^\"\\\\]|\\\\.)*\")|(-?[0-9]+(?:\\.[0-9]+|[eE])[0-9eE+.-]*)', "
              f"'\\1\"{_MARK}\\2\"', 'g'), '\"{_MARK}\"', '')")  # fmt: skip
    return f"CASE WHEN regexp_matches({document}, '[0-9][.eE]') THEN {marked} ELSE {document} END"


def unmark_numbers(text: str) -> str:
    """SQL of text read from a marked document, as it was written."""
    plain = f"replace(regexp_replace({text}, '\"{_MARK}([^\"]*)\"', '\\1', 'g'), '{_MARK}', '')"
    return f"CASE WHEN contains({text}, '{_MARK}') THEN {plain} ELSE {text} END"


def _nested(text: str, kind: DataType, zone: str) -> str:
    """One evaluation: the document is parsed once, its value is taken when every inner value fits."""
    document = f"CASE WHEN {is_json(text)} THEN ({mark_numbers(text)})::JSON END"
    body = f"CASE WHEN {_fits('df_j', kind, zone, 0)} THEN {_value('df_j', kind, zone, 0)} END"
    return f"list_transform([{document}], lambda df_j: {body})[1]::{stored_type(kind)}"


def _value(node: str, kind: DataType, zone: str, depth: int) -> str:
    inner = f"df_j{depth}"
    if kind.kind == "struct":
        fields = ", ".join(
            f'"{name}" := {_value(_member(node, name), field, zone, depth + 1)}' for name, field in kind.fields
        )
        return f"CASE WHEN json_type({node}) = 'OBJECT' THEN struct_pack({fields}) END"
    if kind.kind == "array":
        element = _value(inner, kind.fields[0][1], zone, depth + 1)
        return (
            f"CASE WHEN json_type({node}) = 'ARRAY' THEN list_transform({_elements(node)}, lambda "
            f"{inner}: {element}) END"
        )
    if kind.kind == "map":
        key = exact_cast(inner, kind.fields[0][1], (), zone)
        value = _value(_member_of(node, inner), kind.fields[1][1], zone, depth + 1)
        pairs = f"list_transform({_keys(node, depth)}, lambda {inner}: struct_pack(k := {key}, v := {value}))"
        return f"CASE WHEN json_type({node}) = 'OBJECT' THEN map_from_entries({pairs}) END"
    return exact_cast(_text(node), kind, (), zone)


def _fits(node: str, kind: DataType, zone: str, depth: int) -> str:
    """Whether a node is null or a value of the type, through and through."""
    inner = f"df_j{depth}"
    empty = f"coalesce(json_type({node}), 'NULL') = 'NULL'"
    if kind.kind == "struct":
        fields = " AND ".join(_fits(_member(node, name), field, zone, depth + 1) for name, field in kind.fields)
        return f"({empty} OR (json_type({node}) = 'OBJECT' AND {fields}))"
    if kind.kind == "array":
        broken = (
            f"len(list_filter({_elements(node)}, lambda {inner}: NOT "
            f"{_fits(inner, kind.fields[0][1], zone, depth + 1)}))"
        )
        return f"({empty} OR (json_type({node}) = 'ARRAY' AND {broken} = 0))"
    if kind.kind == "map":
        key = exact_cast(inner, kind.fields[0][1], (), zone)
        value = _fits(_member_of(node, inner), kind.fields[1][1], zone, depth + 1)
        keys = _keys(node, depth)
        broken = f"len(list_filter({keys}, lambda {inner}: NOT ({key} IS NOT NULL AND {value})))"
        distinct = f"len(list_distinct(list_transform({keys}, lambda {inner}: {key}))) = len({keys})"
        return f"({empty} OR (json_type({node}) = 'OBJECT' AND {broken} = 0 AND {distinct}))"
    if kind.kind == "string":
        return "true"
    return f"({empty} OR {exact_cast(_text(node), kind, (), zone)} IS NOT NULL)"


def _member(node: str, name: str) -> str:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return f"json_extract({node}, {literal(pointer)})"


def _member_of(node: str, key: str) -> str:
    return f"json_extract({node}, '/' || replace(replace({key}, '~', '~0'), '/', '~1'))"


def _keys(node: str, depth: int) -> str:
    """The keys of an object, a repeated one once."""
    key, place = f"df_k{depth}", f"df_i{depth}"
    return (f"list_filter(json_keys({node}), lambda {key}, {place}: "
            f"list_position(json_keys({node}), {key}) = {place})")  # fmt: skip


def _elements(node: str) -> str:
    return f"json_extract({node}, '$[*]')"


def _text(node: str) -> str:
    found = f"({node} ->> '$')"
    return f"({unmark_numbers(found)})"
