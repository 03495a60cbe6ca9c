"""Every combination of format, archive, encoding, source of the date and fault that the page of formats names."""

from __future__ import annotations

from typing import Any

import pytest

from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.raw_rows import RawRows
from unit.landing.conftest import Feed
from unit.landing.matrix import ARCHIVES, CASES, DATES, FAULTS, FORMATS, NAMES, PASSWORD, ROWS, WORKBOOKS

NAME = "items_2026-01-05"


def configured(feed: Feed, kind: str, **more: Any) -> None:
    feed.incoming |= {**FORMATS[kind].incoming, **more}


def raw(feed: Feed) -> list[list[str]]:
    """What raw holds, by the names that were delivered."""
    with feed.runtime() as runtime:
        rows = RawRows(runtime.storage, runtime.state.in_force("feed_raw", "items"), FileLimits())
        return [list(row.values()) for batch in rows.batches() for row in batch.select(NAMES).to_pylist()]


def taken(feed: Feed, content: bytes, times: int = 1) -> None:
    got = feed.one(NAME, content)
    assert (got.disposition, got.file_date[:4]) == ("ingested", "2026"), got.reasons
    assert raw(feed) == ROWS * times


@pytest.mark.parametrize(("kind", "archive"), CASES["archive"])
def test_archives(feed: Feed, monkeypatch: pytest.MonkeyPatch, kind: str, archive: str) -> None:
    zipped, pack = ARCHIVES[archive]
    monkeypatch.setenv("PACKED", PASSWORD)
    more = {"password": "env:PACKED"} if "password" in archive else {}
    more |= {"filename_unzipped_pattern": ".*"} if "several" in archive else {}
    more |= DATES[WORKBOOKS[kind][archive]] if kind in WORKBOOKS else {}
    configured(feed, kind, zipped=zipped, **more)
    taken(feed, pack("items", FORMATS[kind].write("utf-8")), 2 if "several" in archive else 1)


@pytest.mark.parametrize(("kind", "encoding"), CASES["encoding"])
def test_encodings(feed: Feed, kind: str, encoding: str) -> None:
    configured(feed, kind)
    specs = FORMATS[kind].specs
    if kind != "xml":
        feed.incoming[specs] = {**feed.incoming.get(specs, {}), "encoding": [encoding]}
    taken(feed, FORMATS[kind].write("utf-8" if encoding == "auto" else encoding))


@pytest.mark.parametrize(("kind", "source"), [pair for pair in CASES["date"] if pair[0] not in WORKBOOKS])
def test_dates(feed: Feed, kind: str, source: str) -> None:
    configured(feed, kind, **DATES[source])
    taken(feed, FORMATS[kind].write("utf-8"))


@pytest.mark.parametrize(("kind", "fault"), CASES["fault"])
def test_faults(feed: Feed, kind: str, fault: str) -> None:
    content = FORMATS[kind].write("utf-8")
    configured(feed, kind, zipped="gz" if "archive" in fault else "")
    zipped, pack = ARCHIVES["gz" if "archive" in fault else "none"]
    broken = pack("items", content)[:-12] if zipped else FAULTS[fault](content)
    got = feed.one(NAME, broken)
    assert got.disposition == "rejected"
    assert got.reasons[0]
    assert feed.files("raw") == {}
