from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from data_framework.cli.options import Common, command
from data_framework.cli.output import Output, as_json
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import ConfigErrors, Problem, StorageReadError, UnknownChoiceError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def streams(**options: Any) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Output(stdout=out, stderr=err, **options), out, err


def test_with_json_only_the_document_is_on_stdout() -> None:
    output, out, err = streams(json=True)
    output.line("for people")
    output.table("Title", ["a"], [[1]])
    output.note("beside")
    output.document({"rows": 1})
    assert json.loads(out.getvalue()) == {"rows": 1}
    assert err.getvalue() == "beside\n"
    with pytest.raises(RuntimeError, match="exactly one"):
        output.document({})


def test_without_json_only_lines_and_tables_are() -> None:
    output, out, _ = streams()
    output.document({"rows": 1})
    output.line("Done")
    output.table("Tables", ["name", "rows"], [["sales", 10], ["a much longer name", None]])
    assert out.getvalue().splitlines() == [
        "Done", "Tables", "name                rows", "sales               10", "a much longer name"
    ]  # fmt: skip


def test_a_document_is_json_every_parser_takes() -> None:
    values = {
        "nan": float("nan"), "inf": [float("inf")], "day": datetime.date(2026, 1, 2), "ref": TableRef("raw", "a", "b"),
        "number": Decimal("1.10"), "path": Path("/a"), "names": ("é", "\udc80"), 1: {True},
    }  # fmt: skip
    assert json.loads(as_json(values), parse_constant=pytest.fail) == {
        "nan": None, "inf": [None], "day": "2026-01-02", "ref": {"layer": "raw", "database": "a", "table": "b"},
        "number": "1.10", "path": "/a", "names": ["é", "\udc80"], "1": [True],
    }  # fmt: skip


@pytest.mark.parametrize("say", [Output.line, Output.note, Output.warning, Output.progress])
def test_a_delivered_name_cannot_steer_the_terminal(say: Callable[[Output, str], None]) -> None:
    out, err = Terminal(), Terminal()
    say(Output(stdout=out, stderr=err, color=False), "x\x1b[2J\x07y")
    assert "\x1b[2J" not in out.getvalue() + err.getvalue()
    assert "x\\x1b[2J\\x07y" in out.getvalue() + err.getvalue()


def test_colours_only_where_they_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for stream, color, coloured in ((Terminal(), None, True), (Terminal(), False, False), (io.StringIO(), None, False)):
        Output(stderr=stream, color=color).warning("careful")
        assert ("\x1b[" in stream.getvalue()) is coloured
    monkeypatch.setenv("NO_COLOR", "1")
    Output(stderr=(stream := Terminal())).warning("careful")
    assert "\x1b[" not in stream.getvalue()


def test_progress_is_for_terminals_and_leaves_no_trace() -> None:
    output, _, err = streams()
    output.progress("1 of 2")
    assert not err.getvalue()
    terminal = Terminal()
    output = Output(stdout=io.StringIO(), stderr=terminal)
    output.progress("1 of 2")
    output.line("Done")
    assert terminal.getvalue().endswith("\r\x1b[2K")
    Output(stderr=(silent := Terminal()), verbosity=-1).progress("1 of 2")
    assert not silent.getvalue()


def test_an_error_is_a_sentence_with_a_hint_and_its_exit_code() -> None:
    output, out, err = streams()
    code = output.failed(StorageReadError(key="a.csv", layer="raw", reason="gone"))
    assert (code, out.getvalue()) == (3, "")
    assert err.getvalue().startswith("error: Could not read 'a.csv' of layer raw: gone.\n  Check that")
    assert "Traceback" not in err.getvalue()


def test_errors_as_json_are_one_document() -> None:
    output, out, _ = streams(json=True)
    assert output.failed(UnknownChoiceError(kind="x", name="y", suggestion="Did you mean 'z'?")) == 2
    document = json.loads(out.getvalue())
    assert (document["success"], document["exit_code"]) == (False, 2)
    assert document["errors"][0]["type"] == "UnknownChoiceError"


def test_problems_of_a_configuration_come_one_by_one() -> None:
    problem = Problem(
        "platform.json", 3, "local.regoin", "the unknown key 'regoin'", "region", "Did you mean 'region'?"
    )
    output, out, err = streams(json=True)
    assert output.failed(ConfigErrors(problems=[problem, problem])) == 2
    assert json.loads(out.getvalue())["errors"] == [problem.to_dict()] * 2
    assert err.getvalue().splitlines()[0] == (
        "error: platform.json:3: local.regoin: found the unknown key 'regoin', expected region. Did you mean 'region'?"
    )


def test_secrets_are_masked_on_stderr() -> None:
    output, _, err = streams(debug=True)
    output.mask = lambda text: text.replace("hunter22", "***")
    try:
        raise StorageReadError(key="hunter22", layer="raw", reason="hunter22")
    except StorageReadError as error:
        output.failed(error)
    output.warning("hunter22")
    output.note("hunter22")
    assert "hunter22" not in err.getvalue()
    assert "Traceback" in err.getvalue()


def test_what_an_encoding_lacks_is_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Output(stdout=stream).line("Año")
    assert raw.getvalue() == b"A\\xf1o\n"


class TestCommand:
    @pytest.fixture
    def app(self) -> typer.Typer:
        app = typer.Typer()

        @app.command()
        @command
        def say(common: Common, name: str = "you", code: int = 0) -> int:
            """Say hello."""
            common.output.line(f"Hello {name}")
            common.output.document({"hello": name, "project": common.project, "log": common.log_format})
            return code

        @app.command()
        @command
        def fail(common: Common, kind: str) -> None:
            if kind == "interrupt":
                raise KeyboardInterrupt
            raise UnknownChoiceError(kind="kind", name=kind, suggestion="")

        return app

    def test_it_has_the_common_options_and_its_own(self, app: typer.Typer) -> None:
        result = CliRunner().invoke(
            app, ["say", "--name", "Ana", "--json", "--project", "x", "--log-format", "json", "-vv"]
        )
        assert result.exit_code == 0
        assert json.loads(result.stdout) == {"hello": "Ana", "project": "x", "log": "json"}
        help_text = CliRunner().invoke(app, ["say", "--help"]).stdout
        for option in ("--project", "--json", "--quiet", "--log-format", "--no-color", "--debug", "--name"):
            assert option in help_text

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [(["say", "--code", "4"], 4), (["fail", "x"], 2), (["fail", "interrupt"], 130), (["say", "--nope"], 2)],
    )
    def test_exit_codes(self, app: typer.Typer, arguments: list[str], code: int) -> None:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == code
        assert "Traceback" not in result.output

    def test_debug_shows_the_traceback(self, app: typer.Typer) -> None:
        assert "Traceback" in CliRunner().invoke(app, ["fail", "x", "--debug"]).stderr
