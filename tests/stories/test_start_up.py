"""A small delivery costs little: what a run does not need is not loaded, and a run does not cost more than the last."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Set
from pathlib import Path

import shop

SRC = Path(__file__).resolve().parents[2] / "src"
DEAR = {"boto3", "numpy", "pandas", "pyarrow", "rich", "sqlalchemy"}
PROGRAM = """
import sys
from data_framework.cli import main
try:
    main(sys.argv[1:])
except SystemExit as stop:
    print("code", stop.code or 0)
print("loaded", *sorted({dear!r} & set(sys.modules)))
"""


def loaded(*arguments: str, dear: Set[str] = DEAR) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(dear=dear), *arguments],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": str(SRC), "PATH": ""},
    )  # fmt: skip
    code, found = done.stdout.splitlines()[-2:]
    assert code == "code 0", done.stdout + done.stderr
    return found.split()[1:]


def test_help_loads_neither_engine_nor_models() -> None:
    program = (
        "import sys, data_framework.cli as c; c.app(); print(*{'pydantic', 'duckdb', 'sqlglot'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_landing_to_staging_with_rules_needs_duckdb_and_iceberg_only(tmp_path: Path) -> None:
    project = shop.shop(tmp_path, primary_keys=["id"])
    project.write(
        "controls/sales.json", {"controls": [shop.control(), shop.control(control_master_id="C2", field="id")]}
    )
    shop.deliver(project, 1)
    # the function that rejected rows are handed to loads NumPy (0.08 s), which saves a second copy of the others
    assert loaded("run", "sales", "--through", "raw_to_staging", "--project", str(tmp_path)) in ([], ["numpy"])


def test_a_file_is_judged_without_iceberg(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("id,name\n1,a\n")
    (tmp_path / "controls.json").write_text('{"controls": [{"name": "id", "algorithm": "is_unique", "field": "id"}]}')
    files = ("--data", str(tmp_path / "data.csv"), "--controls", str(tmp_path / "controls.json"))
    assert loaded("controls", "check", *files, dear={*DEAR, "pyiceberg"}) in ([], ["numpy"])


def test_a_delivery_writes_its_own_partition_only(tmp_path: Path) -> None:
    project = shop.shop(tmp_path, {name: shop.PROCESSES[name] for name in ("landing_to_raw", "raw_to_staging")},
                        primary_keys=["id"], partition_field="shop")  # fmt: skip
    shop.deliver(project, 1, "".join(f"{number},shop{number},1.50\n" for number in range(40)))
    assert project.run("run", "sales").code == 0
    before = data_files(tmp_path)
    assert len(before) == 40
    shop.deliver(project, 2, "100,another,1.50\n")
    assert project.run("run", "sales").code == 0
    assert len(data_files(tmp_path) - before) == 1


def data_files(root: Path) -> set[Path]:
    return {path for path in root.rglob("*.parquet") if "shop_staging" in str(path)}
