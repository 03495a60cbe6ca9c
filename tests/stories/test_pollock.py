"""Pollock's 2,290 polluted CSV files: landed, exported from raw, and scored by the benchmark's own measure."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tarfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import open_config
from data_framework.modules.data_process.export import ExportRequest, export_raw
from data_framework.modules.data_process.files import FileLimits
from data_framework.modules.data_process.raw_rows import RawRows
from data_framework.modules.dataflow import Runtime
from data_framework.modules.dataflow.landing import ingest, select
from data_framework.modules.validation import ControlContext

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
ARCHIVE = SHARED / "data" / "pollock" / "polluted_files.tar.xz"
SCORE = SHARED / "tools" / "pollock_score.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not ARCHIVE.is_file(), reason="the Pollock files are not beside the repository"),
]


def specs(parameters: dict[str, Any]) -> dict[str, Any]:
    """What the benchmark knows of a file, in the words of csv_specs."""
    quote, escape = parameters["quotechar"], parameters["escapechar"]
    found = {
        "encoding": parameters["encoding"], "delimiter": parameters["delimiter"] or ",", "special_character": quote,
        "escape": escape if escape not in {"", '"', quote} else None,
        "row_delimiter": parameters["row_delimiter"] or "auto",
        "header": parameters["header_lines"] > 0, "header_lines": max(parameters["header_lines"], 1),
        "header_position": parameters["preamble_lines"], "preamble_lines": parameters["preamble_lines"],
        "footnote_lines": parameters["footnote_lines"], "empty_file": "accept", "trim": False,
    }  # fmt: skip
    if parameters["header_lines"] == 1:
        found["column_names"] = parameters["column_names"]
    return found


def make_project(root: Path, source: Path) -> dict[str, tuple[str, str]]:
    """One dataflow for each way a file is written; answer the landed name and dataflow of every file."""
    flows: dict[str, str] = {}
    files: dict[str, tuple[str, str]] = {}
    landing = root / "data" / "landing"
    landing.mkdir(parents=True)
    for number, path in enumerate(sorted((source / "csv").iterdir())):
        parameters = json.loads((source / "parameters" / f"{path.name}_parameters.json").read_text())
        flow = flows.setdefault(json.dumps(specs(parameters)), f"flow_{len(flows)}")
        name = f"{flow}-{date(2001, 1, 1) + timedelta(days=number)}-{path.name}"
        (landing / name).write_bytes(path.read_bytes())
        files[path.name] = (flow, name)
    dataflows = {
        flow: {"processes": {"landing_to_raw": {
            "incoming_file": {"file_format": "csv", "filename_pattern": f"{flow}-.*", "csv_specs": json.loads(text)},
            "output_file": {"database": "pollock_raw", "table": flow},
        }}}
        for text, flow in flows.items()
    }  # fmt: skip
    (root / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    (root / "transformation.json").write_text(json.dumps({"project_id": "pollock", "dataflows": dataflows}))
    return files


def write_rows(rows: RawRows, target: Path) -> None:
    """Write the same rows as `export_raw` does, without opening an engine for each of 2,000 files."""
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(rows.delivered)
        for batch in rows.batches():
            writer.writerows(["" if cell is None else cell for cell in row.values()] for row in batch.to_pylist())


def test_the_score_of_pollock(tmp_path: Path) -> None:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    source, out = tmp_path / "polluted_files", tmp_path / "out"
    out.mkdir()
    files = make_project(tmp_path / "project", source)
    headless = {name for name in files if "no_header" in name}
    limits = FileLimits()
    with Runtime(open_config(tmp_path / "project")) as runtime:
        deliveries = {}
        for flow in sorted({flow for flow, _ in files.values()}):
            dataflow = runtime.config.dataflow(flow)
            context = ControlContext(dataflow=flow, process="landing_to_raw", run_id="run")
            for landed in select(runtime, dataflow).files:
                deliveries[landed.name] = ingest(runtime, dataflow, landed, context).delivery
        assert {delivery.disposition for delivery in deliveries.values()} == {"ingested"}
        for number, (name, (flow, landed_name)) in enumerate(files.items()):
            rows = RawRows(runtime.storage, [deliveries[landed_name]], limits)
            target = out / f"{name}_converted.csv"
            if rows.columns and (number % 20 == 0 or name.startswith("file_")):
                ref = runtime.config.dataflow(flow).process("landing_to_raw").output_file.ref
                export_raw(rows, ref, ExportRequest(target, header=name not in headless))
            else:
                write_rows(rows, target)
    done = subprocess.run([sys.executable, SCORE, source, out], capture_output=True, text=True, check=True)
    score = json.loads(done.stdout)
    assert (score["files"], score["failed"]) == (2290, 0)
    assert score["simple"] >= 9.95
    assert score["weighted"] >= 9.59
