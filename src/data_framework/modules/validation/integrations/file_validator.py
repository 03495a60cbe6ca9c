"""The controls of a landed file, before raw: each a small function of what is known of the file."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from data_framework.modules.utils.regex import compile_pattern
from data_framework.modules.validation.contract_columns import compare_columns

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import IncomingFile
    from data_framework.modules.config.model.tables import TableContract

ALWAYS = ("validate_filename_pattern", "validate_unzipped_filename_pattern", "validate_csv_format")


class LandedFacts(Protocol):
    """What takes reading to know of a landed file: asked only by the controls that need it."""

    def age(self) -> float:
        """Seconds since it was modified."""

    def rows(self) -> int:
        """Its records, broken ones counted."""

    def twin(self) -> str:
        """The name of another file in force with the same content, or ""."""

    def checksum(self, algorithm: str) -> str:
        """The checksum of the object as it was delivered, in hexadecimal."""

    def companion(self, name: str) -> str | None:
        """The text of a small file beside it, None without one."""

    def encodings(self) -> tuple[str, ...]:
        """The codecs its members were decoded with, () for what is no plain text."""


@dataclass(frozen=True)
class LandedFile:
    """A landed file as far as it could be read.

    Attributes:
        file_name, size: Base name and size in bytes, as delivered.
        incoming: How the configuration says it is written.
        members: Names of the members of its archive that were taken, () for a plain file or a broken archive.
        unreadable: Why it could not be read as configured, or "".
        misnamed: Why no member of its archive answers to the pattern, or "".
        columns: The delivered names of its columns, in order, None when they could not be read.
        fields: The plain values beside the records of a JSON document, by name.
        contract: The table contract its columns are held against, or None.
        facts: What takes reading to know; None where nothing more is known.
    """

    file_name: str
    size: int
    incoming: IncomingFile
    members: tuple[str, ...] = ()
    unreadable: str = ""
    misnamed: str = ""
    columns: tuple[str, ...] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    contract: TableContract | None = None
    facts: LandedFacts | None = None


@dataclass(frozen=True)
class FileOutcome:
    """What a file control found: judged (`total` 1) or not (0), and why it is invalid."""

    total: int = 1
    invalid: int = 0
    observed: Any = None
    detail: str = ""


Arguments = Mapping[str, Any]
_NOT_JUDGED = FileOutcome(total=0)


def outcome(problem: str, observed: Any = None) -> FileOutcome:
    """An outcome that is invalid when there is a problem."""
    return FileOutcome(1, 1 if problem else 0, observed, problem)


def validate_filename_pattern(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """The whole base name matches `filename_pattern`."""
    pattern = landed.incoming.filename_pattern
    if compile_pattern(pattern).fullmatch(landed.file_name):
        return outcome("")
    return outcome(f"its name does not match filename_pattern {pattern!r}")


def validate_unzipped_filename_pattern(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """The archive has members whose names match `filename_unzipped_pattern`, or just one member."""
    return outcome(landed.misnamed) if landed.incoming.zipped else _NOT_JUDGED


def validate_csv_format(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """The file can be read as the configuration says."""
    return outcome(landed.unreadable)


def validate_csv_columns(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """The columns fit the contract: some are known, and none is new or missing where `schema_policy` says freeze."""
    contract = landed.contract
    if contract is None or not landed.columns:
        return _NOT_JUDGED
    new, missing, known = compare_columns(landed.columns, contract)
    policy = contract.schema_policy
    problems = []
    if not known:
        problems.append(f"none of its columns is in the contract of {contract.database}.{contract.table}")
    if policy.new_columns == "freeze" and new:
        problems.append(f"columns that are not in the contract: {', '.join(new)}")
    if policy.missing_columns == "freeze" and missing:
        problems.append(f"columns of the contract that are missing: {', '.join(missing)}")
    return outcome("; ".join(problems), observed=len(landed.columns))


def check_json_status_code(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """A field of the document (`field`) has one of the `accepted` values, compared as text."""
    if landed.incoming.file_format not in {"json", "json_lines"}:
        return _NOT_JUDGED
    name = arguments.get("field", "status_code")
    accepted = [str(value) for value in arguments.get("accepted", (200,))]
    if name not in landed.fields:
        return outcome(f"it has no field {name!r}")
    value = landed.fields[name]
    return outcome("" if str(value) in accepted else f"its {name} is {value}, not {' or '.join(accepted)}", value)


def file_size(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """The size in bytes, as delivered, lies within `min` and `max`."""
    return _within(landed.size, "bytes", arguments)


def _within(observed: int, what: str, arguments: Arguments) -> FileOutcome:
    least, most = arguments.get("min"), arguments.get("max")
    if least is not None and observed < least:
        return outcome(f"it has {observed:,} {what}, fewer than {least:,}", observed)
    if most is not None and observed > most:
        return outcome(f"it has {observed:,} {what}, more than {most:,}", observed)
    return outcome("", observed)


def file_age(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """It was modified no longer ago than `max`."""
    if landed.facts is None:
        return _NOT_JUDGED
    age = landed.facts.age()
    late = age > arguments["max"]
    return outcome(f"it is {age / 3600:,.1f} hours old, more than {arguments['max'] / 3600:,.1f}" if late else "", age)


def file_row_count(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """The number of its rows lies within `min` and `max`."""
    if landed.facts is None or landed.unreadable or landed.misnamed:
        return _NOT_JUDGED
    return _within(landed.facts.rows(), "rows", arguments)


def file_is_unique(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """No other file in force has the same content."""
    if landed.facts is None or landed.unreadable or landed.misnamed:
        return _NOT_JUDGED
    twin = landed.facts.twin()
    return outcome(f"{twin!r}, which is in force, has the same content" if twin else "")


def file_checksum(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """Its checksum is the one that stands in the companion file."""
    if landed.facts is None:
        return _NOT_JUDGED
    algorithm = arguments["algorithm"]
    name = arguments["companion"].replace("{file_name}", landed.file_name).replace("{algorithm}", algorithm)
    text = landed.facts.companion(name)
    if text is None:
        return outcome(f"there is no file {name!r} beside it")
    stated, found = _stated(text, landed.file_name), landed.facts.checksum(algorithm)
    if not stated:
        return outcome(f"{name!r} states no checksum of it")
    return outcome("" if stated == found else f"its {algorithm} is {found}, and {name!r} says {stated}")


def _stated(text: str, file_name: str) -> str:
    """The checksum a companion states: on the line that names the file, else on its only line."""
    lines = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    named = [line[0] for line in lines if len(line) == 2 and line[1].strip().lstrip("*") == file_name]
    alone = [line[0] for line in lines if len(line) == 1] if len(lines) == 1 else []
    return next(iter(named + alone), "").lower()


def file_encoding(landed: LandedFile, arguments: Arguments) -> FileOutcome:
    """Its text was decoded by the codec `name`."""
    found = landed.facts.encodings() if landed.facts else ()
    if not found:
        return _NOT_JUDGED
    wanted = _codec(arguments["name"])
    others = [name for name in found if _codec(name) != wanted]
    return outcome(f"it is written in {', '.join(others)}, not {wanted}" if others else "", ", ".join(found))


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name.replace("utf-8-sig", "utf-8")
    except LookupError as error:
        from data_framework.modules.validation.rules import RuleError  # brings the SQL parser with it

        raise RuleError(f"name must be an encoding Python knows, not {name!r}") from error


FILE_CHECKS: Mapping[str, Callable[[LandedFile, Arguments], FileOutcome]] = MappingProxyType({
    check.__name__: check
    for check in (
        validate_filename_pattern, validate_unzipped_filename_pattern, validate_csv_format, validate_csv_columns,
        check_json_status_code, file_size, file_age, file_row_count, file_is_unique, file_checksum, file_encoding,
    )
})  # fmt: skip


def configured_controls(landed: LandedFile) -> dict[str, tuple[dict[str, Any], bool]]:
    """The file controls of a dataflow: name → (arguments, blocking); those that are always on are always blocking."""
    found: dict[str, tuple[dict[str, Any], bool]] = {name: ({}, True) for name in ALWAYS}
    if landed.contract is not None:
        found["validate_csv_columns"] = ({}, True)
    for name, control in landed.incoming.controls.given.items():
        arguments = control.model_dump(exclude={"blocking"}, exclude_none=True)
        found[name] = (arguments, control.blocking or name in found)
    return found
