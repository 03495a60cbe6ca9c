"""A lock has one holder, and its file goes with it."""

from __future__ import annotations

from pathlib import Path

from data_framework.modules.utils.locks import ProcessLock


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path / "a" / "x.lock"), ProcessLock(tmp_path / "a" / "x.lock")
    assert first.acquire("first")
    assert not second.acquire("second")
    assert second.holder() == "first"
    first.release()
    first.release()
    assert second.holder() == ""
    assert second.acquire("é")
    assert first.holder() == "é"
    second.release()
    assert list((tmp_path / "a").iterdir()) == []


def test_a_file_left_by_a_dead_holder_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "x.lock").write_text("somebody who died long ago, with a long name")
    lock = ProcessLock(tmp_path / "x.lock")
    assert lock.acquire("me")
    assert lock.holder() == "me"
    lock.release()
