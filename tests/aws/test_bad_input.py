"""What users of AWS get wrong, each on the command line: an exit code, and a sentence that names what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aws.conftest import PREFIX
from aws.faults import refusal
from aws.project import AwsProject
from aws.test_faults import disturbed
from data_framework.modules.aws import AwsClients
from data_framework.modules.state.integrations.s3_state import S3State
from shop import deliver, shop


@pytest.fixture
def project(tmp_path: Path, aws: AwsClients) -> AwsProject:
    """A shop with a file in its landing bucket."""
    made = AwsProject.of(shop(tmp_path / "local").root, tmp_path / "aws", aws)
    deliver(made, 1)
    return made


def said(project: AwsProject, code: int, *words: str, command: tuple[str, ...] = ("run", "sales")) -> None:
    """A command ends with a code and says these words, and shows no traceback."""
    result = project.run(*command)
    text = result.out + result.err
    assert result.code == code, text
    assert [word for word in words if word not in text] == [], text
    assert "Traceback" not in text


def test_no_region(project: AwsProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    project.write("platform.json", {"123456789012": {"environment": "develop", "s3_bucket_prefix": PREFIX}})
    AwsClients.__dict__["session"].forget()
    said(project, 2, "no AWS region", "Set `region` in platform.json")


def test_no_credentials(project: AwsProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(project.root / "none"))
    AwsClients.__dict__["session"].forget()
    said(project, 2, "No AWS credentials", "Log in")


def test_an_unknown_account(project: AwsProject) -> None:
    project.write("platform.json", {"999999999999": {"environment": "develop", "s3_bucket_prefix": PREFIX}})
    said(project, 2, "123456789012", "999999999999 was meant", "AWS_PROFILE")


@pytest.mark.parametrize("layer", ["landing", "raw", "staging", "state"])
def test_a_missing_bucket(project: AwsProject, layer: str) -> None:
    for key in project.objects(layer):
        project.s3.delete_object(Bucket=f"{PREFIX}-{layer}", Key=key)
    project.s3.delete_bucket(Bucket=f"{PREFIX}-{layer}")
    said(project, 3, f"{PREFIX}-{layer}", "Create it")


def test_a_missing_database(project: AwsProject) -> None:
    said(project, 2, "nowhere.sales", command=("tables", "show", "nowhere.sales"))
    said(project, 3, "nowhere", command=("athena", "--native", "select * from nowhere.sales"))


def test_a_key_that_leads_out(project: AwsProject) -> None:
    deliver_to = "../elsewhere/sales_2026-01-02.csv"
    project.land(deliver_to, "id,shop,amount\n1,north,1\n")
    run = project.json("run", "sales")
    assert [file["file_name"] for file in run["processes"][0]["files"]] == ["sales_2026-01-01.csv"]
    (odd,) = [one for one in project.json("landing", "status")["files"] if ".." in one["key"]]
    assert (odd["status"], bool(odd["reasons"])) == ("unclaimed", True)
    said(project, 2, "../elsewhere", command=("run", "sales", "--file", deliver_to))


@pytest.mark.parametrize(("service", "operation", "permission"), [
    ("s3", "GetObject", "s3:GetObject"), ("s3", "ListObjectsV2", "s3:ListBucket"),
    ("glue", "CreateTable", "glue:CreateTable"), ("sts", "GetCallerIdentity", "sts:GetCallerIdentity"),
])  # fmt: skip
def test_one_permission_is_missing(
    project: AwsProject, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, permission: str
) -> None:
    denied = f"User: x is not authorized to perform: {permission} on resource: y"

    def disturb(asked: str, name: str, url: str) -> Any:
        return refusal(service, "AccessDenied", 403, denied) if (asked, name) == (service, operation) else None

    disturbed(monkeypatch, disturb)
    said(project, 3, permission, "Allow")


def test_an_object_that_goes_between_listing_and_reading(project: AwsProject, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(project, 2)

    def disturb(service: str, operation: str, url: str) -> Any:
        if operation == "GetObject" and f"{PREFIX}-landing" in url:
            project.s3.raw.delete_object(Bucket=f"{PREFIX}-landing", Key="sales_2026-01-02.csv")
        return None

    with monkeypatch.context() as patch:
        disturbed(patch, disturb)
        said(project, 3, "sales_2026-01-02.csv")
    assert len(project.table("shop_staging.sales")) == 2
    assert project.json("run", "sales")["success"]


def test_a_claim_of_another_process(project: AwsProject, aws: AwsClients) -> None:
    other = S3State(aws, PREFIX, "shop")
    with other.claim("dataflow/sales", "run-1"):
        said(project, 3, "run-1", "free in", "--wait", command=("run", "sales", "--wait", "0"))
    other.close()
    assert project.json("run", "sales")["success"]
