"""A small project in a folder, written from Python values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data_framework.modules.config import Config, open_config
from data_framework.modules.exception import ConfigErrors, Problem

EVERYTHING = Path(__file__).resolve().parents[2] / "resources" / "config" / "everything"

LANDING = {
    "incoming_file": {"file_format": "csv", "filename_pattern": "sales_.*"},
    "output_file": {"database": "shop_raw", "table": "sales"},
}
STAGING = {
    "source_tables": {"sales": {"database": "shop_raw", "table": "sales"}},
    "target_tables": {"sales": {"database": "shop_staging", "table": "sales", "primary_keys": ["id"]}},
}


def write(root: Path, dataflows: Any = None, **files: Any) -> Path:
    """Write a project; files are named `tables__x` for tables/x.json; text is written as it is."""
    root.mkdir(parents=True, exist_ok=True)
    if dataflows is not None:
        files["transformation"] = {"project_id": "shop", "dataflows": dataflows}
    for name, content in files.items():
        path = root / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return root


def opened(root: Path, dataflows: Any = None, **files: Any) -> Config:
    """Write a project and open it."""
    return open_config(write(root, dataflows, **files))


def problems(root: Path, dataflows: Any = None, **files: Any) -> tuple[Problem, ...]:
    """Write a project and return what is wrong with it, nothing if it is right."""
    try:
        opened(root, dataflows, **files)
    except ConfigErrors as error:
        return error.problems
    return ()


def sales(**processes: Any) -> Any:
    """A dataflow `sales` that lands and stages, with changed or further processes."""
    return {"sales": {"processes": {"landing_to_raw": LANDING, "raw_to_staging": STAGING, **processes}}}
