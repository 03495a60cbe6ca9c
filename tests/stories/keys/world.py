"""A small world (a project and what is done with it), one key of it changed, and all that can be seen to come out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from itertools import pairwise
from pathlib import Path
from typing import Any

from project import ProjectFolder

Place = tuple[str | int, ...]
Seen = dict[str, Any]
DAY = 1_767_312_000  # 2026-01-02, the time every file lands
_RUN_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_CLOCK = re.compile(r"^\d\d:\d\d:\d\d ", re.MULTILINE)
_LEFT_OUT = {
    "execution_id", "_run_id", "duration_s", "snapshot_id", "committed_at", "initial_date", "end_date", "milliseconds",
    "bytes_scanned", "version", "arrived", "bytes", "started", "properties", "_quarantine_id", "ended", "published",
    "peak_memory_mb",
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """A project and what is done with it.

    Attributes:
        documents: platform, transformation, tables (by file name), controls (a list).
        files: Further files of the project.
        landed: What lands before the first command, by key.
        commands: What is typed, in order.
        restated: What lands before the commands are typed again ({}: they are typed once).
        prepare: What else is done before the first command.
    """

    documents: Mapping[str, Any]
    landed: Mapping[str, str | bytes] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)
    commands: tuple[tuple[str, ...], ...] = (("run", "sales"),)
    restated: Mapping[str, str | bytes] = field(default_factory=dict)
    prepare: Callable[[ProjectFolder], None] = lambda project: None


@dataclass(frozen=True)
class Case:
    """One key of the schema, changed.

    Attributes:
        key: `document: place`, as `leaf_keys` says it, with `*` for free names.
        at: Where it is in the world's documents, the document first.
        value: What it is changed to; `ABSENT`: it is taken away.
        sees: The part of what is seen that must come out otherwise.
        given: What stands elsewhere in the documents, unchanged: place → value.
    """

    key: str
    world: str
    at: Place
    value: Any
    sees: str
    given: tuple[tuple[Place, Any], ...] = ()


ABSENT = object()


def changed(documents: Mapping[str, Any], changes: tuple[tuple[Place, Any], ...]) -> dict[str, Any]:
    """The documents with some values at some places, whatever was there."""
    made = deepcopy(dict(documents))
    for place, value in changes:
        inner = made
        for step, following in pairwise(place):
            if isinstance(inner, list):
                while len(inner) <= int(step):
                    inner.append({})
                inner = inner[int(step)]
            else:
                inner = inner.setdefault(step, [] if isinstance(following, int) else {})
        if value is ABSENT:
            inner.pop(place[-1], None)
        else:
            inner[place[-1]] = value
    return made


def look(root: Path, world: World, changes: tuple[tuple[Place, Any], ...], *, tables: bool = True) -> Seen:
    """Do what is done in a world with some values changed, and answer what is seen (its tables only where wanted)."""
    project = ProjectFolder(root)
    documents = changed(world.documents, changes)
    project.write("platform.json", documents["platform"])
    project.write("transformation.json", documents["transformation"])
    for name, content in documents.get("tables", {}).items():
        project.write(f"tables/{name}.json", content)
    if documents.get("controls"):
        project.write("controls/all.json", documents["controls"])
    for name, content in {**documents.get("files", {}), **world.files}.items():
        project.write(name, content)
    _land(project, world.landed)
    world.prepare(project)
    typed = [_type(project, command) for command in world.commands]
    if world.restated:
        _land(project, world.restated)
        typed += [_type(project, command) for command in world.commands]
    return {**_answers(typed), **_files(project.root), "tables": _tables(project) if tables else {}}


def _land(project: ProjectFolder, landed: Mapping[str, str | bytes]) -> None:
    for key, content in landed.items():
        path = project.land(key, content)
        os.utime(path, (DAY, DAY))


def _type(project: ProjectFolder, command: tuple[str, ...]) -> dict[str, Any]:
    result = project.run(*command, "--json")
    said: Any = _plain(result.json, project.root) if result.out.strip() else None
    return {"code": result.code, "said": said, "log": _told(result.err, project.root)}


def _answers(typed: list[dict[str, Any]]) -> Seen:
    processes = [
        process for one in typed if isinstance(one["said"], dict) for process in one["said"].get("processes", ())
    ]
    seen: Seen = {
        part: [entry for process in processes for entry in process.get(part, ())]
        for part in ("files", "controls", "outputs")
    }
    seen["counts"] = [entry for process in processes for entry in process.get("tables", ())]
    seen["processes"] = [(p.get("process"), p.get("engine"), p.get("skipped"), p.get("next_stage"), p.get("error"))
                         for p in processes]  # fmt: skip
    seen["codes"] = [one["code"] for one in typed]
    seen["log"] = [one["log"] for one in typed]
    seen["said"] = [one["said"] for one in typed]
    return seen


def _files(root: Path) -> Seen:
    found = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}

    def below(*folders: str) -> dict[str, bytes]:
        return {
            name: path.read_bytes() for name, path in found.items() if f"/{name}".find(f"/{'/'.join(folders)}/") >= 0
        }

    history = {name for name in found if "/_history/" in name}
    return {
        "raw": {name: text for name, text in below("raw").items() if name not in history},
        "history": sorted(history),
        "reports": below("output"),
        "rejected": sorted(below("rejected")),
        "mails": sorted(_mail(path, root) for name, path in found.items() if "/outbox/" in name),
        "places": sorted({name.split("/")[0] for name in found}),
    }


def _mail(path: Path, root: Path) -> tuple[str, ...]:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_content()  # type: ignore[attr-defined]
    return (*(str(mail[name]) for name in ("From", "To", "Subject")), _told(body, root))


def _tables(project: ProjectFolder) -> Seen:
    """Every table that is there: its columns, its rows in no order, how many commits it keeps."""
    from data_framework.modules.config import open_config
    from data_framework.modules.dataflow import Runtime
    from data_framework.modules.exception import DataFrameworkError

    try:
        config = open_config(project.root)
        with Runtime(config) as runtime:
            if not (config.data_root / "catalogue.db").exists():
                return {}
            return {str(ref): _table(runtime, ref) for ref in runtime.catalogue.tables()}
    except DataFrameworkError:
        return {}


def _table(runtime: Any, ref: Any) -> Any:
    import pyarrow.parquet as parquet

    schema = runtime.catalogue.schema(ref)
    rows = [row for file in runtime.catalogue.files(ref) for row in parquet.read_table(file.path).to_pylist()]
    shown = [{name: value for name, value in row.items() if name not in _LEFT_OUT and not name.startswith("_df_")}
             for row in rows]  # fmt: skip
    columns = [(c.name, c.type, c.nullable, c.description) for c in schema.columns]
    commits = len(runtime.catalogue.history(ref, 1000))
    return {"layer": ref.layer, "columns": columns, "rows": sorted(map(str, shown)), "commits": commits,
            "keys": schema.primary_keys, "partition": schema.partition_field}  # fmt: skip


def _told(text: str, root: Path) -> str:
    return _CLOCK.sub("", _RUN_ID.sub("<run>", text.replace(str(root), "<root>")))


def _plain(value: Any, root: Path) -> Any:
    """A document without what differs from run to run."""
    if isinstance(value, dict):
        return {key: _plain(item, root) for key, item in value.items() if key not in _LEFT_OUT}
    if isinstance(value, list):
        return [_plain(item, root) for item in value]
    return _told(value, root) if isinstance(value, str) else value
