"""The JSON parsing test suite: what is JSON is taken, what is none is rejected with a reason, nothing crashes."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from data_framework.modules.config import open_config
from data_framework.modules.dataflow import Runtime
from data_framework.modules.dataflow.landing import ingest, select
from data_framework.modules.validation import ControlContext

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "jsontestsuite" / "test_parsing.tar.xz"

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="the JSON test suite is not beside the repository")


def test_every_file_of_the_suite(tmp_path: Path) -> None:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    landing = tmp_path / "project" / "data" / "landing"
    landing.mkdir(parents=True)
    for path in sorted((tmp_path / "test_parsing").iterdir()):
        (landing / path.name).write_bytes(path.read_bytes())
    process = {
        "incoming_file": {"file_format": "json", "date_located": "arrival", "compare_with_previous_file": False},
        "output_file": {"database": "suite_raw", "table": "documents"},
    }
    flows = {"project_id": "suite", "dataflows": {"suite": {"processes": {"landing_to_raw": process}}}}
    (tmp_path / "project" / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    (tmp_path / "project" / "transformation.json").write_text(json.dumps(flows))

    with Runtime(open_config(tmp_path / "project")) as runtime:
        dataflow = runtime.config.dataflow("suite")
        context = ControlContext(dataflow="suite", process="landing_to_raw", run_id="run")
        found = [ingest(runtime, dataflow, landed, context).delivery for landed in select(runtime, dataflow).files]

    assert len(found) == 318
    assert [one.file_name for one in found if one.file_name.startswith("y_") and one.disposition != "ingested"] == []
    assert [one.file_name for one in found if one.file_name.startswith("n_") and one.disposition != "rejected"] == []
    assert all(one.reasons and all(one.reasons) for one in found if one.disposition == "rejected")
