"""A control whose own code, SQL or field is wrong: it fails, says why, blocks if it blocks, and hides no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from shop import PROCESSES, control, deliver, shop

PAIR = {name: PROCESSES[name] for name in ("landing_to_raw", "raw_to_staging")}
CODE = """def raises(control, data):
    raise ValueError('no such luck')


def answers(control, data):
    return {'a': 1}
"""
SQL = {"algorithm_type": "SQL", "arguments": {}}
PYTHON = {"algorithm_type": "Python", "arguments": {}}
ROWS = "".join(f"{number},north,1.50\n" for number in range(200))
ENDLESS = (
    "select a.id as identifier, count(*) as result from {data} a cross join {data} b cross join {data} c "
    "cross join {data} d where a.id * b.id + c.id * d.id > 7 group by a.id"
)
BROKEN: dict[str, dict[str, Any]] = {
    "no such luck": {**PYTHON, "algorithm": "judges:raises"},
    "1 verdicts for 200 rows": {**PYTHON, "algorithm": "judges:answers"},
    "there is no": {**PYTHON, "algorithm": "judges:absent"},
    "shop_common": {**SQL, "algorithm": "select shop as identifier, 1 as result from shop_common.prices"},
    "does not fit the type int": {
        **SQL,
        "algorithm": "select shop as identifier, cast(concat('abc', shop) as int) as result from {data}",
    },
    "its time limit": {**SQL, "arguments": {"time_limit": "1 s"}, "algorithm": ENDLESS},
}


def watched(root: Path, broken: dict[str, Any]) -> ProjectFolder:
    project = shop(root, PAIR)
    project.write("transformation/judges.py", CODE)
    sound = control(name="sound", control_table_id="T2")
    project.write("controls/sales.json", {"controls": [control(name="broken", **broken), sound]})
    deliver(project, 1, ROWS)
    return project


@pytest.mark.parametrize("said", BROKEN)
def test_it_fails_by_name_and_hides_no_other(tmp_path: Path, said: str) -> None:
    project = watched(tmp_path, BROKEN[said])
    result = project.run("run", "sales")
    assert result.code == 0, result.err
    assert "control broken is red" in result.out
    assert len(project.table("shop_staging.sales")) == 200
    found = {row["control_table_id"]: row for row in project.table("data_quality.controls_results")
             if row["control_table_id"]}  # fmt: skip
    assert said in found["T1"]["error"]
    assert (found["T1"]["success"], found["T2"]["success"]) == ("false", "true")
    deliver(project, 2, ROWS)
    assert project.run("run", "sales", "--fail-on", "warn").code == 1


@pytest.mark.parametrize("said", BROKEN)
def test_it_blocks_if_it_blocks(tmp_path: Path, said: str) -> None:
    project = watched(tmp_path, {**BROKEN[said], "blocking": True})
    answer = project.json("run", "sales", code=1)
    staging = answer["processes"][1]
    assert staging["error"]["type"] == "ControlsStoppedError"
    (broken, sound) = sorted(staging["controls"], key=lambda one: one["control_table_id"])
    assert (broken["rag"], broken["success"], sound["rag"], sound["success"]) == ("red", False, "green", True)
    assert said in broken["error"]
    assert "shop_staging" not in {table["database"] for table in project.json("tables", "list")["tables"]}
