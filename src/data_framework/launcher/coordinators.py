"""Make the coordinator of a process, and say in one sentence what the project's own code did wrong."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TypeVar

from data_framework.modules.config import ProjectFiles
from data_framework.modules.dataflow import DataFlowInterface, Execution
from data_framework.modules.dataflow.code import FOLDER, Found
from data_framework.modules.exception import (
    CoordinatorError,
    CoordinatorNotFoundError,
    DataFrameworkError,
    UserCodeError,
    UserLibraryMissingError,
)
from data_framework.modules.utils.debug import user_frames

T = TypeVar("T")

_BUILT_IN = {
    "landing_to_raw": "data_framework.dataflow.landing",
    "raw_to_staging": "data_framework.dataflow.staging",
    "staging_to_common": "data_framework.dataflow.common",
    "common_to_common": "data_framework.dataflow.common",
    "staging_to_business": "data_framework.dataflow.business",
    "common_to_business": "data_framework.dataflow.business",
    "business_to_business": "data_framework.dataflow.business",
    "staging_to_output": "data_framework.dataflow.output",
    "common_to_output": "data_framework.dataflow.output",
    "business_to_output": "data_framework.dataflow.output",
}


def make(found: Found, execution: Execution) -> DataFlowInterface:
    """Make the coordinator for an execution.

    Raises:
        CoordinatorNotFoundError: There is no code and the process has no built-in coordinator.
        CoordinatorError: The project's file defines no usable class.
        UserLibraryMissingError: The project's file imports a library that is not installed.
        UserCodeError: The project's file failed while it was imported.
    """
    if found.kind == "python":
        kind = _class_of(found, execution.runtime.config.project)
        with execution.entered():
            return guarded(found, kind)
    name = _BUILT_IN.get(execution.unit.process)
    if name is None:
        target = next(iter(execution.process.target_tables), "")
        file = f"{FOLDER}/{execution.unit.dataflow}/{execution.unit.process}.py"
        raise CoordinatorNotFoundError(
            process=execution.unit.process, dataflow=execution.unit.dataflow, target=target, file=file
        )
    coordinator: DataFlowInterface = importlib.import_module(name).ProcessingCoordinator(execution)
    return coordinator


def guarded(found: Found, call: Callable[[], T]) -> T:
    """Call project code; what it raises becomes one clear sentence with its file and line."""
    if found.kind != "python":
        return call()
    try:
        return call()
    except (DataFrameworkError, KeyboardInterrupt):
        raise
    except BaseException as error:
        # A run does not end without an answer because its code says sys.exit().
        raise explained(found, error) from error


def explained(found: Found, error: BaseException) -> DataFrameworkError:
    """Say what the project's code raised, and where, as an error of ours."""
    frames = user_frames(error)
    own = [frame for frame in frames if "/transformation/" in frame.filename] or frames[-1:]
    file, line = (own[-1].filename, own[-1].lineno) if own else (found.file, 0)
    file = found.file if file.endswith(found.file) else file
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "transformation":
        return CoordinatorError(file=found.file, reason=f"line {line}: the project has no module {error.name!r}")
    if isinstance(error, ModuleNotFoundError):
        return UserLibraryMissingError(file=file, line=line, library=error.name)
    if isinstance(error, SyntaxError):
        return CoordinatorError(file=found.file, reason=f"line {error.lineno}: {error.msg}")
    return UserCodeError(file=file, line=line, kind=type(error).__name__, reason=str(error))


def _class_of(found: Found, project: ProjectFiles) -> type[DataFlowInterface]:
    module = _module(found, project)
    kind = getattr(module, "ProcessingCoordinator", None)
    if kind is None:
        raise CoordinatorError(file=found.file, reason="it defines no class ProcessingCoordinator")
    if not (isinstance(kind, type) and issubclass(kind, DataFlowInterface)):
        raise CoordinatorError(file=found.file, reason="its ProcessingCoordinator does not inherit DataFlowInterface")
    missing: frozenset[str] = getattr(kind, "__abstractmethods__", frozenset())
    if missing:
        raise CoordinatorError(file=found.file, reason=f"its ProcessingCoordinator lacks {', '.join(sorted(missing))}")
    return kind


def _module(found: Found, project: ProjectFiles) -> ModuleType:
    """Run a file of the project as a module of its own; `on_path` makes its neighbours importable."""
    name = "transformation_code." + found.file.removeprefix(f"{FOLDER}/").removesuffix(".py").replace("/", ".")
    spec = importlib.util.spec_from_loader(name, loader=None, origin=found.file)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(project.root / found.file)
    try:
        exec(compile(found.text, module.__file__, "exec"), module.__dict__)
    except (DataFrameworkError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise explained(found, error) from error
    return module


@contextmanager
def on_path(project: ProjectFiles) -> Iterator[None]:
    """Let the project's code import its own modules (`transformation.…`) while it runs."""
    root = str(project.root)
    sys.path.insert(0, root)
    try:
        yield
    finally:
        sys.path.remove(root)
