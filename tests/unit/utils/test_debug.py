"""Errors of user code: where they were raised, without the framework's own lines."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from data_framework.modules.code import Backends
from data_framework.modules.utils.debug import user_place, user_traceback


def module_of(path: Path, text: str) -> ModuleType:
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("user_code", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_innermost_line_of_the_user_is_named(tmp_path: Path) -> None:
    text = "def outer():\n    inner()\n\n\ndef inner():\n    raise ZeroDivisionError('no')\n"
    user = module_of(tmp_path / "landing_to_raw.py", text)
    with pytest.raises(ZeroDivisionError) as caught:
        user.outer()
    assert user_place(caught.value, tmp_path) == "landing_to_raw.py, line 6"
    assert user_place(caught.value, tmp_path / "elsewhere") == ""
    shown = user_traceback(caught.value)
    assert "in outer" in shown
    assert "in inner" in shown
    assert shown.endswith("ZeroDivisionError: no\n")


def test_lines_of_the_framework_are_left_out(tmp_path: Path) -> None:
    user = module_of(tmp_path / "code.py", "def call(backends):\n    backends.load('none')\n")
    with pytest.raises(Exception, match="none") as caught:
        user.call(Backends("storage", {}))
    assert user_place(caught.value, tmp_path) == "code.py, line 2"
    assert "backends.py" not in user_traceback(caught.value)
    assert "code.py" in user_traceback(caught.value)
