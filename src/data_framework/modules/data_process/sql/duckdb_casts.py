"""CAST as Spark does it in ANSI mode: nothing is guessed from text, numbers lose their places toward zero."""

from __future__ import annotations

from sqlglot import exp

from data_framework.modules.data_process.sql.duckdb_template import cast, fails, fill
from data_framework.modules.data_process.sql.kinds import STRING, TIMESTAMP, duckdb_type, with_kind
from data_framework.modules.utils.data_types import DataType

_NUMBER = r"\A[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\z"
_DAY = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_TIME = r"([ T]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?"
PATTERNS = {
    "int": r"\A[+-]?[0-9]+\z",
    "decimal": _NUMBER,
    "double": _NUMBER[:-2] + r"\z|\A[+-]?(?i:inf|infinity)\z|\A(?i:nan)\z",
    "date": rf"\A{_DAY}\z",
    "timestamp": rf"\A{_DAY}{_TIME}\z",
}
_TRIMMED = "trim(CAST(:x AS VARCHAR), chr(32) || chr(9) || chr(10) || chr(13))"
_SCIENTIFIC = """CASE
  WHEN :x IS NULL THEN NULL WHEN isnan(:x) THEN 'NaN'
  WHEN isinf(:x) THEN CASE WHEN :x > 0 THEN 'Infinity' ELSE '-Infinity' END
  WHEN :x = 0 OR (abs(:x) >= 0.001 AND abs(:x) < 1e7) THEN CAST(:x AS VARCHAR)
  WHEN contains(CAST(:x AS VARCHAR), 'e') THEN
    CASE WHEN contains(split_part(CAST(:x AS VARCHAR), 'e', 1), '.') THEN split_part(CAST(:x AS VARCHAR), 'e', 1)
      ELSE split_part(CAST(:x AS VARCHAR), 'e', 1) || '.0' END
      || 'E' || CAST(CAST(split_part(CAST(:x AS VARCHAR), 'e', 2) AS INTEGER) AS VARCHAR)
  WHEN abs(:x) < 1 THEN
      regexp_replace(regexp_replace(CAST(:x AS VARCHAR), '0\\.0*([1-9])([0-9]*)', '\\1.\\2'), '\\.$', '.0')
      || 'E-' || CAST(length(regexp_extract(CAST(:x AS VARCHAR), '\\.(0*)', 1)) + 1 AS VARCHAR)
  ELSE regexp_replace(regexp_replace(regexp_replace(regexp_replace(CAST(:x AS VARCHAR), '\\.0$', ''),
      '^(-?[0-9])([0-9]*)\\.?([0-9]*)$', '\\1.\\2\\3'), '0+$', ''), '\\.$', '.0')
      || 'E' || CAST(length(regexp_extract(CAST(:x AS VARCHAR), '^-?([0-9]+)', 1)) - 1 AS VARCHAR)
  END"""


def spark_cast(node: exp.Expression, source: DataType | None, target: DataType, strict: bool) -> exp.Expression:
    """A cast: strict fails on a value that does not fit, else it becomes null."""
    return with_kind(_cast(node, source, target, strict), target)


def text_of(node: exp.Expression, source: DataType | None) -> exp.Expression:
    """A value as text, as Spark writes it."""
    if source == STRING:
        return node
    if source is not None and source.kind in {"double", "float"}:
        return fill(_SCIENTIFIC, STRING, x=node)
    if source == TIMESTAMP:
        return cast(cast(node, TIMESTAMP), STRING)
    if source is None:
        number = fill("TRY_CAST(CAST(:x AS VARCHAR) AS DOUBLE)", x=node)
        return fill("CASE WHEN typeof(:x) IN ('DOUBLE', 'FLOAT') THEN :f ELSE CAST(:x AS VARCHAR) END", STRING,
                    x=node, f=fill(_SCIENTIFIC, x=number))  # fmt: skip
    return cast(node, STRING)


def _cast(node: exp.Expression, source: DataType | None, target: DataType, strict: bool) -> exp.Expression:
    if source == target or isinstance(node, exp.Null):
        return cast(node, target)
    if target == STRING:
        return text_of(node, source)
    if source == STRING:
        return _from_text(node, target, strict)
    if source is None and (target.is_integer or target.kind in {"decimal", "date", "timestamp"}):
        return _from_unknown(node, target, strict)
    if source is not None and source.kind in {"double", "float"} and target.kind == "decimal":
        return _plain(fill("CAST(:x AS VARCHAR)", x=node), target, strict)
    if source is not None and target.is_integer and source.kind in {"double", "float", "decimal"}:
        return _plain(fill("trunc(:x)", x=node), target, strict)
    return _plain(node, target, strict)


def _plain(node: exp.Expression, target: DataType, strict: bool) -> exp.Expression:
    kind = exp.Cast if strict else exp.TryCast
    return kind(this=node.copy(), to=duckdb_type(target))


def _from_text(node: exp.Expression, target: DataType, strict: bool) -> exp.Expression:
    trimmed = fill(_TRIMMED, x=node)
    failed = fails(f"CAST: a text does not fit the type {target}") if strict else exp.Null()
    if target.kind == "boolean":
        return fill("CASE WHEN lower(:t) IN ('true', 't', 'yes', 'y', '1') THEN true "
                    "WHEN lower(:t) IN ('false', 'f', 'no', 'n', '0') THEN false WHEN :t IS NULL THEN NULL ELSE :e END",
                    t=trimmed, e=failed)  # fmt: skip
    pattern = PATTERNS["int" if target.is_integer else "double" if target.kind == "float" else target.kind]
    return fill("CASE WHEN regexp_matches(:t, :p) THEN :v WHEN :t IS NULL THEN NULL ELSE :e END",
                t=trimmed, p=pattern, v=_plain(trimmed, target, strict), e=failed)  # fmt: skip


def _from_unknown(node: exp.Expression, target: DataType, strict: bool) -> exp.Expression:
    text = fill("CAST(:x AS VARCHAR)", x=node)
    value = fill("CAST(trunc(CAST(:t AS DECIMAL(38,9))) AS VARCHAR)", t=text) if target.is_integer else text
    truth = fill("CAST(CAST(TRY_CAST(:t AS BOOLEAN) AS INTEGER) AS VARCHAR)", t=text)
    return fill("CASE WHEN typeof(:x) IN ('VARCHAR') THEN :s WHEN typeof(:x) IN ('BOOLEAN') THEN :b ELSE :v END",
                x=node, s=_from_text(text, target, strict), v=_plain(value, target, strict),
                b=_plain(truth, target, strict))  # fmt: skip
