"""The local run store: the contract, and what can happen to its file."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from data_framework.modules.exception import (
    ClaimedElsewhereError,
    ProjectMovedError,
    RunStoreCorruptError,
    RunStoreError,
    RunStoreLockedError,
    RunStoreVersionError,
)
from data_framework.modules.state import Publish
from data_framework.modules.state.documents import Delete, Put
from data_framework.modules.state.integrations.local_state import LocalState
from data_framework.testing import StateConformance
from data_framework.testing.state_conformance import delivery


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[LocalState]:
    opened = LocalState(tmp_path)
    yield opened
    opened.close()


class TestLocalState(StateConformance):
    @pytest.fixture
    def state(self, tmp_path: Path) -> Iterator[LocalState]:
        opened = LocalState(tmp_path / "data")
        yield opened
        opened.close()

    @pytest.fixture
    def again(self, tmp_path: Path) -> Iterator[LocalState]:
        opened = LocalState(tmp_path / "data")
        yield opened
        opened.close()


def test_a_commit_is_all_or_nothing(state: LocalState) -> None:
    assert state._commit([Put("c", "a", {"n": 1}, expected=0)])
    assert not state._commit([Put("c", "b", {}), Delete("c", "a"), Put("c", "a", {}, expected=7)])
    assert state._keys("c") == ["a"]
    stored = state._get("c", "a")
    assert stored is not None
    assert (stored.document, stored.version) == ({"n": 1}, 1)
    assert not state._commit([Put("c", "a", {}, expected=0)])
    assert state._commit([Put("c", "a", {"n": 2}, expected=1)])
    with pytest.raises(TypeError):
        state._commit([Put("c", "z", {}), Put("c", "y", {(1, 2): "no JSON key"})])  # type: ignore[dict-item]
    assert state._keys("c") == ["a"]


def test_listings_page_through_everything_in_order(state: LocalState) -> None:
    keys = [f"p/{number:05d}" for number in range(1203)]
    state._commit([Put("c", key, {"key": key}) for key in [*reversed(keys), "o", "p", "p0", "q/1", "p/\U0001f600"]])
    found = list(state._list("c", "p/"))
    assert [key for key, _ in found] == [*keys, "p/\U0001f600"]
    assert all(document == {"key": key} for key, document in found)
    assert state._keys("c", "p/", start="p/01200", limit=2) == ["p/01200", "p/01201"]


def test_listings_use_the_index(state: LocalState) -> None:
    state.record_delivery(delivery(1))
    asked: list[str] = []
    assert state._opened is not None
    state._opened.set_trace_callback(asked.append)
    state.seen("sales")
    state.raw_dates("shop", "sales")
    state._opened.set_trace_callback(None)
    assert asked
    for sql in asked:
        plan = " ".join(row[3] for row in state._opened.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert "COVERING INDEX" in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan


def test_the_work_per_delivery_does_not_grow(state: LocalState) -> None:
    """Counted in SQLite's own steps, not in time: the thousandth delivery costs what the first ones cost."""

    def steps(number: int) -> int:
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        line = delivery(number, file_date=f"{2000 + number}-01-01")
        assert state._opened is not None
        state._opened.set_progress_handler(tick, 1)
        state.record_delivery(line)
        state.in_force("shop", "sales", line.file_date)
        state._opened.set_progress_handler(None, 0)
        return count

    state.record_delivery(delivery(0))
    begin = max(steps(number) for number in range(1, 20))
    state.record_all([delivery(number, file_date=f"{2000 + number}-01-01") for number in range(20, 1000)])
    end = max(steps(number) for number in range(1000, 1020))
    assert end <= begin * 1.1


def test_two_processes_record_at_once(tmp_path: Path) -> None:
    code = """
        import sys
        from data_framework.modules.state.integrations.local_state import LocalState
        from data_framework.testing.state_conformance import delivery
        print("ready", flush=True)
        sys.stdin.readline()
        state = LocalState(sys.argv[1])
        for number in range(50):
            state.record_delivery(delivery(number, key=f"{sys.argv[2]}/{number}"))
    """
    writers = [python(code, tmp_path, name) for name in ("a", "b", "c")]
    assert [line_of(writer) for writer in writers] == ["ready"] * 3
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
    state = LocalState(tmp_path)
    assert [line.sequence for line in state.deliveries("sales")] == list(range(1, 151))
    assert len(state.seen("sales")) == 150
    state.close()


def test_a_writer_that_is_killed_loses_nothing_it_was_told_is_kept(tmp_path: Path) -> None:
    code = """
        import sys
        from data_framework.modules.state.integrations.local_state import LocalState
        from data_framework.testing.state_conformance import delivery, restated
        state = LocalState(sys.argv[1])
        number = 0
        while True:
            old = state.record_delivery(delivery(number))
            restated(state, old, delivery(number + 1, key=f"restated/{number}"))
            number += 2
            print(number, flush=True)
    """
    for kill in range(3):
        folder = tmp_path / str(kill)
        writer = python(code, folder)
        for _ in range(5 + kill):
            told = int(line_of(writer))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        state = LocalState(folder)
        lines = list(state.deliveries("sales"))
        assert [line.sequence for line in lines] == list(range(1, len(lines) + 1))
        assert len(lines) >= told
        assert [line for line in lines if line.in_force] == state.in_force("shop", "sales")
        assert all(line.in_force != bool(line.superseded_by) for line in lines)
        state.close()


def test_a_dead_owner_sets_its_claim_free_at_once(tmp_path: Path) -> None:
    code = """
        import sys, time
        from data_framework.modules.state.integrations.local_state import LocalState
        state = LocalState(sys.argv[1])
        with state.claim("dataflow/sales", "run-1"):
            state.save_run("run-1", {"execution_id": "run-1", "dataflow": "sales", "status": "running"})
            print("held", flush=True)
            time.sleep(60)
    """
    owner = python(code, tmp_path)
    assert line_of(owner) == "held"
    state = LocalState(tmp_path)
    with pytest.raises(ClaimedElsewhereError, match=f"run-1 .process {owner.pid}"):
        state.claim("dataflow/sales", "run-2", wait_seconds=0.2).__enter__()
    assert state.runs()[0]["status"] == "running"
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    began = time.monotonic()
    with state.claim("dataflow/sales", "run-2", wait_seconds=5):
        assert time.monotonic() - began < 1
    assert state.runs()[0]["status"] == "interrupted"
    state.close()


def test_processes_take_a_claim_in_turns(tmp_path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from data_framework.modules.state.integrations.local_state import LocalState
        state, counter = LocalState(sys.argv[1]), Path(sys.argv[1], "counter")
        for _ in range(30):
            with state.claim("x", sys.argv[2]):
                value = int(counter.read_text())
                counter.write_text(str(value + 1))
    """
    (tmp_path / "counter").write_text("0")
    workers = [python(code, tmp_path, name) for name in ("a", "b", "c")]
    for worker in workers:
        worker.communicate()
    assert (tmp_path / "counter").read_text() == "90"
    assert list((tmp_path / ".claims").iterdir()) == []


def test_a_copied_data_root_is_recognised(tmp_path: Path) -> None:
    project, copy = tmp_path / "project", tmp_path / "copy"
    state = LocalState(project)
    state.check_home(project)
    state.close()
    (tmp_path / "link").symlink_to(project)
    linked = LocalState(tmp_path / "link")
    linked.check_home(tmp_path / "link")
    linked.close()
    shutil.copytree(project, copy)
    copied = LocalState(copy)
    with pytest.raises(ProjectMovedError, match="project"):
        copied.check_home(copy)
    copied.close()
    moved = tmp_path / "moved"
    project.rename(moved)
    moved_state = LocalState(moved)
    with pytest.raises(ProjectMovedError):
        moved_state.check_home(moved)
    moved_state.close()
    moved.rename(project)
    back = LocalState(project)
    back.check_home(project)
    back.close()


class Next(LocalState):
    migrations = (
        *LocalState.migrations,
        "UPDATE documents SET body = json_set(body, '$.rows', 99) WHERE collection = 'delivery'",
    )


class Broken(LocalState):
    migrations = (*LocalState.migrations, "UPDATE documents SET version = 5", "CREATE TABLE documents (no)")


def test_an_older_store_is_lifted_and_a_newer_one_refused(state: LocalState, tmp_path: Path) -> None:
    state.record_delivery(delivery(1))
    newer = Next(tmp_path)
    assert [line.rows for line in newer.deliveries("sales")] == [99]
    newer.record_delivery(delivery(2))
    newer.close()
    older = LocalState(tmp_path)
    with pytest.raises(RunStoreVersionError, match="version 2") as caught:
        older.seen("sales")
    assert caught.value.exit_code == 2
    once = Next(tmp_path)
    assert [line.rows for line in once.deliveries("sales")] == [99, 2]
    once.close()


def test_a_migration_that_fails_changes_nothing(state: LocalState, tmp_path: Path) -> None:
    state.record_delivery(delivery(1))
    broken = Broken(tmp_path)
    with pytest.raises(RunStoreError, match="already exists"):
        broken.seen("sales")
    stored = state._get("delivery", "sales/000000000001")
    assert stored is not None
    assert stored.version == 1


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_file_that_is_no_run_store_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.db").write_bytes(content)
    state = LocalState(tmp_path)
    with pytest.raises(RunStoreCorruptError, match=r"state\.db") as caught:
        state.seen("sales")
    assert caught.value.__cause__ is not None
    assert (tmp_path / "state.db").read_bytes() == content


def test_a_damaged_page_is_said(state: LocalState, tmp_path: Path) -> None:
    state.record_all([delivery(number) for number in range(200)])
    state.close()
    content = bytearray((tmp_path / "state.db").read_bytes())
    content[8192:20000] = b"\x99" * (20000 - 8192)
    (tmp_path / "state.db").write_bytes(content)
    damaged = LocalState(tmp_path)
    with pytest.raises(RunStoreCorruptError):
        list(damaged.deliveries("sales"))
    damaged.close()


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "state.db")
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = (tmp_path / "state.db").read_bytes()
    state = LocalState(tmp_path)
    with pytest.raises(RunStoreCorruptError, match="another program"):
        state.record_delivery(delivery(1))
    assert (tmp_path / "state.db").read_bytes() == before


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir()
    with pytest.raises(RunStoreError, match=r"state\.db"):
        LocalState(tmp_path).seen("sales")
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunStoreError):
        LocalState(tmp_path / "file" / "data").seen("sales")


def test_a_lock_that_lasts_is_said(state: LocalState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.record_delivery(delivery(1))
    monkeypatch.setattr(LocalState, "busy_seconds", 0.2)
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = LocalState(tmp_path)
    assert len(list(waiting.deliveries())) == 1
    with pytest.raises(RunStoreLockedError) as caught:
        waiting.record_delivery(delivery(2))
    assert caught.value.exit_code == 3
    other.execute("ROLLBACK")
    waiting.record_delivery(delivery(2))
    other.close()
    waiting.close()


def test_writes_reach_the_disk_before_they_return(state: LocalState) -> None:
    state.record_delivery(delivery(1))
    assert state._opened is not None
    assert state._opened.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert state._opened.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_documents_of_another_version_are_read(state: LocalState) -> None:
    state.begin_publish(Publish("p", "r", "sales", "raw_to_staging", "staging", "shop", "sales"))
    stored = state._get("open_publish", "sales/p")
    assert stored is not None
    document = {**stored.document, "added_later": 1}
    del document["counts"]
    state._commit([Put("open_publish", "sales/p", document)])
    assert state.open_publishes("sales") == [
        replace(Publish("p", "r", "sales", "raw_to_staging", "staging", "shop", "sales"))
    ]


def test_a_full_disk_is_said_and_harms_nothing(tmp_path: Path) -> None:
    code = """
        import resource, signal, sys
        from data_framework.modules.exception import RunStoreError
        from data_framework.modules.state.integrations.local_state import LocalState
        from data_framework.testing.state_conformance import delivery, restated
        state = LocalState(sys.argv[1])
        state.record_delivery(delivery(1))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            state.record_delivery(delivery(2, reader={"names": ["x" * 500_000]}))
        except RunStoreError as error:
            print(error.message)
        print(len(list(state.deliveries())))
        print(state.record_delivery(delivery(3)).sequence)
        state.close()
    """
    said = python(code, tmp_path).communicate()[0].splitlines()
    assert "state.db" in said[0]
    assert said[1:] == ["1", "2"]
