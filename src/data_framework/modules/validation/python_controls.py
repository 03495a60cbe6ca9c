"""Functions of the project that judge data: found by name, given the control and the rows in flight."""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

from data_framework.modules.config import Config, ProjectFiles
from data_framework.modules.config.model.controls import Control
from data_framework.modules.utils.nearest import suggest
from data_framework.modules.validation.rules import RuleError

GROUP = "data_framework.control"
#: What code of others may raise by mistake.
RAISED = (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError, RuntimeError,
          SyntaxError, TypeError, ValueError)  # fmt: skip


def find_function(control: Control, parent: Any, config: Config, *, from_table: bool) -> Callable[[Any], Any]:
    """Find the function a Python control names and give it its control.

    A name is a function of the parent (`set_parent`), else one registered under the entry point group
    `data_framework.control`; `module:function` is a file below the project's `transformation/`. A control that came
    from a table may only name registered ones, since data must not choose code.

    Raises:
        RuleError: There is no such function, or the control may not name it.
    """
    name = control.algorithm.strip()
    if ":" in name:
        if from_table:
            raise RuleError(f"a control from a table may not name code by its file ({name!r}); register its function")
        function = _from_project(name, config)
    else:
        function = _of_parent(name, parent, own_only=from_table) or _registered(name)
    if function is None:
        raise RuleError(f"there is no function {name!r} to judge with. {suggest(name, _names(parent))}".rstrip())
    return functools.partial(_answered, function, control)


def _answered(function: Callable[..., Any], control: Control, data: Any) -> Any:
    """Call it; nothing (None) is an observed value of nothing."""
    answer = function(control, data)
    return math.nan if answer is None else answer


def _of_parent(name: str, parent: Any, *, own_only: bool) -> Callable[..., Any] | None:
    function = getattr(parent, name, None) if parent is not None and name.isidentifier() else None
    if name.startswith("_") or not callable(function):
        return None
    if own_only and isinstance(parent, ModuleType) and getattr(function, "__module__", "") != parent.__name__:
        return None
    return function if not inspect.isclass(function) else None


def _registered(name: str) -> Callable[..., Any] | None:
    for point in importlib.metadata.entry_points(group=GROUP, name=name):
        loaded: Callable[..., Any] = point.load()
        return loaded
    return None


def _names(parent: Any) -> list[str]:
    own = (
        [name for name in dir(parent) if not name.startswith("_") and callable(getattr(parent, name))] if parent else []
    )
    return [*own, *(point.name for point in importlib.metadata.entry_points(group=GROUP))]


def _from_project(name: str, config: Config) -> Callable[..., Any] | None:
    module_name, _, function_name = name.partition(":")
    path = f"transformation/{module_name.replace('.', '/')}.py"
    if not all(part.isidentifier() for part in [*module_name.split("."), function_name]):
        raise RuleError(f"{name!r} is no module:function")
    if not config.project.exists(path):
        raise RuleError(f"there is no file {path} in the project")
    return _of_parent(function_name, load_source(config.project, path, module_name), own_only=False)


def load_source(project: ProjectFiles, path: str, name: str) -> ModuleType:
    """Run a file of the project as a module of its own.

    Raises:
        RuleError: It cannot be loaded.
    """
    module = ModuleType(name)
    module.__file__ = path
    try:
        exec(compile(project.read_text(path), path, "exec"), module.__dict__)
    except RAISED as error:
        raise RuleError(f"{path} cannot be loaded: {type(error).__name__}: {error}", "algorithm") from error
    return module
