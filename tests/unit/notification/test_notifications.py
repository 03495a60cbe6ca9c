"""Messages: their words, their limits, and the two channels, against a real mail server and real files."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import given, settings
from hypothesis import strategies as st

from data_framework.modules.config import Config, open_config
from data_framework.modules.config.model.notifications import Notification
from data_framework.modules.exception import (
    NotificationNameTakenError,
    NotInThisVersionError,
    UnknownNotificationError,
)
from data_framework.modules.notification import MessageContext, NotificationsInterface, open_notifications
from data_framework.modules.notification.interface_notifications import Message
from data_framework.modules.notification.mail import to_mail
from data_framework.modules.notification.notifications import BUILT_IN
from data_framework.modules.state.integrations.local_state import LocalState

TOPICS = {"internal": ["data@example.org", "Ana <ana@example.org>"], "external": ["client@example.org"]}


def configured(folder: Path, environment: str = "local", **notifications: Any) -> Config:
    folder.mkdir(exist_ok=True)
    entry = {"environment": environment, "notifications": {"topics": TOPICS, **notifications}}
    (folder / "platform.json").write_text(json.dumps({"local": entry}))
    (folder / "transformation.json").write_text(json.dumps({"project_id": "shop", "dataflows": {}}))
    return open_config(folder, environment=environment)


def context(**values: Any) -> MessageContext:
    return MessageContext(**{"execution_id": "run-42", "dataflow": "sales", "process": "landing_to_raw", **values})


def outbox(folder: Path) -> list[EmailMessage]:
    paths = sorted((folder / "data" / "outbox").glob("*"))
    assert all(path.suffix == ".eml" for path in paths)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]  # type: ignore[misc]


def opened(config: Config, **values: Any) -> NotificationsInterface:
    return open_notifications(config, None, context(**values))


def own(subject: str = "{file_name}", body: str = "{file_name}", **values: Any) -> dict[str, Notification]:
    return {"mine": Notification(type="email", subject=subject, body=body, **values)}


# words and limits ---------------------------------------------------------------------------------------------------
def test_a_message_lands_in_the_outbox_as_mail(tmp_path: Path) -> None:
    messages = opened(configured(tmp_path, signature="The data team"))
    result = messages.send("file_arrival", {"file_name": "ventas año.csv", "file_date": "2026-01-31"})
    assert (result.delivered, result.failed, result.error) == (True, False, "")
    (mail,) = outbox(tmp_path)
    assert mail["Subject"] == "[DEV] sales: ventas año.csv arrived" == result.subject
    assert mail["To"] == "data@example.org, ana@example.org"
    assert mail["From"] == "data-framework@localhost"
    assert mail["X-Execution-Id"] == "run-42"
    text = mail.get_content()
    assert "ventas año.csv of 2026-01-31" in text
    assert text.endswith("\n\nExecution: run-42\nThe data team\n")
    assert not mail.defects
    assert messages.sent == [result]
    assert result.to_dict() == {
        "name": "file_arrival", "delivered": True, "error": "", "skipped": "", "subject": result.subject,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "prefix"),
    [("local", "[DEV] "), ("develop", "[DEV] "), ("preproduction", "[PRE] "), ("production", "")],
)
def test_the_subject_says_where_it_comes_from(tmp_path: Path, environment: str, prefix: str) -> None:
    messages = opened(configured(tmp_path, environment), definitions=own())
    messages.send("mine", {"file_name": "x"})
    assert [mail["Subject"] for mail in outbox(tmp_path)] == [f"{prefix}x"]


def test_subject_and_body_are_cut_to_their_limits(tmp_path: Path) -> None:
    messages = opened(configured(tmp_path, signature="Team"), definitions=own())
    messages.send("mine", {"file_name": "a" * 2000})
    (mail,) = outbox(tmp_path)
    assert len(mail["Subject"]) == 100
    assert mail["Subject"].endswith("a…")
    assert len(mail.get_content()) == 500
    assert mail.get_content().endswith("…\n\nExecution: run-42\nTeam\n")


def test_limits_are_configurable(tmp_path: Path) -> None:
    limits = {"subject": 12, "body": 60, "per_run": 2}
    messages = opened(configured(tmp_path, limits=limits), definitions=own())
    results = [messages.send("mine", {"file_name": "abcdefghijkl" * 20}) for _ in range(3)]
    mails = outbox(tmp_path)
    assert [mail["Subject"] for mail in mails] == ["[DEV] abcde…"] * 2
    assert [len(mail.get_content()) for mail in mails] == [60, 60]
    assert [result.delivered for result in results] == [True, True, False]
    assert "2 of its kind" in results[2].skipped
    assert not results[2].failed
    assert messages.undelivered == 0


def test_five_messages_a_run_and_its_one_error(tmp_path: Path) -> None:
    messages = opened(configured(tmp_path))
    arrivals = [messages.send("file_arrival", {"file_name": f"{n}.csv"}) for n in range(8)]
    errors = [messages.send("process_error", {"error": "no space"}) for _ in range(3)]
    assert [result.delivered for result in arrivals] == [True] * 5 + [False] * 3
    assert [result.delivered for result in errors] == [True, False, False]
    assert len(outbox(tmp_path)) == 6
    assert len(messages.sent) == 11


def test_limits_hold_over_the_processes_of_an_execution(tmp_path: Path) -> None:
    config, state = configured(tmp_path, limits={"per_run": 2}), LocalState(tmp_path / "data")
    first = open_notifications(config, state, context())
    assert first.send("file_arrival").delivered
    assert first.send("process_error", {"error": "x"}).delivered
    first.bind(context(process="raw_to_staging"))
    assert first.sent == []
    second = open_notifications(config, state, context(process="raw_to_staging"))
    assert second.send("file_arrival").delivered
    assert not second.send("file_arrival").delivered
    assert not second.send("process_error", {"error": "y"}).delivered
    assert open_notifications(config, state, context(execution_id="run-43")).send("file_arrival").delivered
    state.close()


def test_templates_are_only_filled(tmp_path: Path) -> None:
    definitions = own(subject="{a.__class__}{a[0]}{a!r}{0}{}{{b}} {b} {unknown}", body="{b}{c}")
    messages = opened(configured(tmp_path), definitions=definitions)
    messages.send("mine", {"a": "A", "b": "{c}", "c": "C"})
    (mail,) = outbox(tmp_path)
    assert mail["Subject"] == "[DEV] {a.__class__}{a[0]}{a!r}{0}{}{{c}} {c} {unknown}"
    assert mail.get_content().startswith("{c}C\n")


def test_values_cannot_add_headers(tmp_path: Path) -> None:
    messages = opened(configured(tmp_path), definitions=own())
    messages.send("mine", {"file_name": "x\r\nBcc: thief@example.org\r\n\r\nnew body\u2028\x00\x1b[31m"})
    (mail,) = outbox(tmp_path)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "[DEV] x Bcc: thief@example.org new body [31m"
    assert "\x1b" not in mail.get_content()


def test_only_in_delta_unless_asked(tmp_path: Path) -> None:
    messages = opened(configured(tmp_path), execution_mode="full")
    assert messages.send("file_arrival").skipped
    assert messages.sent == []
    assert messages.send("file_arrival", in_any_mode=True).delivered
    assert len(outbox(tmp_path)) == 1


def test_inactive_messages_stay(tmp_path: Path) -> None:
    messages = opened(configured(tmp_path), definitions=own(active=False))
    result = messages.send("mine")
    assert (result.delivered, result.failed, result.skipped) == (False, False, "it is not active")
    assert not (tmp_path / "data" / "outbox").exists()


def test_topics_say_who_gets_it(tmp_path: Path) -> None:
    definitions = {
        "ours": Notification(type="email", subject="s", topics="internal"),
        "both": Notification(type="email", subject="s", topics=["external", "internal"]),
    }
    messages = opened(configured(tmp_path), definitions=definitions)
    messages.send("ours")
    messages.send("both")
    assert [mail["To"] for mail in outbox(tmp_path)] == [
        "data@example.org, ana@example.org", "client@example.org, data@example.org, ana@example.org",
    ]  # fmt: skip


def test_without_anybody_the_outbox_keeps_it_all_the_same(tmp_path: Path) -> None:
    assert opened(configured(tmp_path, topics={})).send("file_arrival").delivered
    (mail,) = outbox(tmp_path)
    assert mail["To"] == "undisclosed-recipients:;"


def test_names_are_known_and_not_taken_twice(tmp_path: Path) -> None:
    config = configured(tmp_path)
    with pytest.raises(UnknownNotificationError, match="Did you mean 'file_arrival'"):
        opened(config).send("file_arival")
    with pytest.raises(UnknownNotificationError, match="Choose one of: file_arrival"):
        opened(config).send("xyzzy")
    for name in BUILT_IN:
        with pytest.raises(NotificationNameTakenError) as caught:
            opened(config, definitions={name: own()["mine"]})
        assert caught.value.exit_code == 2


@pytest.mark.parametrize("channel", ["ses", "sns", "webhook"])
def test_channels_of_later_versions_are_named(tmp_path: Path, channel: str) -> None:
    with pytest.raises(NotInThisVersionError, match="outbox, smtp"):
        opened(configured(tmp_path, channel=channel))


def test_an_outbox_that_cannot_be_written_is_told_not_raised(tmp_path: Path) -> None:
    messages = opened(configured(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "outbox").write_text("in the way")
    result = messages.send("file_arrival")
    assert result.failed
    assert "outbox" in result.error
    assert messages.undelivered == 1


@pytest.mark.parametrize("address", ["nobody", "a@b\r\nBcc: c@d", "a b@example.org", "ñ@example.org", "<>", "a@b, c@d"])
def test_what_is_no_address_is_told(tmp_path: Path, address: str) -> None:
    result = opened(configured(tmp_path, topics={"internal": [address]})).send("file_arrival")
    assert "is no e-mail address" in result.error
    assert list((tmp_path / "data").glob("outbox/*")) == []


@settings(max_examples=150, deadline=None)
@given(subject=st.text(max_size=300), body=st.text(max_size=1200), run=st.text(max_size=60))
def test_any_words_make_valid_mail(subject: str, body: str, run: str) -> None:
    from data_framework.modules.notification.text import compose_body, cut, one_line

    message = Message(
        "mine", "from@example.org", ("to@example.org",), cut(one_line(subject), 100),
        compose_body(body, 499, run, "Team"), run,
    )  # fmt: skip
    content = to_mail(message).as_bytes()
    assert content.isascii()
    assert all(len(line) <= 998 for line in content.splitlines())
    mail = message_from_bytes(content, policy=policy.default)
    assert not mail.defects
    assert sorted(mail.keys()) == sorted({*mail.keys()})
    assert str(mail["Subject"]) == message.subject
    assert mail["To"] == "to@example.org"
    assert mail.get_content() == message.body + "\n"  # type: ignore[attr-defined]
    assert len(message.body) <= 499


# SMTP ---------------------------------------------------------------------------------------------------------------
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
    from data_framework.modules.notification.integrations.smtp import Smtp

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
