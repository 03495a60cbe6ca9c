"""The files of a project: in a folder, or inside a zip as they travel to a cluster."""

from __future__ import annotations

import fnmatch
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data_framework.modules.exception import ProjectNotFoundError

DATAFLOWS_FILE = "transformation.json"
PLATFORM_FILE = "platform.json"
_ARCHIVE = "transformation.zip"


@dataclass(frozen=True)
class ProjectFiles:
    """Where a project's files are, and how to read them.

    Attributes:
        root: The project's folder, or the zip it is in.
        dataflows_file: The name of the dataflows file in it.
        prefix: The folder inside the zip that holds the project ("" or ending with a slash).
    """

    root: Path
    dataflows_file: str = DATAFLOWS_FILE
    prefix: str = ""

    @property
    def name(self) -> str:
        """The name of the project's folder or zip."""
        return self.root.stem if self.is_zip else self.root.name

    @property
    def is_zip(self) -> bool:
        """Whether the project is inside a zip."""
        return self.root.is_file()

    @property
    def folder(self) -> Path:
        """The folder relative paths start from: the project's, or the one the zip lies in."""
        return self.root.parent if self.is_zip else self.root

    def exists(self, relative: str) -> bool:
        """Whether the project has a file."""
        if self.is_zip:
            return self.prefix + relative in self._members()
        return (self.root / relative).is_file()

    def read_text(self, relative: str) -> str:
        """Read a file as UTF-8, a byte order mark allowed.

        Raises:
            OSError: It cannot be read.
            UnicodeDecodeError: It is not UTF-8.
        """
        return self.read_bytes(relative).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")

    def read_bytes(self, relative: str) -> bytes:
        """Read a file.

        Raises:
            OSError: It cannot be read.
        """
        if self.is_zip:
            with zipfile.ZipFile(self.root) as archive:
                return archive.read(self.prefix + relative)
        return (self.root / relative).read_bytes()

    def list(self, glob: str) -> list[str]:
        """The files that match a glob (`tables/*.json`), sorted, relative to the project; hidden ones are left out."""
        names: Iterable[str]
        if self.is_zip:
            names = [name[len(self.prefix) :] for name in self._members() if name.startswith(self.prefix)]
        else:
            names = [path.relative_to(self.root).as_posix() for path in self.root.glob(glob) if path.is_file()]
        depth = glob.count("/")
        return sorted(
            name for name in names
            if fnmatch.fnmatchcase(name, glob) and ("**" in glob or name.count("/") == depth)
            and not PurePosixPath(name).name.startswith(".")
        )  # fmt: skip

    def _members(self) -> set[str]:
        with zipfile.ZipFile(self.root) as archive:
            return {name for name in archive.namelist() if not name.endswith("/")}


def find_project(
    project: Path | None = None, local_file: Path | None = None, start: Path | None = None
) -> ProjectFiles:
    """Find a project: the one named, else the zip beside a zipped framework, else upwards from the current folder.

    Raises:
        ProjectNotFoundError: There is none; says where it was looked for.
    """
    if local_file is not None:
        return _of_file(local_file)
    if project is not None:
        return _of_path(project)
    beside = _beside_framework()
    if beside is not None:
        return _of_zip(beside)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / DATAFLOWS_FILE).is_file():
            return ProjectFiles(folder)
        if (folder / _ARCHIVE).is_file():
            return _of_zip(folder / _ARCHIVE)
    raise ProjectNotFoundError(where=here, reason=f"no {DATAFLOWS_FILE} there or in a folder above it")


def _of_file(file: Path) -> ProjectFiles:
    if not file.is_file():
        raise ProjectNotFoundError(where=file, reason="there is no such file")
    return ProjectFiles(file.resolve().parent, file.name)


def _of_path(path: Path) -> ProjectFiles:
    if path.is_file():
        return _of_zip(path) if zipfile.is_zipfile(path) else _of_file(path)
    if not path.is_dir():
        raise ProjectNotFoundError(where=path, reason="there is no such folder")
    if (path / DATAFLOWS_FILE).is_file():
        return ProjectFiles(path.resolve())
    if (path / _ARCHIVE).is_file():
        return _of_zip(path / _ARCHIVE)
    raise ProjectNotFoundError(where=path, reason=f"the folder has no {DATAFLOWS_FILE}")


def _of_zip(path: Path) -> ProjectFiles:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [name for name in archive.namelist() if PurePosixPath(name).name == DATAFLOWS_FILE]
    except (OSError, zipfile.BadZipFile) as error:
        raise ProjectNotFoundError(where=path, reason=f"the zip cannot be read ({error})") from error
    if not found:
        raise ProjectNotFoundError(where=path, reason=f"the zip has no {DATAFLOWS_FILE}")
    nearest = min(found, key=lambda name: (name.count("/"), name))
    return ProjectFiles(path.resolve(), DATAFLOWS_FILE, nearest[: -len(DATAFLOWS_FILE)])


def _beside_framework() -> Path | None:
    for parent in Path(__file__).parents:
        if parent.suffix == ".zip" and parent.is_file():
            archive = parent.parent / _ARCHIVE
            return archive if archive.is_file() else None
    return None
