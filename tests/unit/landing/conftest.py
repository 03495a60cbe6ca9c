"""A project in a temporary folder whose landed files are taken in, without the command line."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import open_config
from data_framework.modules.dataflow import Runtime
from data_framework.modules.dataflow.landing import ingest, select
from data_framework.modules.state import Delivery
from data_framework.modules.validation import ControlContext


class Feed:
    """One dataflow `feed` with a raw table feed_raw.items, and what lands for it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming: dict[str, Any] = {"file_format": "csv", "filename_pattern": r".*"}
        self.platform: dict[str, Any] = {"environment": "local"}
        self.contracts: list[dict[str, Any]] = []
        self.match: str | None = None
        self.steps: list[str] = []
        self._clock = 1_767_225_600

    def land(self, name: str, content: bytes | str) -> Path:
        path = self.root / "data" / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self._clock += 60
        os.utime(path, (self._clock, self._clock))
        return path

    def land_zip(self, name: str, members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> Path:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return self.land(name, buffer.getvalue())

    def runtime(self) -> Runtime:
        landing = {"incoming_file": self.incoming, "output_file": {"database": "feed_raw", "table": "items"}}
        staging = {
            "source_tables": {"items": {"database": "feed_raw", "table": "items"}},
            "target_tables": {"items": {"database": "feed_staging", "table": "items"}},
        }
        feed: dict[str, Any] = {"processes": {"landing_to_raw": landing, "raw_to_staging": staging}}
        if self.match:
            feed["config_match_by"] = {"file_name": self.match}
        self._write("platform.json", {"local": self.platform})
        self._write("transformation.json", {"project_id": "p", "dataflows": {"feed": feed}})
        for number, contract in enumerate(self.contracts):
            self._write(f"tables/{number}.json", contract)
        return Runtime(open_config(self.root), on_step=lambda step: self.steps.append(str(step)))

    def _write(self, name: str, document: Any) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))

    def run(self) -> list[Delivery]:
        """Take in every file not yet seen."""
        with self.runtime() as runtime:
            dataflow = runtime.config.dataflow("feed")
            context = ControlContext(dataflow="feed", process="landing_to_raw", run_id="r")
            return [ingest(runtime, dataflow, landed, context).delivery for landed in select(runtime, dataflow).files]

    def one(self, name: str, content: bytes | str) -> Delivery:
        """Land one file and take it in."""
        self.land(name, content)
        (delivery,) = self.run()
        return delivery

    def in_force(self) -> list[Delivery]:
        with self.runtime() as runtime:
            return runtime.state.in_force("feed_raw", "items")

    def files(self, layer: str) -> dict[str, bytes]:
        root = self.root / "data" / layer
        found = sorted(path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path / "project")
