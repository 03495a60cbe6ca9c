"""What each process asks of AWS, recorded from its requests, as the page of permissions.

`PYTHONPATH=src:tests python -m aws.permissions` writes the page; a test holds it against what is asked now.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from aws.project import AwsProject
from aws.server import LAYERS, REGION, VARIABLES, server
from data_framework.modules.aws import AwsClients, AwsSettings
from shop import PROCESSES, control, deliver, shop

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "permissions.md"
PREFIX = "acme-dev"
Asked = set[tuple[str, str]]
_READS = ("s3:GetObject", "s3:ListBucket")
_OF_S3 = {
    "ListObjectsV2": ("s3:ListBucket",), "HeadBucket": ("s3:ListBucket",), "HeadObject": _READS, "GetObject": _READS,
    "PutObject": ("s3:PutObject", "s3:AbortMultipartUpload"), "DeleteObject": ("s3:DeleteObject",),
    "DeleteObjects": ("s3:DeleteObject",), "CreateMultipartUpload": ("s3:PutObject", "s3:AbortMultipartUpload"),
    "UploadPart": ("s3:PutObject",), "CompleteMultipartUpload": ("s3:PutObject",),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload",), "CopyObject": ("s3:PutObject",),
    "ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
}  # fmt: skip
_HEAD = """# Permissions

Each process needs on AWS what is listed here, beside what all need. Recorded from the requests of a project of one
table on the simulated AWS of the tests (`tests/aws/permissions.py`); **not verified on AWS itself**. `landing` and the
like are the buckets `<prefix>-landing`; permissions on objects (`s3:GetObject`, `s3:PutObject`, …) are for
`<bucket>/*`, those on Glue for the catalogue, the databases and their tables.

Not recorded, for it depends on the account: with `encryption.kms_key` also `kms:GenerateDataKey` and `kms:Decrypt` on
the key; `ssm:GetParameter` and `secretsmanager:GetSecretValue` on the secrets the configuration refers to;
`ses:SendEmail` on the sender's identity or `sns:Publish` on the topics where messages leave so; `logs:PutLogEvents`
where the runtime writes logs. `sts:GetCallerIdentity` needs no permission. Athena itself reads tables and writes its
answers with the permissions of who asks: also `s3:PutObject` and `s3:GetBucketLocation` on scratch, `s3:GetObject` on
what is read.
"""


@contextmanager
def recorded(asked: Asked) -> Iterator[None]:
    """Record what is asked, as permission and resource."""
    made = AwsClients._made

    def watched(self: AwsClients, service: str) -> Any:
        client = made(self, service)

        def note(request: Any, event_name: str, **_: Any) -> None:
            asked.update(needed(service, event_name.rpartition(".")[2], request))

        client.raw.meta.events.register("before-send", note)
        return client

    AwsClients._made = watched  # type: ignore[method-assign]
    try:
        yield
    finally:
        AwsClients._made = made  # type: ignore[method-assign]


def needed(service: str, operation: str, request: Any) -> Iterator[tuple[str, str]]:
    """The permissions of one request, each with its resource."""
    if service != "s3":
        name = "ses" if service == "sesv2" else service
        if service != "sts":
            yield f"{name}:{operation}", _resource(service, request)
        return
    bucket = urlsplit(request.url).path.lstrip("/").partition("/")[0].removeprefix(f"{PREFIX}-")
    for permission in _OF_S3[operation]:
        yield permission, bucket
    if operation == "CopyObject":
        source = request.headers["x-amz-copy-source"]
        text = source.decode() if isinstance(source, bytes) else source
        yield "s3:GetObject", unquote(text).lstrip("/").partition("/")[0].removeprefix(f"{PREFIX}-")


def _resource(service: str, request: Any) -> str:
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
    if service == "glue":
        named = re.search(r'"DatabaseName": ?"([^"]+)"', body) or re.search(r'"Name": ?"([^"]+)"', body)
        return f"database {named[1]}" if named else "the catalogue"
    return "parameter /dataflow/*" if service == "ssm" else "*"


def record(folder: Path, aws: AwsClients) -> dict[str, Asked]:
    """What each process of a shop asks, run alone, twice: the second time with a restatement and rows set aside."""
    local = shop(folder / "local", write_mode="merge", primary_keys=["id"])
    local.write("controls/sales.json", {"controls": [control(on_failure="quarantine", threshold={"rag_min": 0.1})]})
    project = AwsProject.of(local.root, folder / "aws", aws)
    found: dict[str, Asked] = {process: set() for process in PROCESSES}
    for rows in ("1,north,1.50\n2,south,2.25\n", "1,north,2.50\n2,south,many\n3,west,-1\n"):
        deliver(project, 1, rows)
        for process, asked in found.items():
            with recorded(asked):
                project.json("run", "sales", "--process", process, code=None)
    found["data-framework athena"] = set()
    with recorded(found["data-framework athena"]):
        project.json("athena", "select count(*) as n from shop_staging.sales")
    return found


def page(found: dict[str, Asked]) -> str:
    """The page: what all processes need, then what each needs besides."""
    processes = [asked for name, asked in found.items() if name in PROCESSES]
    common = set.intersection(*processes)
    parts = [_HEAD, _table("Every process", common)]
    parts += [_table(name, asked - common) for name, asked in found.items()]
    return "\n".join(parts)


def _table(title: str, asked: Asked) -> str:
    by_permission: dict[str, list[str]] = {}
    for permission, resource in sorted(asked):
        by_permission.setdefault(permission, []).append(resource)
    lines = [f"| `{permission}` | {', '.join(resources)} |" for permission, resources in by_permission.items()]
    return "\n".join([f"## {title}", "", "| permission | on |", "|---|---|", *lines, ""])


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder, server() as address:
        os.environ.update(VARIABLES, AWS_ENDPOINT_URL=address)
        aws = AwsClients(AwsSettings())
        for layer in LAYERS:
            aws.client("s3").create_bucket(
                Bucket=f"{PREFIX}-{layer}", CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        PAGE.write_text(page(record(Path(folder), aws)), encoding="utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    sys.exit(main())
