"""Exact casts as Spark SQL, the same answers as the other engine's: what the shared guards let through, nothing else.

Spark's own TRY_CAST guesses (SPARK.md, section 7: `2026` is a date, `1d` a number, `10:00` today): a value is taken
without the guard only when it prints as the very text it came from.
"""

from __future__ import annotations

from collections.abc import Callable

from data_framework.modules.data_process.helpers import cast as guards
from data_framework.modules.data_process.integrations.spark.transformations.parse_dates import formatted
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.utils.data_types import DataType

_FINITE = "1.7976931348623157E308D"


def trim(text: str) -> str:
    """Text without blanks, tabs and line ends at its ends."""
    return f"trim(BOTH {literal(guards.BLANKS)} FROM {text})"


def stored_type(kind: DataType) -> str:
    """A type as the table stores it: whole numbers have at least 32 bits, timestamps are instants."""
    if kind.is_integer:
        return "BIGINT" if kind.kind == "bigint" else "INT"
    if kind.kind == "decimal":
        return f"DECIMAL({kind.precision},{kind.scale})"
    if kind.kind == "struct":
        inner = ", ".join(f"{quoted(name)}: {stored_type(field)}" for name, field in kind.fields)
        return f"STRUCT<{inner}>"
    if kind.fields:
        return f"{kind.kind.upper()}<{', '.join(stored_type(field) for _, field in kind.fields)}>"
    return kind.kind.upper()


def comparable(value: str, kind: DataType) -> str:
    """SQL of a value that can be compared: Spark compares no maps."""
    return f"to_json(struct({value} AS v))" if "map<" in str(kind) else value


def exact_cast(text: str, kind: DataType, formats: tuple[str, ...] = (), zone: str = "UTC") -> str:
    """The SQL of text as a type: null where the text is null or does not fit.

    Args:
        text: SQL of the text; it is repeated, so a column is best.
        kind: The type.
        formats: Of dates and timestamps; none means ISO.
        zone: The time zone of timestamps that carry no offset.
    """
    if kind.kind in {"date", "timestamp"} and formats:
        branches = [formatted(trim(text), kind, guards.date_format(written), zone) for written in formats]
        return f"coalesce({', '.join(branches)})" if len(branches) > 1 else branches[0]
    if kind.is_nested:
        return _nested(text, kind, zone)
    written = _integer if kind.is_integer else _WRITERS[kind.kind]
    return written(text, kind, zone)


def _matches(text: str, pattern: str) -> str:
    return f"{text} RLIKE {literal(pattern)}"


def _string(text: str, _kind: DataType, _zone: str) -> str:
    return text


def _integer(text: str, kind: DataType, _zone: str) -> str:
    name, bare = kind.kind.upper(), trim(text)
    quick = f"try_cast({text} AS {name})"
    slow = (f"CASE WHEN {_matches(bare, guards.INTEGER)} "
            f"THEN try_cast(regexp_replace({bare}, {literal(chr(92) + '.0+$')}, '') AS {name}) END")  # fmt: skip
    return f"CAST(CASE WHEN CAST({quick} AS STRING) = {text} THEN {quick} ELSE {slow} END AS {stored_type(kind)})"


def _decimal(text: str, kind: DataType, _zone: str) -> str:
    name, bare = stored_type(kind), trim(text)
    quick, whole = f"try_cast({text} AS {name})", f"try_cast({text} AS BIGINT)"
    slow = (f"CASE WHEN {_matches(bare, guards.decimal_pattern(kind))} THEN try_cast({bare} AS {name}) "
            f"WHEN {_matches(bare, '[eE]')} AND {_matches(bare, guards.NUMBER)} AND {_exponent_fits(bare, kind)} "
            f"THEN try_cast({bare} AS {name}) END")  # fmt: skip
    prints = f"CAST({quick} AS STRING) = {text} OR CAST({whole} AS STRING) = {text}"
    return f"CASE WHEN {prints} THEN {quick} ELSE {slow} END"


def _exponent_fits(number: str, kind: DataType) -> str:
    """Of a number with an exponent: whether it needs no more digits on either side of the point than a type has."""
    mantissa = f"regexp_extract({number}, '^[^eE]*', 0)"
    digits = f"regexp_replace({mantissa}, '[^0-9]', '')"
    fraction = f"length(regexp_extract({mantissa}, {literal('[.]([0-9]*)')}, 1))"
    exponent = f"coalesce(try_cast(regexp_extract({number}, '[eE]([+-]?[0-9]+)$', 1) AS INT), 0)"
    significant = f"trim(TRAILING '0' FROM {digits})"
    zeros = f"(length({digits}) - length({significant}))"
    behind = f"{fraction} - {zeros} - {exponent} <= {kind.scale}"
    before = f"length(trim(LEADING '0' FROM {digits})) - {fraction} + {exponent} <= {kind.precision - kind.scale}"
    return f"({significant} = '' OR ({behind} AND {before}))"


def _float(text: str, kind: DataType, _zone: str) -> str:
    bare, name = trim(text), kind.kind.upper()
    value = f"try_cast({bare} AS {name})"
    return (f"CASE WHEN {_matches(bare, guards.NUMBER)} THEN CASE WHEN abs({value}) <= {_FINITE} THEN {value} END "
            f"WHEN {_matches(bare, guards.NOT_A_NUMBER)} THEN {value} END")  # fmt: skip


def _boolean(text: str, _kind: DataType, _zone: str) -> str:
    word = f"lower({trim(text)})"
    yes, no = (", ".join(literal(item) for item in words) for words in (guards.TRUE_WORDS, guards.FALSE_WORDS))
    return f"CASE WHEN {word} IN ({yes}) THEN true WHEN {word} IN ({no}) THEN false END"


def _date(text: str, _kind: DataType, _zone: str) -> str:
    quick, bare = f"try_cast({text} AS DATE)", trim(text)
    slow = (f"CASE WHEN {_matches(bare, guards.DATE)} AND NOT startswith({bare}, '0000') "
            f"THEN try_cast({bare} AS DATE) END")  # fmt: skip
    plain = f"length({text}) = 10 AND CAST({quick} AS STRING) = {text} AND NOT startswith({text}, '0000')"
    return f"CASE WHEN {plain} THEN {quick} ELSE {slow} END"


def _timestamp(text: str, _kind: DataType, zone: str) -> str:
    """Whole, with seconds and a zone, for Spark's own cast takes `10:00Z` for nothing and `10:00` for its session's."""
    bare, own = trim(text), literal("Z" if zone == "UTC" else f" {zone}")
    minutes = f"locate(':', {bare}) + 3"
    rest = f"substr({bare}, {minutes})"
    seconds = f"CASE WHEN startswith({rest}, ':') THEN '' ELSE ':00' END"
    offset = " OR ".join(f"contains({rest}, '{sign}')" for sign in "Z+-")
    whole = f"concat(left({bare}, {minutes} - 1), {seconds}, {rest}, CASE WHEN {offset} THEN '' ELSE {own} END)"
    moment = f"CASE WHEN contains({bare}, ':') THEN {whole} ELSE concat({bare}, ' 00:00:00', {own}) END"
    return (f"CASE WHEN {_matches(bare, guards.TIMESTAMP)} AND NOT startswith({bare}, '0000') "
            f"THEN try_cast({moment} AS TIMESTAMP) END")  # fmt: skip


def _binary(text: str, _kind: DataType, _zone: str) -> str:
    return f"encode({text}, 'UTF-8')"


_WRITERS: dict[str, Callable[[str, DataType, str], str]] = {
    "string": _string, "decimal": _decimal, "float": _float, "double": _float, "boolean": _boolean, "date": _date,
    "timestamp": _timestamp, "binary": _binary,
}  # fmt: skip


# nested types from JSON text ----------------------------------------------------------------------------------------
def _nested(text: str, kind: DataType, zone: str) -> str:
    """One evaluation: the document becomes its leaves as text, its value is taken when every one of them fits."""
    shape = literal(_leaves(kind))
    leaves = f"from_json(df_json_leaves({text}, {shape}), {shape})"
    body = f"CASE WHEN {_fits('df_j', kind, zone, 0)} THEN {_value('df_j', kind, zone, 0)} END"
    return f"CAST(element_at(transform(array({leaves}), df_j -> {body}), 1) AS {stored_type(kind)})"


def _leaves(kind: DataType) -> str:
    """The type with text for every value that holds no others."""
    if kind.kind == "struct":
        return f"STRUCT<{', '.join(f'{quoted(name)}: {_leaves(field)}' for name, field in kind.fields)}>"
    if kind.fields:
        return f"{kind.kind.upper()}<{', '.join(_leaves(field) for _, field in kind.fields)}>"
    return "STRING"


def _value(node: str, kind: DataType, zone: str, depth: int) -> str:
    inner = f"df_j{depth}"
    if kind.kind == "struct":
        fields = ", ".join(f"{literal(name)}, {_value(f'{node}.{quoted(name)}', field, zone, depth + 1)}"
                           for name, field in kind.fields)  # fmt: skip
        return f"CASE WHEN {node} IS NOT NULL THEN named_struct({fields}) END"
    if kind.kind == "array":
        return f"transform({node}, {inner} -> {_value(inner, kind.fields[0][1], zone, depth + 1)})"
    if kind.kind == "map":
        key, value = _entry(inner, kind, zone, depth)
        return f"map_from_entries(transform(map_entries({node}), {inner} -> struct({key}, {value})))"
    return exact_cast(node, kind, (), zone)


def _entry(inner: str, kind: DataType, zone: str, depth: int) -> tuple[str, str]:
    key = exact_cast(f"{inner}.key", kind.fields[0][1], (), zone)
    return key, _value(f"{inner}.value", kind.fields[1][1], zone, depth + 1)


def _fits(node: str, kind: DataType, zone: str, depth: int) -> str:
    """Whether a node is null or a value of the type, through and through."""
    inner = f"df_j{depth}"
    if kind.kind == "struct":
        fields = " AND ".join(_fits(f"{node}.{quoted(name)}", field, zone, depth + 1) for name, field in kind.fields)
        return f"({node} IS NULL OR ({fields}))"
    if kind.kind == "array":
        return f"({node} IS NULL OR forall({node}, {inner} -> {_fits(inner, kind.fields[0][1], zone, depth + 1)}))"
    if kind.kind == "map":
        key = exact_cast(f"{inner}.key", kind.fields[0][1], (), zone)
        value = _fits(f"{inner}.value", kind.fields[1][1], zone, depth + 1)
        keys = f"transform(map_entries({node}), {inner} -> {key})"
        return (f"({node} IS NULL OR (forall(map_entries({node}), {inner} -> {key} IS NOT NULL AND {value}) "
                f"AND size(array_distinct({keys})) = size({keys})))")  # fmt: skip
    return "true" if kind.kind == "string" else f"({node} IS NULL OR {exact_cast(node, kind, (), zone)} IS NOT NULL)"
