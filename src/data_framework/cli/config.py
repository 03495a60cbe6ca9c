"""`data-framework config show|explain|schema`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from data_framework.cli.options import Common, command
from data_framework.cli.output import as_json


class Document(StrEnum):
    """A kind of file."""

    platform = "platform"
    transformation = "transformation"
    tables = "tables"
    controls = "controls"


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The configuration: what holds, where it was said, its schema.")
    group.command("show")(command(show))
    group.command("explain")(command(explain))
    group.command("schema")(command(schema))
    app.add_typer(group, name="config")


def show(common: Common, dataflow: Annotated[str, typer.Argument(help="Only this dataflow.")] = "") -> None:
    """Show the resolved configuration with every default; secrets are masked."""
    from data_framework.modules.config import as_document

    config = common.config()
    document: dict[str, Any] = as_document(config)
    if dataflow:
        config.dataflow(dataflow)
        document["dataflows"] = {dataflow: document["dataflows"][dataflow]}
    common.output.document(document)
    common.output.line(as_json(document))


def explain(
    common: Common,
    key: Annotated[str, typer.Argument(help="E.g. sales.landing_to_raw.incoming_file.zipped or limits.ratio.")],
) -> None:
    """Say what a key holds and where that was said: a file and line, a default, an argument."""
    from data_framework.modules.config import explain as explain_key

    found = explain_key(common.config(), key)
    common.output.document(found)
    where = {
        "file": f"{found['file']}:{found['line']}  {found['place']}", "default": "the framework's default",
        "derived": "derived from the names of tables and processes, or detected",
        "argument": f"the argument {found['place']}",
    }  # fmt: skip
    common.output.line(f"{found['key']} = {as_json(found['value'])}")
    common.output.line(f"  from {where[found['source']]}")


def schema(
    common: Common, document: Annotated[Document | None, typer.Argument(help="One kind of file; default: all.")] = None
) -> None:
    """Print the JSON Schema of the two files, of contracts and of controls."""
    from data_framework.modules.config import DOCUMENTS, document_schema

    kinds = [document.value] if document else list(DOCUMENTS)
    found = document_schema(kinds[0]) if document else {kind: document_schema(kind) for kind in kinds}
    common.output.document(found)
    common.output.line(as_json(found))
