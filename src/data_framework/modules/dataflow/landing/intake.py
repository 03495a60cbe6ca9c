"""Taking a delivery in: its members copied into raw's waiting area while they are hashed, decoded and counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from data_framework.modules.data_process.files.archives import members
from data_framework.modules.data_process.files.csv_header import sample_lines, watched_characters
from data_framework.modules.data_process.files.encodings import EncodingProbe, TextCounts
from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.exception import FileContentError

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import IncomingFile
    from data_framework.modules.storage import StorageInterface, StoredObject

WAITING = "_incoming"


@dataclass(frozen=True)
class Taken:
    """One member as it lies in the waiting area of raw; of what is no plain text, without encoding and counts."""

    name: str
    key: str
    size: int
    digest: str
    encoding: str
    counts: TextCounts


class Intake:
    """Copies deliveries of one dataflow into `raw/_incoming/<dataflow>/<token>/`, out of every table's reach."""

    def __init__(self, storage: StorageInterface, dataflow: str, limits: FileLimits) -> None:
        self._storage = storage
        self._folder = f"{WAITING}/{dataflow}"
        self._limits = limits

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Keep the waiting area while a delivery is looked at, then empty it, whatever a killed run left there too."""
        try:
            yield
        finally:
            for left in list(self._storage.list("raw", f"{self._folder}/")):
                if not left.problem:
                    self._storage.delete("raw", left.key)

    def take(self, landed: StoredObject, incoming: IncomingFile, token: str, password: str | None) -> Iterator[Taken]:
        """Copy the members of a delivery in one pass, in the order of its archive.

        Raises:
            FileContentError: It cannot be unpacked or decoded as configured.
        """
        with ExitStack() as stack:
            stream = self._opened(stack, landed, incoming.zipped)
            found = members(
                stream, landed.name, landed.size, incoming.zipped, incoming.filename_unzipped_pattern, self._limits,
                password,
            )  # fmt: skip
            for number, member in enumerate(found):
                probe, digest = _probe(incoming), hashlib.sha256()
                key = f"{self._folder}/{token}/{number}"
                with naming_member(member.name):
                    written = self._storage.write("raw", key, _watched(member.chunks, probe, digest))
                    encoding, counts = probe.result() if probe else ("", TextCounts())
                yield Taken(member.name, key, written.size, digest.hexdigest(), encoding, counts)

    def _opened(self, stack: ExitStack, landed: StoredObject, zipped: str) -> BinaryIO:
        stream = stack.enter_context(self._storage.open_read("landing", landed.key))
        if zipped != "zip" or stream.seekable():
            return stream
        folder = stack.enter_context(self._storage.work_folder())
        local = stack.enter_context((Path(folder) / "archive").open("w+b"))
        while data := stream.read(STEP):
            local.write(data)
        local.seek(0)
        return local


@contextmanager
def naming_member(name: str) -> Iterator[None]:
    """Note in what is said of a file which member of it is meant."""
    try:
        yield
    except FileContentError as error:
        error.context.setdefault("member", name)
        raise


def _probe(incoming: IncomingFile) -> EncodingProbe | None:
    """What decodes a member while it is copied, None where its format says how it is written."""
    if incoming.file_format == "csv":
        specs = incoming.csv_specs
        return EncodingProbe(specs.encoding, watched_characters(specs), sample_lines(specs))
    if incoming.file_format == "fixed_width":
        return EncodingProbe(incoming.fixed_width_specs.encoding, sample_lines=0)
    if incoming.file_format in {"json", "json_lines"}:
        return EncodingProbe(incoming.json_specs.encoding, sample_lines=0)
    return None


def _watched(chunks: Iterator[bytes], probe: EncodingProbe | None, digest: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        if probe is not None:
            probe.feed(chunk)
        digest.update(chunk)
        yield chunk


def content_hash(taken: Sequence[Taken]) -> str:
    """The hash of a delivery's content: of its one member whatever its name, or of its members' names and hashes."""
    if len(taken) == 1:
        return taken[0].digest
    return hashlib.sha256("".join(f"{one.digest}\0{one.name}\0" for one in taken).encode()).hexdigest()
