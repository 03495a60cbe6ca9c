"""A disk that fills up at any point of a run: a clear error, nothing half published, and the next run completes."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from project import ProjectFolder, Result
from shop import deliver, shop

Room = Callable[[int], AbstractContextManager[None]]
SPACE = 20 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[ProjectFolder, Room]]:
    """A project whose data are on a small disk, and a way to leave so many bytes free on it."""
    folder = tmp_path / "hit/data"
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SPACE}", "small", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here (needs root)")

    @contextmanager
    def room(size: int) -> Iterator[None]:
        disk, filling = os.statvfs(folder), folder / "filling"
        filling.write_bytes(bytes(max(0, disk.f_bavail * disk.f_frsize - size)))
        yield
        filling.unlink()

    try:
        yield shop(tmp_path / "hit"), room
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _fill(project: ProjectFolder) -> None:
    random = Random(1)  # rows that do not compress
    rows = [f"{number},shop {random.randrange(10**9)},{random.randrange(10**6) / 100}" for number in range(20_000)]
    deliver(project, 2, "\n".join([*rows, "0,north,many", ""]))


def _state(project: ProjectFolder) -> dict[str, Any]:
    return {
        "sales": project.table("shop_staging.sales"),
        "totals": project.table("shop_business.totals"),
        "quarantine": [row["_line"] for row in project.json("quarantine", "show", "shop_staging.sales")["rows"]],
        "report": (project.root / "data/output/shop/totals/totals.csv").read_text(),
    }


def _check_failure(failed: Result) -> None:
    assert failed.code == 3, failed.out + failed.err
    assert not failed.json["success"]
    assert any(word in (failed.out + failed.err).lower() for word in ("space", "full", "file too large")), failed.err
    assert "Traceback" not in failed.err
    assert "fault of data-framework" not in failed.err


def _calm(folder: Path) -> ProjectFolder:
    project = shop(folder)
    deliver(project, 1)
    project.json("run", "sales")
    _fill(project)
    project.json("run", "sales")
    return project


def _fail_and_complete(project: ProjectFolder, room: Room, sizes: range, calm: ProjectFolder) -> None:
    deliver(project, 1)
    project.json("run", "sales")
    before = project.table("shop_staging.sales")
    _fill(project)
    failures = 0
    for size in sizes:
        with room(size):
            result = project.run("run", "sales", "--json")
        if result.code == 0:
            break
        failures += 1
        _check_failure(result)
        assert len(project.table("shop_staging.sales")) in {len(before), 20_002}
    assert failures >= 5
    project.json("run", "sales")
    assert _state(project) == _state(calm)


def test_a_disk_that_is_full(tmp_path: Path, small_disk: tuple[ProjectFolder, Room]) -> None:
    project, room = small_disk
    _fail_and_complete(project, room, range(0, 4_000_000, 150_000), _calm(tmp_path / "calm"))


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    sizes = range(20_000, 4_000_000, 60_000)
    _fail_and_complete(shop(tmp_path / "hit"), _files_of_at_most, sizes, _calm(tmp_path / "calm"))
