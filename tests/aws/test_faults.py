"""What goes wrong between here and AWS, for each service: survived within bounds, or said with what to do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

from aws.conftest import PREFIX
from aws.faults import failing, refusal
from aws.project import AwsProject, plain
from data_framework.modules.aws import AwsClients
from data_framework.modules.aws.secrets import read_parameter, read_secret_text
from data_framework.modules.exception import (
    AwsAccessDeniedError,
    AwsCredentialsExpiredError,
    AwsError,
    AwsRequestError,
    AwsThrottledError,
    AwsUnreachableError,
)
from data_framework.modules.state.integrations.ssm_payloads import publish_payload
from shop import deliver, shop

URL = "http://127.0.0.1"
MAIL = {"FromEmailAddress": "a@example.org", "Destination": {"ToAddresses": ["b@example.org"]},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}}}  # fmt: skip
DATUM = [{"MetricName": "m", "Value": 1.0}]
# Service → operation → what sends it.
CALLS: dict[tuple[str, str], Callable[[AwsClients], Any]] = {
    ("s3", "PutObject"): lambda aws: aws.client("s3").put_object(Bucket=f"{PREFIX}-raw", Key="a", Body=b"x"),
    ("s3", "GetObject"): lambda aws: aws.client("s3").get_object(Bucket=f"{PREFIX}-raw", Key="there")["Body"].read(),
    ("glue", "GetDatabase"): lambda aws: aws.client("glue").get_database(Name="there"),
    ("ssm", "GetParameter"): lambda aws: read_parameter(aws, "/there"),
    ("ssm", "PutParameter"): lambda aws: publish_payload(aws, "/dataflow/a/b/result", {"success": True}, "s3://x"),
    ("secretsmanager", "GetSecretValue"): lambda aws: read_secret_text(aws, "there"),
    ("sns", "Publish"): lambda aws: aws.client("sns").publish(TopicArn=TOPIC, Message="m"),
    ("sesv2", "SendEmail"): lambda aws: aws.client("sesv2").send_email(**MAIL),
    ("cloudwatch", "PutMetricData"): lambda aws: aws.client("cloudwatch").put_metric_data(
        Namespace="n", MetricData=DATUM),
    ("athena", "ListWorkGroups"): lambda aws: aws.client("athena").list_work_groups(),
    ("sts", "GetCallerIdentity"): lambda aws: aws.account(),
}  # fmt: skip
TOPIC = "arn:aws:sns:eu-west-1:123456789012:there"
THROTTLED = {"s3": ("SlowDown", 503), "sns": ("Throttling", 400), "sts": ("Throttling", 400),
             "cloudwatch": ("Throttling", 400)}  # fmt: skip


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between attempts."""
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.fixture
def account(aws: AwsClients, impatient: None) -> AwsClients:
    """An account in which everything that is asked for is there."""
    aws.client("s3").put_object(Bucket=f"{PREFIX}-raw", Key="there", Body=b"x")
    aws.client("glue").create_database(DatabaseInput={"Name": "there"})
    aws.client("ssm").put_parameter(Name="/there", Value="v", Type="SecureString")
    aws.client("secretsmanager").create_secret(Name="there", SecretString="v")
    aws.client("sns").create_topic(Name="there")
    aws.client("sesv2").create_email_identity(EmailIdentity="a@example.org")
    return aws


def passing(service: str) -> list[tuple[Any, type[AwsError]]]:
    """What may pass, and what it is called if it does not."""
    code, status = THROTTLED.get(service, ("ThrottlingException", 400))
    return [
        (refusal(service, code, status, "Rate exceeded"), AwsThrottledError),
        (refusal(service, "InternalError", 500, "later"), AwsUnreachableError),
        (refusal(service, "ServiceUnavailable", 503, "later"), AwsUnreachableError),
        (ReadTimeoutError(endpoint_url=URL), AwsUnreachableError),
        (ConnectTimeoutError(endpoint_url=URL), AwsUnreachableError),
        (ConnectionClosedError(endpoint_url=URL), AwsUnreachableError),
    ]


@pytest.mark.parametrize(("service", "operation"), CALLS, ids=lambda name: name)
def test_what_passes_is_survived_and_what_does_not_ends(account: AwsClients, service: str, operation: str) -> None:
    call = CALLS[service, operation]
    for fault, kind in passing(service):
        with failing(account, service, operation, fault, times=2) as failed:
            call(account)
        assert len(failed) == 2
        with failing(account, service, operation, fault) as failed, pytest.raises(kind) as caught:
            call(account)
        assert 1 < len(failed) <= 4  # AWS_MAX_ATTEMPTS of the tests
        assert (caught.value.exit_code, bool(caught.value.hint)) == (3, True)


@pytest.mark.parametrize(("service", "operation"), CALLS, ids=lambda name: name)
def test_what_cannot_pass_is_asked_once(account: AwsClients, service: str, operation: str) -> None:
    for code, kind, exit_code in (
        ("ExpiredTokenException", AwsCredentialsExpiredError, 3), ("AccessDenied", AwsAccessDeniedError, 2),
        ("ValidationException", AwsRequestError, 3),
    ):  # fmt: skip
        fault = refusal(service, code, 403, f"x is not authorized to perform: {service}:{operation} on y")
        with failing(account, service, operation, fault) as failed, pytest.raises(kind) as caught:
            CALLS[service, operation](account)
        assert (len(failed), caught.value.exit_code) == (1, exit_code)
        if kind is AwsAccessDeniedError:
            assert operation in caught.value.hint


# whole runs ---------------------------------------------------------------------------------------------------------
def disturbed(monkeypatch: pytest.MonkeyPatch, disturb: Callable[[str, str, str], Any]) -> None:
    """Ask, before each request of the framework, what answer takes its place (None: it is sent)."""
    made = AwsClients._made

    def watched(self: AwsClients, service: str) -> Any:
        client = made(self, service)

        def before(request: Any, event_name: str, **_: Any) -> Any:
            answer = disturb(service, event_name.rpartition(".")[2], request.url)
            if isinstance(answer, Exception):
                raise answer
            return answer

        client.raw.meta.events.register_first("before-send", before)
        return client

    monkeypatch.setattr(AwsClients, "_made", watched)


def fault(service: str, kind: int) -> Any:
    """One of several things that pass."""
    code, status = THROTTLED.get(service, ("ThrottlingException", 400))
    kinds = (
        lambda: refusal(service, code, status, "slow down"), lambda: refusal(service, "InternalError", 500, "later"),
        lambda: ReadTimeoutError(endpoint_url=URL), lambda: ConnectionClosedError(endpoint_url=URL),
    )  # fmt: skip
    return kinds[kind % len(kinds)]()


def test_a_run_in_bad_weather_ends_as_one_in_good(
    tmp_path: Path, aws: AwsClients, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = shop(tmp_path / "local")
    (local.root / "data").mkdir()
    project = AwsProject.of(local.root, tmp_path / "aws", aws)
    for one in (local, project):
        deliver(one, 1)
    asked = iter(range(100_000))
    failed: list[str] = []

    def disturb(service: str, operation: str, url: str) -> Any:
        number = next(asked)
        if number % 6:
            return None
        failed.append(operation)
        return fault(service, number // 6)

    with monkeypatch.context() as patch:
        disturbed(patch, disturb)
        runs = [plain(one.json("run", "sales")) for one in (local, project)]
    assert len(failed) > 20
    runs[1].pop("requests")
    assert runs[0] == runs[1]
    assert project.table("shop_business.totals") == local.table("shop_business.totals")


ENDS = [
    ("s3", "PutObject", 25, "ExpiredToken", 3, "aws sso login"),
    ("glue", "CreateTable", 0, "AccessDeniedException", 3, "glue:CreateTable"),
    ("ssm", "PutParameter", 0, "ThrottlingException", 3, "throttled"),
    ("cloudwatch", "PutMetricData", 0, "AccessDenied", 4, "cloudwatch:PutMetricData"),
]


@pytest.mark.parametrize(("service", "operation", "after", "code", "exit_code", "said"), ENDS, ids=str)
def test_a_run_that_cannot_go_on_ends_clean_and_the_next_heals(
    tmp_path: Path, aws: AwsClients, impatient: None, monkeypatch: pytest.MonkeyPatch,
    service: str, operation: str, after: int, code: str, exit_code: int, said: str,
) -> None:  # fmt: skip
    project = AwsProject.of(shop(tmp_path / "local").root, tmp_path / "aws", aws)
    deliver(project, 1)
    seen: list[str] = []

    def disturb(asked: str, name: str, url: str) -> Any:
        if (asked, name) == (service, operation):
            seen.append(name)
            if len(seen) > after:
                return refusal(service, code, 400, "no")
        return None

    began = time.monotonic()
    with monkeypatch.context() as patch:
        disturbed(patch, disturb)
        run = project.run("run", "sales", "--json")
    assert time.monotonic() - began < 60
    assert (run.code, said in run.out + run.err) == (exit_code, True), run.out + run.err
    assert "Traceback" not in run.err
    json.loads(run.out)
    assert project.json("run", "sales")["success"]
    assert len(project.table("shop_staging.sales")) == 2
    assert len(project.table("shop_business.totals")) == 2
