"""Random histories of deliveries, late ones and restatements: day by day equals a full refresh equals plain Python."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from shop import CONTRACT, LANDING, configure

COLUMNS = [
    {"name": "id", "type": "int"}, {"name": "a", "type": "string"}, {"name": "b", "type": "int"},
    {"name": "n", "type": "int"}, {"name": "op", "type": "string"},
]  # fmt: skip
ALL, FEW = ("a", "b", "n", "op"), ("b", "n", "op")
Row = dict[str, str]


@dataclass(frozen=True)
class Feed:
    """What a contract says, and what its deliveries are like."""

    mode: str
    shapes: tuple[tuple[str, ...], ...] = (ALL,)
    contract: dict[str, Any] = field(default_factory=dict)

    @property
    def deletes(self) -> bool:
        return "delete_when" in self.contract

    @property
    def dated(self) -> bool:
        return self.contract.get("partition_field") == "data_date"

    @property
    def breaks(self) -> bool:
        """Whether some cells do not fit."""
        return self.mode == "overwrite_partition"

    @property
    def sequence(self) -> bool:
        return "sequence_by" in self.contract


FEEDS = {
    "merge": Feed("merge"),
    "merge of what is delivered": Feed("merge", (ALL, FEW)),
    "merge by sequence": Feed("merge", (ALL,), {"sequence_by": "n"}),
    "merge by sequence of what is delivered": Feed("merge", (ALL, FEW), {"sequence_by": "n"}),
    "merge with deletes": Feed("merge", (ALL,), {"delete_when": "op = 'D'"}),
    "merge with deletes by sequence": Feed("merge", (ALL, FEW), {"delete_when": "op = 'D'", "sequence_by": "n"}),
    "merge by date": Feed("merge", (ALL,), {"partition_field": "data_date"}),
    "overwrite_partition": Feed("overwrite_partition", (ALL,), {"partition_field": "a"}),
    "scd2 by sequence with deletes": Feed("scd2", (ALL,), {"delete_when": "op = 'D'", "sequence_by": "n"}),
    "scd2 of what is delivered, with deletes": Feed("scd2", (ALL, FEW), {"delete_when": "op = 'D'"}),
}


def rows_of(chance: random.Random, feed: Feed, count: int) -> list[Row]:
    """Some keys once each; now and then one of them twice, with other values."""
    found = []
    for key in chance.sample(range(8), count):
        row = {"id": str(key), "a": chance.choice("xy"), "b": str(chance.randint(1, 2)), "n": str(chance.randint(1, 4)),
               "op": chance.choice(["I", "I", "D"]) if feed.deletes else "I"}  # fmt: skip
        if feed.breaks and chance.random() < 0.2:
            row["b"] = "?"
        found.append(row)
        if chance.random() < 0.25:
            found.append({**row, "b": "9", "n": str(chance.randint(1, 4)) if feed.sequence else row["n"]})
    return found


def said(rows: list[Row], feed: Feed) -> dict[str, Row]:
    """What one delivery says of each key: of several rows the latest, or nothing when they differ."""
    by_key: dict[str, list[Row]] = {}
    for row in rows:
        by_key.setdefault(row["id"], []).append(row)
    found = {}
    for key, versions in by_key.items():
        latest = max(int(row["n"]) for row in versions) if feed.sequence else 0
        newest = [row for row in versions if not feed.sequence or int(row["n"]) == latest]
        if all(row == newest[0] for row in newest):
            found[key] = newest[0]
    return found


def told(history: dict[str, list[Row]], feed: Feed) -> Iterator[tuple[str, Row]]:
    """Every word on every key in the order it counts in: date (or sequence, then date)."""
    words = [(day, row) for day in sorted(history) for row in said(history[day], feed).values()]
    by_sequence = feed.sequence and feed.mode == "merge"
    yield from sorted(words, key=lambda word: int(word[1]["n"])) if by_sequence else words


def partitions(history: dict[str, list[Row]]) -> list[tuple[str, ...]]:
    """Each date replaces the partitions it has a sound row of."""
    now: dict[str, list[tuple[str, ...]]] = {}
    for day in sorted(history):
        sound = [row for row in history[day] if row["b"] != "?"]
        now |= {
            part: [tuple(row.values()) for row in sound if row["a"] == part] for part in {row["a"] for row in sound}
        }
    return sorted(row for rows in now.values() for row in rows)


def table(history: dict[str, list[Row]], feed: Feed) -> list[tuple[str, ...]]:
    """The table in plain Python."""
    return partitions(history) if feed.mode == "overwrite_partition" else keyed(history, feed)


def keyed(history: dict[str, list[Row]], feed: Feed) -> list[tuple[str, ...]]:
    """Row by row: what each date says of each key."""
    now: dict[str, Row] = {}
    versions: list[dict[str, str]] = []
    for day, row in told(history, feed):
        key, before = row["id"], now.get(row["id"])
        if feed.deletes and row["op"] == "D":
            now.pop(key, None)
            after = None
        else:
            after = now[key] = {**dict.fromkeys(ALL, ""), **(before or {}), **row, "_day": day}
        values = [{name: row[name] for name in ALL} if row else None for row in (before, after)]
        if values[0] != values[1]:
            for version in versions:
                if version["id"] == key and not version["valid_to"]:
                    version["valid_to"] = day
            if after:
                versions.append({**after, "valid_from": day, "valid_to": ""})
    if feed.mode == "scd2":
        return sorted(
            (v["id"], *(v[name] for name in ALL), v["valid_from"], v["valid_to"], str(not v["valid_to"]).lower())
            for v in versions
        )
    dated = ["_day"] if feed.dated else []
    return sorted((key, *(row[name] for name in [*ALL, *dated])) for key, row in now.items())


def project_of(root: Path, feed: Feed) -> ProjectFolder:
    project = ProjectFolder(root)
    project.write("platform.json", {"local": {"environment": "local"}})
    staging = {"target_tables": {"sales": {"database": "shop_staging", "table": "sales"}}}
    configure(project, {"landing_to_raw": LANDING, "raw_to_staging": staging})
    base = {key: value for key, value in CONTRACT.items() if key != "partition_field"}
    columns = COLUMNS + ([{"name": "data_date", "type": "date"}] if feed.dated else [])
    contract = {**base, "columns": columns, "primary_keys": ["id"], "write_mode": feed.mode, **feed.contract}
    project.write("tables/sales.json", contract)
    return project


def deliver(project: ProjectFolder, day: str, names: tuple[str, ...], rows: list[Row]) -> None:
    lines = [",".join(row[name] for name in ("id", *names)) for row in rows]
    project.land(f"sales_{day}.csv", "\n".join([",".join(("id", *names)), *lines]) + "\n")


def stored(project: ProjectFolder) -> list[tuple[str, ...]]:
    return sorted(tuple(row.values()) for row in project.table("shop_staging.sales"))


def check_quarantine(project: ProjectFolder, history: dict[str, list[Row]]) -> None:
    """What does not fit is open once for every delivery in force."""
    broken = sum(row["b"] == "?" for rows in history.values() for row in rows)
    assert sum(one["rows_open"] for one in project.json("quarantine", "list")["tables"]) == broken


def check_counts(answer: dict[str, Any]) -> None:
    for entry in (table for process in answer["processes"] for table in process["tables"]):
        parts = ("rows_written", "rows_unchanged", "rows_quarantined", "rows_dropped", "rows_merged")
        assert entry["rows_read"] == sum(entry[name] for name in parts)


@pytest.mark.parametrize("seed", range(1))
@pytest.mark.parametrize("name", FEEDS)
def test_any_order_gives_one_table(tmp_path: Path, name: str, seed: int) -> None:
    feed, chance = FEEDS[name], random.Random(f"{name} {seed}")
    project, history = project_of(tmp_path, feed), dict[str, list[Row]]()
    for step in range(7):
        day, names = f"2026-01-{chance.randint(1, 4):02}", chance.choice(feed.shapes)
        rows = rows_of(chance, feed, chance.randint(0, 5))
        history[day] = [{name: row[name] for name in ("id", *names)} for row in rows]
        deliver(project, day, names, rows)
        check_counts(project.json("run", "sales"))
        if history and step > 0:
            assert stored(project) == table(history, feed), (step, day, history)
    for _ in range(2 if feed.breaks else 1):
        if feed.breaks:
            check_quarantine(project, history)
        check_counts(project.json("run", "sales", "--full-refresh"))
        assert stored(project) == table(history, feed)


FIXED = [{**column, "null_values": ["?"]} if column["name"] == "b" else column for column in COLUMNS]
RESTATED = ("2026-01-02", "2026-01-01", "2026-01-03", "2026-01-02")


@pytest.mark.parametrize(("mode", "days"), [("append", RESTATED[:3]), ("merge", RESTATED)])
def test_a_mended_contract_takes_each_row_once(tmp_path: Path, mode: str, days: tuple[str, ...]) -> None:
    """Rows set aside over random days: replayed twice they are there once, as a rebuild has it."""
    feed = Feed(mode, contract={} if mode == "merge" else {"primary_keys": []})
    chance = random.Random(mode)
    project, history = project_of(tmp_path, feed), dict[str, list[Row]]()
    for day in days:
        rows = [{**row, "b": chance.choice(["?", "1", "2"])} for row in rows_of(chance, feed, 5)]
        rows = list({row["id"]: row for row in rows}.values())
        history[day] = rows
        deliver(project, day, ALL, rows)
        check_counts(project.json("run", "sales"))
    check_quarantine(project, history)
    contract = json.loads((project.root / "tables/sales.json").read_text())
    project.write("tables/sales.json", {**contract, "columns": FIXED})
    broken = sum(row["b"] == "?" for rows in history.values() for row in rows)
    assert project.json("quarantine", "replay", "shop_staging.sales")["rows_read"] == broken
    after = stored(project)
    assert project.json("quarantine", "replay", "shop_staging.sales")["rows_read"] == 0
    assert stored(project) == after
    (again,) = project.json("run", "sales", "--full-refresh")["processes"][-1]["tables"]
    assert stored(project) == after
    assert again["rows_read"] == sum(map(len, history.values())) == len(after) + again["rows_merged"]
