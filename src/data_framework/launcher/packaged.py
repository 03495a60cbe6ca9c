"""The files a cluster is given: the framework and a project as zips, and the launcher that spark-submit runs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import data_framework
from data_framework.modules.config import Config

FRAMEWORK_ARCHIVE, PROJECT_ARCHIVE, LAUNCHER = "data_framework.zip", "transformation.zip", "emr_launcher.py"
_FOLDERS = ("dataflows", "transformation", "tables", "controls")
_OF_PROJECT = ("*.json", *(f"{folder}/{names}" for folder in _FOLDERS for names in ("*", "**/*")))
_LAUNCHER = '''"""Run one process: what spark-submit is given, with data_framework.zip as --py-files."""

from data_framework.cli import main

if __name__ == "__main__":
    import sys

    main(["run", *sys.argv[1:]])
'''
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the same files give the same bytes


def package(config: Config, folder: Path) -> list[Path]:
    """Write the three files into a folder, replacing what an earlier call wrote there.

    Args:
        config: The project: its configuration, contracts, controls and code travel; its data does not.
        folder: Where to; made when it is not there.

    Returns:
        The files.

    Raises:
        OSError: They cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    launcher = folder / LAUNCHER
    launcher.write_text(_LAUNCHER, encoding="utf-8")
    return [_zip(folder / FRAMEWORK_ARCHIVE, _framework()), _zip(folder / PROJECT_ARCHIVE, _project(config)), launcher]


def _framework() -> Iterator[tuple[str, bytes]]:
    home = Path(data_framework.__file__).parent
    for path in home.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(home.parent).as_posix(), path.read_bytes()


def _project(config: Config) -> Iterator[tuple[str, bytes]]:
    files = config.project
    for name in sorted({name for glob in _OF_PROJECT for name in files.list(glob)}):
        if "__pycache__" not in name:
            yield name, files.read_text(name).encode()


def _zip(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    """Write a zip beside and move it there, so that no reader finds half of one."""
    beside = path.with_name(f".{path.name}.new")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(members):
            member = zipfile.ZipInfo(name, _NO_TIME)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, data)
    beside.replace(path)
    return path
