"""A reader that polls while runs fail sees no unaudited row and no error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from shop import control, deliver, shop

RUNS = 100
READER = Path(__file__).parent / "reader.py"


def test_a_reader_during_100_failing_runs(tmp_path: Path) -> None:
    """A blocking control is red each time: half of the runs of a new day, half of the restatement of an old one."""
    project = shop(tmp_path)
    project.write("controls/sales.json", {"controls": [control(blocking=True)]})
    deliver(project, 1)
    project.json("run", "sales", "--through", "raw_to_staging")
    deliver(project, 2, "3,north,1.00\n4,south,-1.00\n")
    command = [sys.executable, str(READER), "shop_staging.sales"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == "reading\n"
        for number in range(RUNS):
            if number == RUNS // 2:
                deliver(project, 1, "1,north,1.50\n2,south,-2.25\n")
            failed = project.json("run", "sales", "--through", "raw_to_staging", code=1)
            assert failed["processes"][1]["error"]["type"] == "ControlsStoppedError"
        out, _ = reader.communicate("stop\n")
    seen = json.loads(out)
    assert seen["polls"] >= RUNS / 2
    assert seen["answers"] == [[["1", "1.50"], ["2", "2.25"]]]
    assert seen["errors"] == []
