"""One landed file into raw: read, dated, judged, compared, kept; or rejected with its reasons.

The order makes a killed run harmless. Members go to raw under names of their own, then the partition, then versions
that are replaced are copied to history, and then, in one write of the ledger, the new line comes into force and the old
one goes out of it. Until that write the file counts as not seen, raw holds what the ledger says, and doing it all again
ends the same. Only then what nothing refers to leaves the partition: if a kill prevents it, the next file does it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.dataflow.drift import frozen_patch
from data_framework.modules.dataflow.landing.dating import DateColumn, arrival_date, date_in_name
from data_framework.modules.dataflow.landing.facts import Facts
from data_framework.modules.dataflow.landing.intake import Intake, Taken, content_hash
from data_framework.modules.dataflow.landing.places import (
    REJECTED,
    history_key,
    partition_folder,
    raw_key,
    rejected_key,
    token_of,
)
from data_framework.modules.dataflow.landing.reading import RAW_FORMATS, MemberReader, ReadMember
from data_framework.modules.dataflow.landing.shape import shape_of
from data_framework.modules.dataflow.mapping import source_key, target_of
from data_framework.modules.dataflow.results import keep
from data_framework.modules.dataflow.steps import Step
from data_framework.modules.exception import FileContentError, FileLimitError, MemberNameError, StorageError
from data_framework.modules.state import Delivery
from data_framework.modules.utils.logger import get_logger
from data_framework.modules.utils.regex import compile_pattern
from data_framework.modules.validation import ControlContext, ControlResult, LandedFile

if TYPE_CHECKING:
    from data_framework.modules.config import Dataflow
    from data_framework.modules.config.model.flows import OutputFile
    from data_framework.modules.config.model.incoming import IncomingFile
    from data_framework.modules.config.model.tables import TableContract
    from data_framework.modules.dataflow.runtime import Runtime
    from data_framework.modules.storage import StoredObject

PROCESS, STAGING = "landing_to_raw", "raw_to_staging"
_LOGGER = get_logger("dataflow.landing")


@dataclass(frozen=True)
class Ingested:
    """What became of a landed file: its line of the ledger, the outcomes of its controls, and remarks."""

    delivery: Delivery
    results: tuple[ControlResult, ...] = ()
    notes: tuple[str, ...] = ()


def ingest(runtime: Runtime, dataflow: Dataflow, landed: StoredObject, context: ControlContext) -> Ingested:
    """Take one landed file into raw.

    Args:
        runtime: Storage, run store, catalogue, rules engine; told of the steps `landed` and `delivered`.
        dataflow: Whose file it is.
        landed: The landed object.
        context: The execution, for the file controls.

    Raises:
        StorageError: Bytes could not be read or written; nothing of the file counts, a retry may help.
    """
    return _Ingestion(runtime, dataflow, landed, context).run()


@dataclass
class _Read:
    """What reading a delivery found, as far as it got."""

    taken: tuple[Taken, ...] = ()
    members: tuple[ReadMember, ...] = ()
    names: tuple[str, ...] = ()
    content_hash: str = ""
    file_date: str = ""
    unreadable: str = ""
    misnamed: str = ""
    undated: str = ""
    fields: dict[str, Any] | None = None


class _Ingestion:
    """One file on its way."""

    def __init__(self, runtime: Runtime, dataflow: Dataflow, landed: StoredObject, context: ControlContext) -> None:
        process = dataflow.process(PROCESS)
        assert process.incoming_file is not None
        assert process.output_file is not None
        self._runtime = runtime
        self._landed = landed
        self._context = context
        self._incoming: IncomingFile = process.incoming_file
        self._output: OutputFile = process.output_file
        self._limits = FileLimits.of(runtime.config.platform.limits)
        self._contract = expected_contract(runtime, dataflow)
        self._intake = Intake(runtime.storage, dataflow.name, self._limits)
        self._delivery = Delivery(
            dataflow=dataflow.name, key=landed.key, size=landed.size, modified=landed.modified, version=landed.version,
            file_name=landed.name, database=self._output.database, table=self._output.table, run_id=context.run_id,
            arrived=datetime.now(UTC).isoformat(timespec="microseconds"),
        )  # fmt: skip

    def run(self) -> Ingested:
        with self._intake.waiting():
            read = self._read()
            self._delivery = replace(self._delivery, content_hash=read.content_hash, file_date=read.file_date)
            results = self._judged(read)
            keep(self._runtime, self._delivery.identity, results, replace(self._context, file_name=self._landed.name))
            reasons = [result.detail or result.error or result.name for result in results if result.stops]
            reasons += [read.undated] if read.undated else []
            if reasons:
                return self._reject(reasons, results, read.names)
            notes = tuple(note for member in read.members for note in member.notes)
            with self._runtime.catalogue.lock(self._output.ref):
                return Ingested(self._compare(read), results, notes + self._of_another_date())

    # read -----------------------------------------------------------------------------------------------------------
    def _read(self) -> _Read:
        found = _Read()
        if not compile_pattern(self._incoming.filename_pattern).fullmatch(self._landed.name):
            return found  # the name's own control says so
        location = self._incoming.date
        dates = DateColumn(location) if location.located == "column" else None
        expected = [column.name for column in self._contract.columns] if self._contract else ()
        secret = self._incoming.excel_specs.password
        password = self._runtime.config.secret(secret) if secret else None
        reader = MemberReader(self._runtime.storage, self._incoming, self._limits, expected, dates, password)
        try:
            found.taken = tuple(sorted(self._taken(), key=lambda one: one.name))
            found.content_hash = content_hash(found.taken)
            found.members = tuple(reader.read(one) for one in found.taken)
            found.names = tuple(dict.fromkeys(name for member in found.members for name in member.names))
        except MemberNameError as error:
            found.misnamed = str(error.context["reason"])
        except FileContentError as error:
            found.unreadable = self._refusal(error)
        found.fields = reader.fields
        self._date(found, dates)
        return found

    def _refusal(self, error: FileContentError) -> str:
        """Why the file is refused: the member of an archive it is about, the limit, and how to raise it."""
        reason, member = str(error.context["reason"]), error.context.get("member")
        if self._incoming.zipped and member:
            reason = f"its member {member!r}: {reason}"
        if isinstance(error, FileLimitError):
            limit = error.context["limit"]
            value = getattr(self._runtime.config.platform.limits, limit)
            most = f"{value:,}" if isinstance(value, int) else value
            reason += f" (limits.{limit} of platform.json is {most}: raise it if the file is right)"
        return reason

    def _taken(self) -> Iterator[Taken]:
        secret = self._incoming.password
        password = self._runtime.config.secret(secret) if secret and self._incoming.zipped else None
        return self._intake.take(self._landed, self._incoming, token_of(self._delivery), password)

    def _date(self, read: _Read, dates: DateColumn | None) -> None:
        location = self._incoming.date
        if dates is None and location.located == "filename":
            day = date_in_name(self._landed.name, location)
            read.undated = "" if day else "no date: its name holds none that can be read"
        elif dates is None:
            day = arrival_date(self._landed, self._runtime.config.platform.time_zone)
        elif read.unreadable or read.misnamed:
            return
        else:
            try:
                day = dates.found()
            except FileContentError as error:
                day, read.undated = None, str(error.context["reason"])
        read.file_date = day.isoformat() if day else ""

    def _judged(self, read: _Read) -> tuple[ControlResult, ...]:
        known = LandedFile(
            file_name=self._landed.name, size=self._landed.size, incoming=self._incoming,
            members=tuple(member.name for member in read.members), unreadable=read.unreadable, misnamed=read.misnamed,
            columns=read.names if read.members else None, fields=read.fields or {}, contract=self._contract,
            facts=Facts(self._runtime, self._delivery, read.taken, read.members, self._limits),
        )  # fmt: skip
        context = replace(self._context, file_name=self._landed.name, file_date=read.file_date)
        return tuple(self._runtime.quality_controls.judge_file(self._output.ref, known, context))

    # compare --------------------------------------------------------------------------------------------------------
    def _compare(self, read: _Read) -> Delivery:
        mine = self._delivery
        in_force = self._runtime.state.in_force(mine.database, mine.table, mine.file_date)
        same_object = [one for one in in_force if one.dataflow == mine.dataflow and one.identity == mine.identity]
        if any(one.content_hash == mine.content_hash for one in same_object):
            return replace(mine, disposition="duplicate")  # its line in the ledger stays as it is
        if self._incoming.compare_with_previous_file and any(one.content_hash == mine.content_hash for one in in_force):
            return self._record(replace(mine, disposition="duplicate", rows=None))
        old = [one for one in in_force if one.file_name == mine.file_name]
        staying = [one for one in in_force if one not in old]
        kept = self._keep(read, old, staying)
        self._sweep(
            {*(key for one in staying for key in one.raw_keys), *kept.raw_keys},
            [key for one in old for key in one.raw_keys],
        )
        return kept

    def _keep(self, read: _Read, old: list[Delivery], staying: list[Delivery]) -> Delivery:
        storage, mine, output = self._runtime.storage, self._delivery, self._output
        folder = partition_folder(mine.database, mine.table, output.partition_field, mine.file_date)
        keys = [raw_key(folder, mine, member.name, number, member.suffix)
                for number, member in enumerate(read.members)]  # fmt: skip
        for member, key in zip(read.members, keys, strict=True):
            storage.move("raw", member.key, "raw", key)
        self._runtime.on_step(Step.LANDED)
        counted = [member.rows for member in read.members if member.rows is not None]
        new = replace(
            mine, disposition="restated" if old else "ingested", in_force=True, raw_keys=tuple(keys),
            reader={"format": RAW_FORMATS[self._incoming.file_format],
                    "members": [member.to_reader() for member in read.members]},
            rows=sum(counted) if len(counted) == len(read.members) else None,
        )  # fmt: skip
        self._runtime.catalogue.add_raw_partition(
            output.ref, output.partition_field, mine.file_date, storage.uri("raw", folder), shape_of([*staying, new])
        )
        return self._record(new, *[self._to_history(one, new) for one in old])

    def _to_history(self, old: Delivery, new: Delivery) -> Delivery:
        """Copy a replaced version beside the tables; what an earlier try has moved there already stays."""
        copies = tuple(history_key(key, old.sequence) for key in old.raw_keys)
        for key, target in zip(old.raw_keys, copies, strict=True):
            if self._runtime.storage.stat("raw", key) is not None:
                self._runtime.storage.write("raw", target, self._bytes("raw", key))
        return replace(old, in_force=False, superseded_by=new.content_hash, raw_keys=copies)

    def _sweep(self, referenced: set[str], replaced: list[str]) -> None:
        """Remove replaced members, and from the partition whatever no line in force refers to (a killed run's)."""
        storage, mine = self._runtime.storage, self._delivery
        folder = partition_folder(mine.database, mine.table, self._output.partition_field, mine.file_date)
        try:
            there = [found.key for found in storage.list("raw", f"{folder}/") if not found.problem]
            for key in {*there, *replaced} - referenced:
                storage.delete("raw", key)
        except StorageError as error:
            _LOGGER.warning("%s: replaced files were left in raw, the next file removes them: %s", folder, error)

    def _of_another_date(self) -> tuple[str, ...]:
        """A remark when the one file of this name in force has another date: a restatement may not be meant so.

        Dates in names cannot differ so, and where several dates are in force the name is reused for each.
        """
        mine = self._delivery
        if self._incoming.date.located != "column":
            return ()
        others = self._runtime.state.dates_in_force(mine.dataflow, mine.file_name) - {mine.file_date}
        if len(others) != 1:
            return ()
        return (f"its data date is {mine.file_date}, and a file of this name stays in force for {min(others)}",)

    # end ------------------------------------------------------------------------------------------------------------
    def _record(self, new: Delivery, *gone: Delivery) -> Delivery:
        recorded = self._runtime.state.record_all([*gone, new])[-1]
        self._runtime.on_step(Step.DELIVERED)
        return recorded

    def _reject(self, reasons: list[str], results: tuple[ControlResult, ...], names: tuple[str, ...]) -> Ingested:
        unique = tuple(dict.fromkeys(reasons))
        rejected = replace(self._delivery, disposition="rejected", reasons=unique)
        key = rejected_key(rejected)
        most = self._limits.file_bytes
        if most is None or self._landed.size <= most:
            self._runtime.storage.write(REJECTED, key, self._bytes("landing", self._landed.key))
        self._runtime.storage.write(REJECTED, f"{key}.reasons.json", [_reasons(rejected, results)])
        if proposal := frozen_patch(self._contract, names, self._landed.name):
            self._runtime.storage.write(REJECTED, f"{key}.contract_patch.json", [proposal])
        return Ingested(self._record(rejected), results)

    def _bytes(self, layer: str, key: str) -> Iterator[bytes]:
        with self._runtime.storage.open_read(layer, key) as stream:
            while data := stream.read(STEP):
                yield data


def _reasons(delivery: Delivery, results: tuple[ControlResult, ...]) -> bytes:
    names = ("dataflow", "key", "file_name", "file_date", "size", "content_hash", "run_id", "arrived", "reasons")
    document: dict[str, Any] = {name: getattr(delivery, name) for name in names}
    document["controls"] = [result.to_answer() for result in results if not result.success]
    return (json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n").encode()


def expected_contract(runtime: Runtime, dataflow: Dataflow) -> TableContract | None:
    """The contract a file's columns are held against: the raw table's, else that of the staging table it goes to."""
    output = dataflow.process(PROCESS).output_file
    if output is None:
        return None
    own = runtime.config.contract(output.database, output.table)
    staging = dataflow.processes.get(STAGING)
    if own is not None or staging is None:
        return own
    key = source_key(staging.source_tables, output.database, output.table)
    found = target_of(staging.target_tables, key, output.table)
    return runtime.config.contract(found[1].database, found[1].table) if found else None
