"""Messages by SES, SNS and webhooks: what arrives, what is refused, and that a failure is told, never raised."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from aws.faults import failing, refusal
from data_framework.modules.aws import AwsClients
from data_framework.modules.config import open_config
from data_framework.modules.notification import MessageContext, NotificationsInterface, open_notifications
from data_framework.modules.notification.integrations import webhook
from data_framework.modules.notification.interface_notifications import Message
from project import ProjectFolder
from shop import PROCESSES, configure

ARGUMENTS = {"file_name": "año.csv", "file_date": "2026-01-01"}


def opened(folder: Path, **notifications: Any) -> NotificationsInterface:
    project = ProjectFolder(folder)
    configure(project, PROCESSES)
    project.write("platform.json", {"local": {"environment": "local", "notifications": notifications}})
    return open_notifications(open_config(folder), None, MessageContext("run-1", "sales", "landing_to_raw"))


def sent(endpoint: str, service: str, kind: str) -> list[Any]:
    with urllib.request.urlopen(f"{endpoint}/moto-api/data.json") as answer:
        return list(json.load(answer)[service].get(kind, []))


# SES ----------------------------------------------------------------------------------------------------------------
def ses(folder: Path, recipients: int = 1) -> NotificationsInterface:
    people = [f"person{number}@example.org" for number in range(recipients)]
    return opened(folder, channel="ses", sender="reports@example.org", topics={"internal": people})


def test_mail_arrives_as_text_and_html(tmp_path: Path, aws: AwsClients, endpoint: str) -> None:
    aws.client("sesv2").create_email_identity(EmailIdentity="reports@example.org")
    result = ses(tmp_path, recipients=51).send("file_arrival", ARGUMENTS)
    assert result.delivered, result.error
    found = sent(endpoint, "ses", "RawMessage") or sent(endpoint, "sesv2", "RawMessage")
    assert [len(set(one["destinations"])) for one in found] == [25, 25, 1]
    mail = message_from_bytes(found[0]["raw_data"].encode(), policy=default)
    assert mail["Subject"] == "[DEV] sales: año.csv arrived"
    parts = [part.get_content_type() for part in mail.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    assert "año.csv of 2026-01-01" in mail.get_body(("plain",)).get_content()


def test_small_files_go_with_mail(tmp_path: Path, aws: AwsClients, endpoint: str) -> None:
    aws.client("sesv2").create_email_identity(EmailIdentity="reports@example.org")
    files = {"año.csv": b"id\n1\n", "../../x.bin": bytes(range(256))}
    assert ses(tmp_path).send("file_arrival", ARGUMENTS, attachments=files).delivered
    (found,) = sent(endpoint, "ses", "RawMessage") or sent(endpoint, "sesv2", "RawMessage")
    mail = message_from_bytes(found["raw_data"].encode(), policy=default)
    assert mail.get_content_type() == "multipart/mixed"
    assert "año.csv of 2026-01-01" in mail.get_body(("plain",)).get_content()
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert attached == {"año.csv": b"id\n1\n", "x.bin": bytes(range(256))}
    large = ses(tmp_path).send("file_arrival", ARGUMENTS, attachments={"a": bytes(5_000_001)})
    assert (large.failed, "5,000,001 bytes" in large.error) == (True, True)
    topic = opened(tmp_path, channel="sns", topics={"internal": ["arn:aws:sns:eu-west-1:123456789012:x"]})
    assert "cannot carry attachments" in topic.send("file_arrival", ARGUMENTS, attachments=files).error


def test_an_unverified_sender_is_told(tmp_path: Path, aws: AwsClients) -> None:
    result = ses(tmp_path).send("file_arrival", ARGUMENTS)
    assert result.failed
    assert "reports@example.org" in result.error


@pytest.mark.parametrize("code", ["TooManyRequestsException", "AccessDeniedException", "MessageRejected"])
def test_refusals_are_told(tmp_path: Path, aws: AwsClients, code: str) -> None:
    messages = ses(tmp_path)
    with failing(messages.config.aws, "sesv2", "SendEmail", refusal("sesv2", code, 400, "no")):
        result = messages.send("file_arrival", ARGUMENTS)
    assert result.failed
    assert messages.undelivered == 1


# SNS ----------------------------------------------------------------------------------------------------------------
def test_topics_get_the_message(tmp_path: Path, aws: AwsClients) -> None:
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:q")
    missing = f"{topic}-gone"
    messages = opened(tmp_path, channel="sns", topics={"internal": [topic, missing]})
    result = messages.send("file_arrival", ARGUMENTS)
    assert result.failed
    assert missing in result.error
    body = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert body["Subject"] == "[DEV] sales: ano.csv arrived"
    assert "año.csv of 2026-01-01" in body["Message"]
    assert "Execution: run-1" in body["Message"]


# webhook ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def posts() -> Iterator[tuple[str, list[Any]]]:
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((self.path, body))
            self.send_response(int(self.path.rpartition("/")[2]) if self.path[-3:].isdigit() else 200)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", got
    server.shutdown()
    server.server_close()


def test_a_named_host_inside_is_posted_to(
    tmp_path: Path, posts: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, got = posts
    monkeypatch.setenv("HOOK", f"{address}/secret-path?k=v")
    messages = opened(tmp_path, channel="webhook", topics={"internal": ["env:HOOK"]}, webhook={"hosts": ["localhost"]})
    assert messages.send("file_arrival", ARGUMENTS).delivered
    assert [path for path, _ in got] == ["/secret-path?k=v"]
    assert got[0][1]["subject"] == "[DEV] sales: año.csv arrived"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_other_answers_are_failures_and_not_followed(tmp_path: Path, posts: tuple[str, list[Any]], status: int) -> None:
    address, got = posts
    hook = f"{address}/secret/{status}"
    messages = opened(tmp_path, channel="webhook", topics={"internal": [hook]}, webhook={"hosts": ["localhost"]})
    result = messages.send("file_arrival", ARGUMENTS)
    assert str(status) in result.error
    assert "secret" not in result.error
    assert len(got) == 1


@pytest.mark.parametrize(
    "address",
    ["https://localhost/x", "https://127.0.0.1/x", "https://169.254.169.254/latest", "https://[::1]/x",
     "https://10.0.0.7/x", "https://[::ffff:127.0.0.1]/x", "https://2130706433/x", "http://example.org/x",
     "file:///etc/passwd", "not an address"],
)  # fmt: skip
def test_addresses_inside_are_refused(tmp_path: Path, address: str) -> None:
    result = opened(tmp_path, channel="webhook", topics={"internal": [address]}).send("file_arrival", ARGUMENTS)
    assert result.failed
    assert "inside the network" in result.error or "no https address" in result.error


def test_slack_and_teams_get_their_shapes() -> None:
    message = Message("m", "s", (), "a <b>", "body & more", "run-1")
    assert webhook.shaped("hooks.slack.com", message) == {"text": "*a &lt;b&gt;*\nbody &amp; more"}
    card = webhook.shaped("acme.webhook.office.com", message)["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [block["text"] for block in card["content"]["body"]] == ["a <b>", "body & more"]
