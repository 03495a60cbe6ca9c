"""Log lines: on stderr only when asked for, with the execution id, never with a secret."""

from __future__ import annotations

import doctest
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from data_framework.modules.utils import logger
from data_framework.modules.utils.logger import configure_logging, get_logger, mask_secrets


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    with io.StringIO() as opened:
        yield opened


def test_nothing_is_configured_by_importing() -> None:
    code = (
        "import logging; from data_framework.modules.utils.logger import get_logger; import data_framework;"
        "log = get_logger('x'); log.info('not shown'); "
        "print(logging.getLogger().handlers, get_logger().handlers, log.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] [] data_framework.x\n"
    assert done.stderr == ""


def test_a_line_has_time_level_execution_and_message(stream: io.StringIO) -> None:
    with configure_logging(stream=stream, execution_id="run-1") as session:
        get_logger("storage").info("read %d rows", 3)
        session.execution_id = "run-2"
        get_logger().warning("careful")
    lines = stream.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO    \[run-1\] read 3 rows", lines[0])
    assert re.fullmatch(r"\d\d:\d\d:\d\d WARNING \[run-2\] careful", lines[1])


def test_json_lines_are_json(stream: io.StringIO) -> None:
    with configure_logging(stream=stream, execution_id="run-1", log_format="json"):
        get_logger("storage").error('a "quoted"\nline \x1b[31m')
    (line,) = stream.getvalue().splitlines()
    document = json.loads(line)
    assert document.pop("time").endswith("+00:00")
    assert document == {
        "level": "error", "logger": "data_framework.storage", "execution_id": "run-1",
        "message": 'a "quoted"\nline \x1b[31m',
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verbosity", "shown"), [(-1, ["warning"]), (0, ["info", "warning"]), (1, ["debug", "info", "warning"])]
)
def test_quiet_and_verbose(stream: io.StringIO, verbosity: int, shown: list[str]) -> None:
    with configure_logging(stream=stream, verbosity=verbosity):
        for level in ("debug", "info", "warning"):
            getattr(get_logger("x"), level)(level)
    assert [line.split()[-1] for line in stream.getvalue().splitlines()] == shown


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_never_appear(stream: io.StringIO, log_format: logger.LogFormat) -> None:
    with configure_logging(stream=stream, log_format=log_format, secrets=["hunter22", ""]) as session:
        session.hide(['pa"ss\\word', "hunter22-longer", "abc"])
        get_logger("x").info("with hunter22 and hunter22-longer, %s", 'pa"ss\\word')
        get_logger("x").info("abc alone, abcdef not")
        try:
            raise ValueError("login hunter22 failed")
        except ValueError:
            get_logger("x").exception("failed")
    text = stream.getvalue()
    assert "hunter22" not in text
    assert "longer" not in text
    assert "word" not in text
    assert "*** alone, abcdef not" in text
    assert "login *** failed" in text


def test_a_value_cannot_forge_a_line(stream: io.StringIO) -> None:
    with configure_logging(stream=stream):
        get_logger("x").info("file %s", "a.csv\n12:00:00 ERROR   all is lost\x1b[2J")
    first, second = stream.getvalue().splitlines()
    assert first.endswith("file a.csv")
    assert second == "    12:00:00 ERROR   all is lost\\x1b[2J"


def test_colour_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> None:
    def warned(target: io.StringIO, colour: bool | None = None) -> str:
        with configure_logging(stream=target, colour=colour):
            get_logger("x").warning("careful")
        return target.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in warned(stream)
    assert "\x1b[33m" in warned(Terminal())
    assert "\x1b[" not in warned(Terminal(), colour=False)
    assert "\x1b[33m" in warned(io.StringIO(), colour=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in warned(Terminal())


def test_logging_is_left_as_it_was_found(stream: io.StringIO) -> None:
    root = get_logger()
    before = root.level, root.propagate, list(root.handlers)
    session = configure_logging(stream=stream, verbosity=1)
    assert get_logger("x").isEnabledFor(logging.DEBUG)
    session.close()
    get_logger("x").info("afterwards")
    assert (root.level, root.propagate, list(root.handlers)) == before
    assert stream.getvalue() == ""


def test_the_longest_secret_goes_first() -> None:
    assert mask_secrets("abcd-efgh", ["abcd", "abcd-efgh"]) == "***"


def test_the_examples_hold() -> None:
    assert doctest.testmod(logger).failed == 0
