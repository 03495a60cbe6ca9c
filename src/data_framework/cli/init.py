"""`data-framework init`: a project that runs as it is."""

from __future__ import annotations

import difflib
import importlib.resources
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from data_framework.cli.options import Common, command
from data_framework.modules.exception import UnknownChoiceError
from data_framework.modules.exception.project_exceptions import ProjectExistsError, ProjectNotWrittenError
from data_framework.modules.utils.names import normalise_name

_PLACEHOLDER = b"__project__"
_NEXT = {
    "flights": ["pip install 'data-framework[demo]'", "python {folder}/deliver.py"],
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(command(init))


def init(
    common: Common,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    template: Annotated[str, typer.Option("--template", help="What to begin with: minimal or flights.")] = "minimal",
) -> None:
    """Make a project that runs as it is: configuration, contracts, controls and, with `minimal`, two days of data."""
    written = make_project(folder, template)
    steps = [step.format(folder=folder) for step in _NEXT.get(template, [])]
    steps += [f"data-framework validate --project {folder}", f"data-framework run --all --project {folder}"]
    common.output.line(f"{len(written)} files written to {folder}. Next:")
    for step in steps:
        common.output.line(f"  {step}")
    files = [path.relative_to(folder).as_posix() for path in written]
    common.output.document({
        "success": True, "exit_code": 0, "project": str(folder.resolve()), "template": template, "files": files,
        "next": steps,
    })  # fmt: skip


def make_project(folder: Path, template: str) -> list[Path]:
    """Copy a template into a new or empty folder, which gives the project its name, and return the files.

    Raises:
        UnknownChoiceError: There is no such template.
        ProjectExistsError: The folder holds something already.
        ProjectNotWrittenError: The files could not be written.
    """
    source = _template(template)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectExistsError(folder=str(folder))
    name = (normalise_name(folder.resolve().name).strip("_") or "project").encode()
    try:
        return [_write(folder / key, found.read_bytes().replace(_PLACEHOLDER, name)) for key, found in _files(source)]
    except OSError as error:
        raise ProjectNotWrittenError(folder=str(folder), reason=error.strerror or str(error)) from error


def _template(name: str) -> Traversable:
    templates = importlib.resources.files("data_framework").joinpath("templates")
    names = sorted(found.name for found in templates.iterdir() if found.is_dir() and not found.name.startswith("_"))
    if name in names:
        return templates.joinpath(name)
    near = difflib.get_close_matches(name, names, n=1)
    suggestion = f"Did you mean {near[0]!r}?" if near else f"Choose one of: {', '.join(names)}."
    raise UnknownChoiceError(kind="template", name=name, suggestion=suggestion)


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for found in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if found.is_file():
            yield prefix + found.name, found
        elif found.name != "__pycache__":
            yield from _files(found, f"{prefix}{found.name}/")


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
