"""`data-framework landing`: what came, what is unclaimed, what was refused and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.options import Common, command

if TYPE_CHECKING:
    from data_framework.modules.config import Config
    from data_framework.modules.state import Delivery, StateInterface
    from data_framework.modules.storage import StoredObject

DataflowOption = Annotated[str | None, typer.Option("--dataflow", help="Only files of this dataflow.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Landed files.", no_args_is_help=True)
    group.command("status")(command(status))
    group.command("rejected")(command(rejected))
    app.add_typer(group, name="landing")


def status(common: Common, dataflow: DataflowOption = None) -> None:
    """Every landed file: what became of it, or that it waits, or why nothing claims it."""
    from data_framework.modules.state import open_state
    from data_framework.modules.storage import open_storage

    config = common.config()
    if dataflow is not None:
        config.dataflow(dataflow)
    state = open_state(config, looks_only=True)
    try:
        known = _known(state, dataflow)
        listed = [_file(config, stored, known) for stored in open_storage(config).list("landing")]
    finally:
        state.close()
    files = [file for file in listed if dataflow in {None, file["dataflow"]}]
    rows = [[file["key"], file["dataflow"] or "-", file["status"], file["file_date"], "; ".join(file["reasons"])]
            for file in files]  # fmt: skip
    if rows:
        common.output.table("", ("file", "dataflow", "status", "date", "reasons"), rows)
    else:
        common.output.line("Nothing has landed.")
    unclaimed = [file for file in files if file["status"] == "unclaimed"]
    common.output.document({"files": files, "unclaimed": unclaimed})


def rejected(common: Common, dataflow: DataflowOption = None) -> None:
    """Every file that was refused, with its reasons and where it is kept."""
    from data_framework.modules.dataflow.landing.places import REJECTED, rejected_key
    from data_framework.modules.state import open_state
    from data_framework.modules.storage import open_storage

    config = common.config()
    if dataflow is not None:
        config.dataflow(dataflow)
    state, storage = open_state(config, looks_only=True), open_storage(config)
    try:
        found = [line for line in state.deliveries(dataflow) if line.disposition == "rejected"]
    finally:
        state.close()
    files = [{**_line(line), "path": storage.uri(REJECTED, rejected_key(line))} for line in found]
    rows = [[file["arrived"][:19], file["dataflow"], file["key"], "; ".join(file["reasons"])] for file in files]
    if rows:
        common.output.table("", ("arrived", "dataflow", "file", "reasons"), rows)
    else:
        common.output.line("Nothing was rejected.")
    common.output.document({"rejected": files, "files": files})


def _known(state: StateInterface, dataflow: str | None) -> dict[tuple[str, str], Delivery]:
    return {(line.dataflow, line.identity): line for line in state.deliveries(dataflow)}


def _file(config: Config, stored: StoredObject, known: dict[tuple[str, str], Delivery]) -> dict[str, Any]:
    from data_framework.modules.dataflow.landing import judge
    from data_framework.modules.dataflow.landing.selection import identity

    landed = judge(config, stored)
    line = known.get((landed.dataflow, identity(stored)))
    if line is not None:
        return {**_line(line), "status": _status(line)}
    arrived = (
        datetime.fromtimestamp(stored.modified / 1e9, UTC).isoformat(timespec="seconds") if stored.modified else ""
    )
    return {
        "key": stored.key, "file_name": stored.name, "dataflow": landed.dataflow, "file_date": "", "size": stored.size,
        "arrived": arrived, "disposition": "", "content_hash": "", "rows": None, "execution_id": "",
        "reasons": [landed.reason] if landed.reason else [],
        "status": "waiting" if landed.dataflow else "unclaimed",
    }  # fmt: skip


def _status(line: Delivery) -> str:
    return "superseded" if line.superseded_by else line.disposition


def _line(line: Delivery) -> dict[str, Any]:
    return {
        "key": line.key, "file_name": line.file_name, "dataflow": line.dataflow, "file_date": line.file_date,
        "size": line.size, "arrived": line.arrived, "disposition": line.disposition,
        "content_hash": line.content_hash, "rows": line.rows, "execution_id": line.run_id,
        "reasons": list(line.reasons),
    }  # fmt: skip
