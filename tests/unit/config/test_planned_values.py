"""Values that load but do nothing yet are told."""

from __future__ import annotations

from pathlib import Path

from shop import shop


def test_types_that_would_be_widened_are_told_of(tmp_path: Path) -> None:
    project = shop(tmp_path, schema_policy={"type_change": "widen"})
    result = project.run("validate")
    assert result.code == 0
    assert "not widened in this version" in result.out + result.err
