"""`data-framework doctor`: what is installed and reachable, and what to install."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from data_framework.cli.checks import aws_checks, runtime
from data_framework.cli.options import Common, command
from data_framework.modules.exception import ConfigErrors, DataFrameworkError
from data_framework.modules.utils.check import Check

if TYPE_CHECKING:
    from data_framework.modules.config import Config

_DISTRIBUTION = "data-framework"
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?(?P<versions>[^;]*)(;.*extra == ['\"](?P<extra>\w+)['\"])?"
)
_VERSION = re.compile(r"(>=|<=|==|<|>)\s*([\d.]+)")
_LITTLE_DISK = 1_000_000_000
_SECONDS = 5.0


class Engine(StrEnum):
    """The engines to look for."""

    local = "lambda"
    spark = "emr"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(command(doctor))


def doctor(
    common: Common,
    engine: Annotated[Engine, typer.Option("--engine", help="Also look for what this engine needs.")] = Engine.local,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch the libraries Spark needs, once, with --engine emr.")
    ] = False,
) -> int:
    """Say what is installed and reachable, and what to install. Exit code 2 when something is missing."""
    checks = [_python(), *_libraries("local"), *_engine(engine, fetch), runtime(), *_project(common)]
    missing = [check for check in checks if not check.ok]
    for check in checks:
        common.output.line(f"{'ok     ' if check.ok else 'MISSING'}  {check.name}: {check.found}")
        if not check.ok and check.hint:
            common.output.line(f"         {check.hint}")
    common.output.line(f"{len(missing)} of {len(checks)} checks failed." if missing else "Everything is there.")
    common.output.document({"success": not missing, "checks": [asdict(check) for check in checks]})
    return 2 if missing else 0


def _python() -> Check:
    found = f"{platform.python_version()} at {sys.executable}, {platform.system()} {platform.machine()}"
    return Check("python", sys.version_info >= (3, 11), found, "Install Python 3.11 or newer.")


def _libraries(extra: str) -> Iterator[Check]:
    try:
        requirements = importlib.metadata.requires(_DISTRIBUTION) or []
        yield Check(_DISTRIBUTION, True, importlib.metadata.version(_DISTRIBUTION))
    except importlib.metadata.PackageNotFoundError:
        hint = "Libraries cannot be checked; to install: pip install 'data-framework[local]'"
        yield Check(_DISTRIBUTION, True, "not installed, runs from its files", hint)
        return
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match and match["extra"] in {None, extra}:
            yield _library(match["name"], match["versions"].strip(" ()"), match["extra"])


def _library(name: str, wanted: str, extra: str | None) -> Check:
    what = f"{_DISTRIBUTION}[{extra}]" if extra else _DISTRIBUTION
    hint = f"Install it with: pip install '{what}'"
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(name, False, f"not installed ({wanted or 'any version'} is needed)", hint)
    fits = all(_holds(_numbers(found), sign, _numbers(bound)) for sign, bound in _VERSION.findall(wanted))
    return Check(name, fits, found if fits else f"{found}, but {wanted} is needed", "" if fits else hint)


def _holds(found: tuple[int, ...], sign: str, bound: tuple[int, ...]) -> bool:
    width = max(len(found), len(bound))
    left, right = (version + (0,) * (width - len(version)) for version in (found, bound))
    return {">=": left >= right, "<=": left <= right, "==": left == right, "<": left < right, ">": left > right}[sign]


def _numbers(version: str) -> tuple[int, ...]:
    leading = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in leading[0].split(".")) if leading else ()


def _engine(engine: Engine, fetch: bool) -> Iterator[Check]:
    from data_framework.modules.data_process import check_engine

    yield from check_engine(engine.value, fetch)


def _project(common: Common) -> Iterator[Check]:
    try:
        config = common.config()
    except ConfigErrors as error:
        yield Check("project", False, f"{len(error.problems)} problem(s)", "See: data-framework validate")
        return
    except DataFrameworkError as error:
        given = common.project is not None or common.local_file is not None
        yield Check("project", not given, error.message, error.hint)
        return
    yield Check("project", True, f"{config.project_id}, environment {config.environment}")
    yield from aws_checks(config) if config.platform.bucket_prefix is not None else (_disk(config),)
    yield _state(config)
    yield _catalogue(config)
    if config.platform.notifications.channel == "smtp":
        yield _mail_server(config)


def _disk(config: Config) -> Check:
    folder = config.data_root
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{config.data_root}, {free / 1e9:.1f} GB free"
    return Check("data root", free > _LITTLE_DISK, found, "Free some space, or set `data_root` in platform.json.")


def _state(config: Config) -> Check:
    from data_framework.modules.state import open_state
    from data_framework.modules.storage import open_storage

    try:
        with open_storage(config).work_folder():
            state = open_state(config)
            runs = len(state.runs(limit=1))
            state.close()
    except DataFrameworkError as error:
        return Check("run store", False, error.message, error.hint)
    return Check("run store", True, "can be written, has runs" if runs else "can be written, nothing has run yet")


def _catalogue(config: Config) -> Check:
    from data_framework.modules.catalogue import open_catalogue

    try:
        tables = len(open_catalogue(config).tables())
    except DataFrameworkError as error:
        return Check("catalogue", False, error.message, error.hint)
    return Check("catalogue", True, f"{tables} tables")


def _mail_server(config: Config) -> Check:
    settings = config.platform.notifications.smtp
    place = f"{settings.host}:{settings.port}"
    try:
        socket.create_connection((settings.host, settings.port), timeout=_SECONDS).close()
    except OSError as error:
        return Check("mail server", False, f"{place} cannot be reached: {error}", "Check notifications.smtp.")
    return Check("mail server", True, f"{place} answers")
