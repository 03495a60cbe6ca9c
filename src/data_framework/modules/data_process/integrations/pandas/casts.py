"""Exact casts as DuckDB SQL: a cheap round trip proves most cells, the shared guards judge the rest.

DuckDB's own TRY_CAST rounds, accepts `1_000`, `0x10`, `epoch`, … (SPARK.md, section 7): a value is taken without the
guard only when it prints as the very text it came from.
"""

from __future__ import annotations

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
    name, bare, whole = stored_type(kind), trim(text), f"try_cast({text} AS BIGINT)"
    slow = (f"CASE WHEN regexp_matches({bare}, {literal(guards.decimal_pattern(kind))}) THEN "
        f"try_cast({bare} AS {name}) "
            f"WHEN regexp_matches({bare}, '[eE]') AND regexp_matches({bare}, {literal(guards.NUMBER)}) "
            f"AND {_exponent_fits(bare, kind)} THEN try_cast({bare} AS {name}) END")  # fmt: skip
    return f"CASE WHEN {quick}::VARCHAR = {text} OR {whole}::VARCHAR = {text} THEN {quick} ELSE {slow} END"


def _exponent_fits(number: str, kind: DataType) -> str:
    """Of a number with an exponent: whether it needs no more digits on either side of the point than a type has.

    DuckDB's own cast rounds there, and lets a number of one digit too many through.
    """
    mantissa = f"regexp_extract({number}, '^[^eE]*')"
    digits = f"regexp_replace({mantissa}, '[^0-9]', '', 'g')"
    fraction = f"length(regexp_extract({mantissa}, '\\.([0-9]*)', 1))"
    exponent = f"coalesce(try_cast(regexp_extract({number}, '[eE]([+-]?[0-9]+)$', 1) AS INTEGER), 0)"
    zeros = f"(length({digits}) - length(rtrim({digits}, '0')))"
    behind = f"{fraction} - {zeros} - {exponent} <= {kind.scale}"
    before = f"length(ltrim({digits}, '0')) - {fraction} + {exponent} <= {kind.precision - kind.scale}"
    return f"(rtrim({digits}, '0') = '' OR ({behind} AND {before}))"


def _float(text: str, kind: DataType, _zone: str, quick: str) -> str:
    bare = trim(text)
    plain = f"isfinite({quick}) AND NOT (contains({text}, '_') OR contains(lower({text}), 'e')) AND ascii({text}) > 32"
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
    return f"timezone({literal(zone)}, {naive})" if zone != "UTC" else f"({naive})::TIMESTAMPTZ"


def _binary(text: str, _kind: DataType, _zone: str, _quick: str) -> str:
    return f"encode({text})"


def _formatted(text: str, kind: DataType, formats: tuple[str, ...], zone: str) -> str:
    bare = trim(text)
    branches = []
    for written in formats:
        found = guards.date_format(written)
        value = f"try_strptime({bare}, {literal(found.strptime)})"
        if kind.kind == "date":
            value = f"({value})::DATE" if not found.has_offset else f"timezone('UTC', {value})::DATE"
        elif not found.has_offset:
            value = _zoned(value, zone)
        branches.append(f"CASE WHEN regexp_matches({bare}, {literal(found.pattern)}) THEN {value} END")
    return f"coalesce({', '.join(branches)})" if len(branches) > 1 else branches[0]


_WRITERS: dict[str, Callable[[str, DataType, str, str], str]] = {
    "string": _string, "decimal": _decimal, "float": _float, "double": _float, "boolean": _boolean, "date": _date,
    "timestamp": _timestamp, "binary": _binary,
}  # fmt: skip


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
    document = f"CASE WHEN json_valid({text}) THEN ({mark_numbers(text)})::JSON END"
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
        pairs = f"list_transform(json_keys({node}), lambda {inner}: struct_pack(k := {key}, v := {value}))"
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
        key = f"{exact_cast(inner, kind.fields[0][1], (), zone)} IS NOT NULL"
        value = _fits(_member_of(node, inner), kind.fields[1][1], zone, depth + 1)
        broken = f"len(list_filter(json_keys({node}), lambda {inner}: NOT ({key} AND {value})))"
        return f"({empty} OR (json_type({node}) = 'OBJECT' AND {broken} = 0))"
    if kind.kind == "string":
        return "true"
    return f"({empty} OR {exact_cast(_text(node), kind, (), zone)} IS NOT NULL)"


def _member(node: str, name: str) -> str:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return f"json_extract({node}, {literal(pointer)})"


def _member_of(node: str, key: str) -> str:
    return f"json_extract({node}, '/' || replace(replace({key}, '~', '~0'), '/', '~1'))"


def _elements(node: str) -> str:
    return f"json_extract({node}, '$[*]')"


def _text(node: str) -> str:
    found = f"({node} ->> '$')"
    return f"({unmark_numbers(found)})"
