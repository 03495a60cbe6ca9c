"""Controls proposed from a file: what its profile shows, kept where all rows bear it out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.profiling import ColumnProfile, Profile, profile_file
from data_framework.modules.validation.checking import check_file
from data_framework.modules.validation.interface_quality_controls import ControlResult

_ENOUGH = 20  # fewer rows bear nothing out
_FEW = 20  # more values are no enumeration
_OFTEN = 5  # an enumeration's values occur so often at least, on average
_DEPENDENCIES = 6
_KEYS = 3
#: Rules of formats, and what every one of the common values must look like for one to be tried.
_FORMATS: Mapping[str, str] = {
    "is_email": r"[^@\s]+@[^@\s]+\.[^@\s]+", "is_uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "is_url": r"https?://\S+", "is_ipv4": r"\d{1,3}(\.\d{1,3}){3}", "is_json": r"\{.*\}|\[.*\]",
    "is_isin": r"[A-Z]{2}[A-Z0-9]{9}\d", "is_lei": r"[A-Z0-9]{18}\d\d", "is_iban": r"[A-Z]{2}\d\d[A-Z0-9]{11,30}",
    "is_bic": r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", "is_country_code": r"[A-Z]{2}", "is_currency_code": r"[A-Z]{3}",
    "is_e164_phone": r"\+[1-9]\d{6,14}",
}  # fmt: skip
_CLASSES = (("[A-Z]", str.isupper), ("[a-z]", str.islower), ("[0-9]", str.isdigit))

Proposal = dict[str, Any]


def suggest_controls(path: Path, table: TableRef | None = None) -> tuple[list[Proposal], int]:
    """Propose controls that hold on every row of a file and are worth keeping, and say how many rows there are.

    Each carries its evidence in `_evidence`, a comment.

    Args:
        path: A file `controls check` judges.
        table: The table its rows are of, which the controls are then bound to.
    """
    profile = profile_file(path)
    proposals = list(_proposals(profile)) if profile.rows >= _ENOUGH else []
    controls = [Control.model_validate({"name": str(number), **one}) for number, one in enumerate(proposals)]
    results = check_file(path, controls).controls if controls else []
    held = [one for one, result in zip(proposals, results, strict=True) if _holds(result)]
    return [_named(number, one, table) for number, one in enumerate(_worth_keeping(held), 1)], profile.rows


def _named(number: int, proposal: Proposal, table: TableRef | None) -> Proposal:
    fields = proposal.get("field", [])
    about = fields if isinstance(fields, str) else ", ".join(fields)
    name = {"name": f"{about} {proposal['algorithm']}".strip()}
    if table is None:
        return {**name, **proposal}
    ids = {"control_master_id": f"S{number:03}", "control_table_id": f"{table.table}-S{number:03}"}
    return {**ids, **name, "layer": table.layer, "database": table.database, "table": table.table, **proposal}


def _holds(result: ControlResult) -> bool:
    return not result.error and not result.invalid and result.total > 0


def _worth_keeping(held: list[Proposal]) -> list[Proposal]:
    """One key is enough, and what a key or a list of values says already need not be said again."""
    kept: list[Proposal] = []
    keyed, listed = False, set()
    for one in held:
        name, field = one["algorithm"], one.get("field")
        if name == "is_primary_key":
            if keyed:
                continue
            keyed = True
        if name == "is_in":
            listed.add(field)
        elif name in {"matches_regex", "is_trimmed", "has_length"} and field in listed:
            continue
        kept.append(one)
    keys = {one["field"][0] for one in kept if one["algorithm"] == "is_primary_key" and len(one["field"]) == 1}
    return [one for one in kept if not (one["algorithm"] == "is_not_null" and one["field"] in keys)]


def _proposals(profile: Profile) -> Iterator[Proposal]:
    least = max(1, profile.rows // 2)
    yield _told("row_count", None, f"{profile.rows} rows", min=least)
    for key in profile.keys[:_KEYS]:
        yield {**_told("is_primary_key", None, f"{profile.rows} rows, no value twice"), "field": list(key)}
    for column in profile.columns:
        if column.filled:
            for propose in _OF_COLUMN:
                yield from propose(column, profile.rows)
    for decides, decided in profile.dependencies[:_DEPENDENCIES]:
        evidence = f"every value of {decides} has one of {decided}"
        yield _told("determines", decided, evidence, fields=[decides])


def _told(algorithm: str, field: str | None, evidence: str, **arguments: Any) -> Proposal:
    told: Proposal = {"algorithm": algorithm}
    told |= {"field": field} if field is not None else {}
    told |= {"arguments": arguments} if arguments else {}
    return {**told, "_evidence": evidence}


def _nulls(column: ColumnProfile, rows: int) -> Iterator[Proposal]:
    missing = rows - column.filled
    if not missing:
        yield _told("is_not_null", column.name, f"{rows} rows, none without a value")
    elif column.filled * 2 >= rows:
        share = math.floor(column.filled / rows * 20) / 20
        yield _told("completeness", column.name, f"{missing} of {rows} rows without a value", min=share)


def _values(column: ColumnProfile, rows: int) -> Iterator[Proposal]:
    few = 1 < column.distinct <= _FEW and column.filled >= column.distinct * _OFTEN
    if column.kind == "string" and few:
        evidence = f"{column.filled} cells, {len(column.common)} values"
        yield _told("is_in", column.name, evidence, values=sorted(column.common))


def _numbers(column: ColumnProfile, rows: int) -> Iterator[Proposal]:
    if column.lowest is None:
        return
    evidence = f"from {_number(column.lowest)} to {_number(column.highest)}"
    if column.highest <= 1 and column.lowest >= 0 and column.kind == "decimal":
        yield _told("is_between", column.name, evidence, min=0, max=1)
    elif column.distinct <= _FEW and column.kind == "integer" and column.filled >= column.distinct * _OFTEN:
        yield _told("is_between", column.name, evidence, min=int(column.lowest), max=int(column.highest))
    elif column.lowest > 0:
        yield _told("is_positive", column.name, evidence)
    elif column.lowest == 0:
        yield _told("is_non_negative", column.name, evidence)


def _dates(column: ColumnProfile, rows: int) -> Iterator[Proposal]:
    if column.kind not in {"date", "timestamp"}:
        return
    evidence = f"from {column.first} to {column.last}"
    if column.last[:10] <= date.today().isoformat():
        yield _told("is_not_in_future", column.name, evidence)
    year = int(column.first[:4])
    yield _told("is_between", column.name, evidence, min=f"{year // 10 * 10}-01-01", max="2999-12-31")


def _texts(column: ColumnProfile, rows: int) -> Iterator[Proposal]:
    if column.kind != "string" or not column.common:
        return
    seen = f"{column.filled} cells, about {column.distinct} values"
    for name, shape in _FORMATS.items():
        if all(re.fullmatch(shape, value, re.DOTALL) for value in column.common):
            yield _told(name, column.name, seen)
    pattern = _pattern(column.common) if column.distinct > _FEW else None
    if pattern:
        yield _told("matches_regex", column.name, seen, pattern=pattern, mode="full")
    elif column.shortest == column.longest > 1:
        yield _told("has_length", column.name, f"{seen}, all of this length", length=column.longest)
    elif column.trimmed and column.distinct > _FEW:
        yield _told("is_trimmed", column.name, f"{seen}, none with blanks around it")


_OF_COLUMN: tuple[Callable[[ColumnProfile, int], Iterator[Proposal]], ...] = (
    _nulls, _values, _numbers, _dates, _texts,
)  # fmt: skip


def _pattern(values: tuple[str, ...]) -> str | None:
    """The pattern of texts that are built alike: runs of one class of letters or digits, and what stands between.

    Example:
        >>> _pattern(("AB/12", "XY/99")), _pattern(("AB/12", "XY/1234")), _pattern(("AB/12", "free text"))
        ('[A-Z]{2}/[0-9]{2}', '[A-Z]{2}/[0-9]+', None)
    """
    shapes = [_runs(value) for value in values]
    if any([name for name, _ in shape] != [name for name, _ in shapes[0]] for shape in shapes):
        return None
    parts = []
    for place, (name, _) in enumerate(shapes[0]):
        lengths = {shape[place][1] for shape in shapes}
        parts.append(name + ("+" if len(lengths) > 1 else f"{{{lengths.pop()}}}") if name.startswith("[") else name)
    return "".join(parts) if len(parts) > 1 and any(part.startswith("[") for part in parts) else None


def _runs(text: str) -> list[tuple[str, int]]:
    runs: list[tuple[str, int]] = []
    for character in text:
        plain = character.isascii()
        name = next((name for name, test in _CLASSES if plain and test(character)), "") or re.escape(character)
        if runs and runs[-1][0] == name and name.startswith("["):
            runs[-1] = (name, runs[-1][1] + 1)
        else:
            runs.append((name, 1))
    return runs


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
