"""Which account this is, and which entry of the platform file holds there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aws.server import ACCOUNT
from data_framework.modules.aws import AwsClients
from data_framework.modules.config import open_config
from data_framework.modules.exception import EnvironmentNotResolvedError, SecretError
from project import ProjectFolder
from shop import PROCESSES, configure


def project(folder: Path, **platform: Any) -> Path:
    made = ProjectFolder(folder)
    configure(made, PROCESSES)
    made.write("platform.json", platform)
    return folder


@pytest.mark.parametrize(
    "sign",
    ["AWS_LAMBDA_FUNCTION_NAME", "SERVERLESS_EMR_APPLICATION_ID", "EMR_STEP_ID", "GLUE_VERSION",
     "ECS_CONTAINER_METADATA_URI_V4"],
)  # fmt: skip
def test_in_a_service_the_account_says_which_entry_holds(
    tmp_path: Path, aws: AwsClients, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    entries = {ACCOUNT: {"environment": "production", "s3_bucket_prefix": "acme"}, "local": {"environment": "local"}}
    folder = project(tmp_path, **entries)
    assert open_config(folder).environment == "local"
    monkeypatch.setenv(sign, "x")
    config = open_config(folder)
    assert (config.account, config.environment, config.platform.bucket_prefix) == (ACCOUNT, "production", "acme")


def test_an_unknown_account_is_named(tmp_path: Path, aws: AwsClients, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(tmp_path, **{"999999999999": {"environment": "production"}})
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "x")
    with pytest.raises(EnvironmentNotResolvedError, match=rf"{ACCOUNT}.*999999999999") as caught:
        open_config(folder)
    assert (caught.value.exit_code, ACCOUNT in caught.value.hint) == (2, True)


def test_secrets_of_aws_are_read_once(tmp_path: Path, aws: AwsClients) -> None:
    config = open_config(project(tmp_path, local={"environment": "local"}))
    aws.client("ssm").put_parameter(Name="/acme/smtp", Value="hunter22", Type="SecureString")
    aws.client("secretsmanager").create_secret(Name="acme/db", SecretString='{"password": "swordfish", "n": 1}')
    for _ in range(2):
        assert config.secret("ssm:/acme/smtp") == "hunter22"
        assert config.secret("secretsmanager:acme/db#password") == "swordfish"
    assert config.secret("secretsmanager:acme/db").startswith("{")
    assert config.aws.requests["ssm", "GetParameter"] == 1


@pytest.mark.parametrize(
    ("reference", "said"),
    [("ssm:/none", "/none"), ("secretsmanager:none", "none"), ("secretsmanager:acme/db#pin", "pin")],
)
def test_a_secret_that_is_not_there_is_named(tmp_path: Path, aws: AwsClients, reference: str, said: str) -> None:
    config = open_config(project(tmp_path, local={"environment": "local"}))
    aws.client("secretsmanager").create_secret(Name="acme/db", SecretString='{"password": "swordfish"}')
    with pytest.raises(SecretError, match=said) as caught:
        config.secret(reference)
    assert "swordfish" not in str(caught.value)
