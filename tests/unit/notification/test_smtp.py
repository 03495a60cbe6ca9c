"""Messages by SMTP, handed to a real server that takes, refuses or is not there."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from data_framework.modules.notification import NotificationsInterface
from data_framework.modules.notification.integrations.smtp import Smtp
from messages import TOPICS, configured, opened


class Handler:
    """Keeps what it gets; refuses addresses that say so."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("refused"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if b"too big" in (envelope.original_content or b""):
            return "552 message exceeds fixed maximum message size"
        self.got.append(envelope)
        return "250 OK"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"robot", b"s3cret-word"), handled=False)


def serve(handler: Handler, host: str = "127.0.0.1", **options: Any) -> Iterator[Controller]:
    controller = Controller(handler, hostname=host, port=free_port(), **options)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def server(handler: Handler) -> Iterator[Controller]:
    yield from serve(handler)


def by_smtp(folder: Path, port: int, topics: dict[str, list[str]] | None = None, **smtp: Any) -> NotificationsInterface:
    settings = {"host": "127.0.0.1", "port": port, **smtp}
    return opened(configured(folder, channel="smtp", sender="df@example.org", smtp=settings, topics=topics or TOPICS))


def test_a_mail_server_gets_the_message(tmp_path: Path, handler: Handler, server: Controller) -> None:
    result = by_smtp(tmp_path, server.port).send("file_arrival", {"file_name": "año.csv\n.\nQUIT", "file_date": "x"})
    assert result.delivered, result.error
    (envelope,) = handler.got
    assert envelope.mail_from == "df@example.org"
    assert envelope.rcpt_tos == ["data@example.org", "ana@example.org"]
    mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
    assert mail["Subject"] == "[DEV] sales: año.csv . QUIT arrived"
    assert "año.csv\r\n.\r\nQUIT" in mail.get_content()  # type: ignore[attr-defined]
    assert not (tmp_path / "data" / "outbox").exists()


def test_a_server_that_refuses_everybody_is_told(tmp_path: Path, handler: Handler, server: Controller) -> None:
    result = by_smtp(tmp_path, server.port, {"internal": ["refused@example.org"]}).send("file_arrival")
    assert result.failed
    assert "550 5.1.1 no such mailbox" in result.error
    assert handler.got == []


def test_a_server_that_refuses_one_is_told(tmp_path: Path, handler: Handler, server: Controller) -> None:
    messages = by_smtp(tmp_path, server.port, {"internal": ["refused@example.org", "fine@example.org"]})
    result = messages.send("file_arrival")
    assert result.failed
    assert "refused@example.org: 550" in result.error
    assert "fine@example.org" not in result.error
    assert [envelope.rcpt_tos for envelope in handler.got] == [["fine@example.org"]]


def test_a_server_that_refuses_the_message_is_told(tmp_path: Path, server: Controller) -> None:
    result = by_smtp(tmp_path, server.port).send("process_error", {"error": "too big"})
    assert "552 message exceeds" in result.error


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    port = free_port()
    messages = by_smtp(tmp_path, port)
    result = messages.send("file_arrival")
    assert result.failed
    assert f"127.0.0.1:{port}" in result.error
    assert messages.undelivered == 1


def test_a_server_that_says_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Smtp, "timeout", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = by_smtp(tmp_path, silent.getsockname()[1]).send("file_arrival")
    assert "timed out" in result.error


def test_nobody_to_send_to_is_said(tmp_path: Path, handler: Handler, server: Controller) -> None:
    result = by_smtp(tmp_path, server.port, {"external": ["x@example.org"]}).send("file_arrival")
    assert (result.delivered, result.failed) == (False, False)
    assert "platform.json" in result.skipped
    assert handler.got == []


def test_user_and_password_are_secrets(tmp_path: Path, handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("s3cret-word\n")
    monkeypatch.setenv("SMTP_USER", "robot")
    options = {"authenticator": authenticate, "auth_require_tls": False}
    for server in serve(handler, **options):
        known = {"user": "env:SMTP_USER", "password": "file:password"}
        assert by_smtp(tmp_path, server.port, **known).send("file_arrival").delivered
        monkeypatch.setenv("WRONG", "wrong-word")
        wrong = by_smtp(tmp_path, server.port, user="robot", password="env:WRONG").send("file_arrival")
        assert "535" in wrong.error
        assert "wrong-word" not in wrong.error
        missing = by_smtp(tmp_path, server.port, user="robot", password="env:NOT_SET_HERE").send("file_arrival")
        assert "NOT_SET_HERE" in missing.error
    assert len(handler.got) == 1


def test_a_password_does_not_travel_in_clear_text(
    tmp_path: Path, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD", "s3cret-word")
    for server in serve(handler, host="127.0.0.2"):
        smtp = {"host": "127.0.0.2", "port": server.port, "user": "u", "password": "env:PASSWORD"}
        assert "clear text" in opened(configured(tmp_path, channel="smtp", smtp=smtp)).send("file_arrival").error
    assert handler.got == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


def test_tls_is_spoken_and_checked(
    tmp_path: Path, handler: Handler, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    for server in serve(handler, tls_context=tls, require_starttls=True):
        plain = by_smtp(tmp_path, server.port).send("file_arrival")
        assert "530" in plain.error
        unknown = by_smtp(tmp_path, server.port, tls=True).send("file_arrival")
        assert "certificate" in unknown.error.lower()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        assert by_smtp(tmp_path, server.port, tls=True).send("file_arrival").delivered
    assert len(handler.got) == 1


def test_tls_on_a_server_without_it_is_refused(tmp_path: Path, handler: Handler, server: Controller) -> None:
    assert "STARTTLS" in by_smtp(tmp_path, server.port, tls=True).send("file_arrival").error
    assert handler.got == []
