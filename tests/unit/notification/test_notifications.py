"""Messages: their words, their limits, and the outbox."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_framework.modules.config.model.notifications import Notification
from data_framework.modules.exception import (
    NotificationNameTakenError,
    UnknownNotificationError,
)
from data_framework.modules.notification import open_notifications
from data_framework.modules.notification.interface_notifications import Message
from data_framework.modules.notification.mail import to_mail
from data_framework.modules.notification.notifications import BUILT_IN
from data_framework.modules.notification.text import compose_body, cut, one_line
from data_framework.modules.state.integrations.local_state import LocalState
from messages import configured, context, opened, outbox


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


def test_five_messages_a_run_and_its_one_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    messages = opened(configured(tmp_path))
    arrivals = [messages.send("file_arrival", {"file_name": f"{n}.csv"}) for n in range(8)]
    errors = [messages.send("process_error", {"error": "no space"}) for _ in range(3)]
    assert [result.delivered for result in arrivals] == [True] * 5 + [False] * 3
    assert [result.delivered for result in errors] == [True, False, False]
    assert len(outbox(tmp_path)) == 6
    assert len(messages.sent) == 11
    said = [record.getMessage() for record in caplog.records]
    assert ["5 of its kind" in text for text in said] == [True, False]


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
@example(subject="0000 0000000000¡¡¡¡¡¡¡¡¡¡ࠀ𖠀 ¡", body="", run="")
@example(subject="=?utf-8?q?x?= " + "a" * 90, body="From here\n.\n" + "b" * 1000, run="=?utf-8?q?y?=")
@given(subject=st.text(max_size=300), body=st.text(max_size=1200), run=st.text(max_size=60))
def test_any_words_make_valid_mail(subject: str, body: str, run: str) -> None:
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
