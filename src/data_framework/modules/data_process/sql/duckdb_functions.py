"""The functions of the dialect as DuckDB writes them, so that each answers what Spark's function of that name does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from data_framework.modules.data_process.sql.duckdb_aggregates import AGGREGATES
from data_framework.modules.data_process.sql.duckdb_casts import text_of
from data_framework.modules.data_process.sql.duckdb_dates import DATES
from data_framework.modules.data_process.sql.duckdb_numbers import NUMBERS
from data_framework.modules.data_process.sql.duckdb_template import fails, fill
from data_framework.modules.data_process.sql.functions import by_name
from data_framework.modules.data_process.sql.kinds import (
    BOOLEAN,
    INT,
    STRING,
    TEXTS,
    common,
    kind_of,
    with_kind,
)
from data_framework.modules.data_process.sql.problems import Text, wrong
from data_framework.modules.utils.data_types import DataType

Arguments = Sequence[exp.Expression]
_HOLES = "abc"
_OF_NUMBERS = frozenset({"chr", "space"})


def call(name: str, arguments: Arguments) -> exp.Expression | None:
    """A call of the dialect over translated arguments, or None for a function it does not know."""
    row = by_name().get(name)
    if row is None:
        return None
    base = row.same_as or name
    if base in _TEMPLATES:
        return _template(base, arguments)
    return _BUILDERS[base](arguments)


def _template(name: str, arguments: Arguments) -> exp.Expression:
    kind, *forms = _TEMPLATES[name]
    template = forms[len(forms) - 1 if len(arguments) >= len(forms) + _fewest(name) else len(arguments) - _fewest(name)]
    texts = by_name()[name].group in {"text", "pattern"} and name not in _OF_NUMBERS
    given = [_as_text(one, place == 0) if texts else one for place, one in enumerate(arguments)]
    return fill(template, kind, **dict(zip(_HOLES, given, strict=False)))


def _fewest(name: str) -> int:
    return by_name()[name].fewest


def _as_text(node: exp.Expression, whole_numbers: bool = True) -> exp.Expression:
    """An argument that is read as text; whole numbers may be the lengths and places they look like."""
    kind = kind_of(node)
    if kind is None or kind == STRING or (kind.is_integer and not whole_numbers):
        return node
    return text_of(node, kind)


_START = "CASE WHEN :b > 0 THEN :b - 1 WHEN :b < 0 THEN length(:a) + :b ELSE 0 END"
_FROM = f"CASE WHEN {_START} < 0 THEN 0 ELSE {_START} END + 1"
_LENGTH = f"CASE WHEN :c <= 0 OR {_START} + :c < 0 THEN 0 WHEN {_START} < 0 THEN {_START} + :c ELSE :c END"
_CUT = "WHEN length(:a) >= :b THEN left(:a, CASE WHEN :b < 0 THEN 0 ELSE :b END)"
_PAD = f"CASE {_CUT} WHEN {{c}} = '' THEN :a ELSE {{f}}(:a, :b, {{c}}) END"
_PARTS = "list_slice(string_split(:a, :b), {0}, {1})"
_FIRST = _PARTS.format("1", ":c")
_LAST = _PARTS.format("CASE WHEN -:c > len(string_split(:a, :b)) THEN 1 ELSE :c END", "-1")
_SLICE = f"""CASE WHEN :c = 0 OR :b = '' THEN left(:a, 0) WHEN :c > 0 THEN array_to_string({_FIRST}, :b)
    ELSE array_to_string({_LAST}, :b) END"""
_INITCAP = "list_transform(string_split(lower(:a), ' '), w -> upper(left(w, 1)) || substr(w, 2))"
_SPLIT_PART = """CASE WHEN :c = 0 THEN error('split_part: the number is 0, parts are counted from 1')
    WHEN :b = '' THEN CASE WHEN :c IN (1, -1) THEN :a ELSE left(:a, 0) END ELSE split_part(:a, :b, :c) END"""

#: Name → type of the answer, template for the fewest arguments, for one more, …
_TEMPLATES: dict[str, tuple[DataType | None, *tuple[str, ...]]] = {
    "ascii": (INT, "ascii(:a)"),
    "chr": (STRING, "CASE WHEN :a < 0 THEN '' ELSE chr(CAST(:a % 256 AS INTEGER)) END"),
    "contains": (BOOLEAN, "contains(:a, :b)"),
    "endswith": (BOOLEAN, "ends_with(:a, :b)"),
    "startswith": (BOOLEAN, "starts_with(:a, :b)"),
    "initcap": (STRING, f"array_to_string({_INITCAP}, ' ')"),
    "instr": (INT, "CAST(instr(:a, :b) AS INTEGER)"),
    "left": (STRING, "CASE WHEN :b < 0 THEN left(:a, 0) ELSE left(:a, :b) END"),
    "right": (STRING, "CASE WHEN :b <= 0 THEN left(:a, 0) ELSE right(:a, :b) END"),
    "length": (INT, "CAST(length(:a) AS INTEGER)"),
    "locate": (INT, "CAST(instr(:b, :a) AS INTEGER)",
               "CASE WHEN :c <= 0 THEN 0 WHEN instr(substr(:b, :c), :a) = 0 THEN 0 "
               "ELSE CAST(instr(substr(:b, :c), :a) + :c - 1 AS INTEGER) END"),
    "lower": (STRING, "lower(replace(:a, 'İ', 'i̇'))"),
    "upper": (STRING, "upper(replace(:a, 'ß', 'SS'))"),
    "lpad": (STRING, _PAD.format(c="' '", f="lpad"), _PAD.format(c=":c", f="lpad")),
    "rpad": (STRING, _PAD.format(c="' '", f="rpad"), _PAD.format(c=":c", f="rpad")),
    "ltrim": (STRING, "ltrim(:a, ' ')"),
    "rtrim": (STRING, "rtrim(:a, ' ')"),
    "trim": (STRING, "trim(:a, ' ')"),
    "md5": (STRING, "md5(:a)"),
    "repeat": (STRING, "repeat(:a, :b)"),
    "replace": (STRING, "CASE WHEN :b = '' THEN :a ELSE replace(:a, :b, '') END",
                "CASE WHEN :b = '' THEN :a ELSE replace(:a, :b, :c) END"),
    "reverse": (STRING, "array_to_string(list_reverse(regexp_extract_all(:a, '(?s:.)')), '')"),
    "space": (STRING, "repeat(' ', :a)"),
    "split_part": (STRING, _SPLIT_PART),
    "substring": (STRING, f"substr(:a, {_FROM})", f"substr(:a, {_FROM}, {_LENGTH})"),
    "substring_index": (STRING, _SLICE),
    "translate": (STRING, "translate(:a, :b, :c)"),
    "regexp_like": (BOOLEAN, "regexp_matches(:a, :b)"),
    "isnull": (BOOLEAN, ":a IS NULL"),
    "isnotnull": (BOOLEAN, ":a IS NOT NULL"),
    "array_contains": (BOOLEAN, "list_contains(:a, :b)"),
    "array_join": (STRING, "array_to_string(:a, :b)"),
    "size": (INT, "CAST(len(:a) AS INTEGER)"),
}  # fmt: skip


def _concat(arguments: Arguments) -> exp.Expression:
    result = _joined_text(arguments[0])
    for one in arguments[1:]:
        result = exp.DPipe(this=result, expression=_joined_text(one))
    return with_kind(exp.Paren(this=result), STRING)


def _joined_text(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Null):
        return fill("CAST(NULL AS VARCHAR)", STRING)
    text = text_of(node, kind_of(node))
    return exp.Paren(this=text) if isinstance(text, exp.Binary) else text


def _concat_ws(arguments: Arguments) -> exp.Expression:
    return with_kind(exp.Anonymous(this="concat_ws", expressions=[_joined_text(one) for one in arguments]), STRING)


def _sha2(arguments: Arguments) -> exp.Expression:
    if arguments[1].sql() not in {"0", "256"}:
        raise wrong(Text(arguments[1].sql()), None, "sha2() takes 0 or 256 bits")
    return fill("sha256(:a)", STRING, a=_as_text(arguments[0]))


def _regexp_extract(arguments: Arguments) -> exp.Expression:
    group = arguments[2] if len(arguments) > 2 else exp.Literal.number(1)
    if not isinstance(group, exp.Literal):
        raise wrong(Text(group.sql()), None, "the group of regexp_extract() must be a number")
    return fill("CASE WHEN :a IS NULL THEN NULL ELSE regexp_extract(:a, :p, :g) END", STRING,
                a=_as_text(arguments[0]), p=arguments[1], g=int(group.this))  # fmt: skip


def _regexp_replace(arguments: Arguments) -> exp.Expression:
    new = arguments[2]
    if not (isinstance(new, exp.Literal) and new.is_string):
        raise wrong(Text(new.sql()), None, "the replacement of regexp_replace() must be a quoted text")
    return fill(
        "regexp_replace(:a, :p, :n, 'g')",
        STRING,
        a=_as_text(arguments[0]),
        p=arguments[1],
        n=_java_replacement(new.this),
    )


def _java_replacement(text: str) -> str:
    result, position = "", 0
    while position < len(text):
        letter, following = text[position], text[position + 1 : position + 2]
        if letter == "\\" and following:
            result, position = result + ("\\\\" if following == "\\" else following), position + 2
        elif letter == "$" and following.isdigit():
            result, position = result + "\\" + following, position + 2
        else:
            result, position = result + ("\\\\" if letter == "\\" else letter), position + 1
    return result


def _split(arguments: Arguments) -> exp.Expression:
    return fill(
        "CASE WHEN :a IS NULL THEN NULL ELSE regexp_split_to_array(:a, :p) END",
        TEXTS,
        a=_as_text(arguments[0]),
        p=arguments[1],
    )


def _element_at(arguments: Arguments) -> exp.Expression:
    array = kind_of(arguments[0])
    kind = array.fields[0][1] if array and array.fields else None
    outside = fails("element_at: there is no such element")
    return fill("CASE WHEN :b = 0 OR abs(:b) > len(:a) THEN :e ELSE list_extract(:a, :b) END", kind,
                a=arguments[0], b=arguments[1], e=outside)  # fmt: skip


def _get_json_object(arguments: Arguments) -> exp.Expression:
    return fill("CASE WHEN json_valid(:a) THEN json_extract_string(:a, :p) END", STRING, a=arguments[0], p=arguments[1])


def _same(duckdb_name: str) -> Callable[[Arguments], exp.Expression]:
    """A function with one type for its arguments and its answer (`coalesce`, `greatest`)."""

    def build(arguments: Arguments) -> exp.Expression:
        kind = common([kind_of(one) for one in arguments if not isinstance(one, exp.Null)])
        return with_kind(exp.Anonymous(this=duckdb_name, expressions=list(arguments)), kind)

    return build


def _if(arguments: Arguments) -> exp.Expression:
    condition, value, other = arguments
    kind = common([kind_of(one) for one in (value, other) if not isinstance(one, exp.Null)])
    return fill("CASE WHEN :c THEN :a ELSE :b END", kind, c=condition, a=value, b=other)


def _nvl2(arguments: Arguments) -> exp.Expression:
    value, present, absent = arguments
    return _if([fill(":a IS NOT NULL", a=value), present, absent])


def _nullif(arguments: Arguments) -> exp.Expression:
    a, b = arguments
    return fill("CASE WHEN :a = :b THEN NULL ELSE :a END", kind_of(a), a=a, b=b)


_BUILDERS: dict[str, Callable[[Arguments], exp.Expression]] = {
    "concat": _concat, "concat_ws": _concat_ws, "sha2": _sha2, "regexp_extract": _regexp_extract,
    "regexp_replace": _regexp_replace, "split": _split, "element_at": _element_at, "get_json_object": _get_json_object,
    "coalesce": _same("coalesce"), "ifnull": _same("coalesce"), "greatest": _same("greatest"), "least": _same("least"),
    "if": _if, "nvl2": _nvl2, "nullif": _nullif, **NUMBERS, **DATES, **AGGREGATES,
}  # fmt: skip
