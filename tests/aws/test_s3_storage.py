"""The storage on S3: the conformance suite, and what only it promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

from aws.conftest import PREFIX
from aws.faults import failing, refusal
from data_framework.modules.aws import AwsClients, AwsSettings, s3_objects
from data_framework.modules.exception import StorageReadError, StorageWriteError
from data_framework.modules.storage.integrations.s3_storage import S3Storage
from data_framework.testing import StorageConformance
from data_framework.testing.storage_conformance import read

PART = 8 * 1024 * 1024


class TestS3Storage(StorageConformance):
    @pytest.fixture
    def storage(self, aws: AwsClients) -> S3Storage:
        return S3Storage(aws, PREFIX)


@pytest.fixture
def storage(aws: AwsClients) -> S3Storage:
    return S3Storage(aws, PREFIX)


def uploads(aws: AwsClients) -> list[Any]:
    return list(aws.client("s3").list_multipart_uploads(Bucket=f"{PREFIX}-raw").get("Uploads", ()))


def test_a_large_stream_goes_in_parts(aws: AwsClients, storage: S3Storage) -> None:
    chunks = [bytes([number]) * 3_000_000 for number in range(8)]
    assert storage.write("raw", "large", iter(chunks)).size == 24_000_000
    assert read(storage, "raw", "large") == b"".join(chunks)
    assert aws.requests["s3", "UploadPart"] == 3
    assert storage.create("raw", "large", iter(chunks)) is False
    assert read(storage, "raw", "large") == b"".join(chunks)
    assert uploads(aws) == []


def test_parts_of_a_stream_that_fails_are_thrown_away(aws: AwsClients, storage: S3Storage) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"x" * (PART + 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        storage.write("raw", "large", breaking())
    assert aws.requests["s3", "UploadPart"] == 1
    assert (uploads(aws), list(storage.list("raw"))) == ([], [])


def test_an_upload_that_cannot_end_leaves_nothing(aws: AwsClients, storage: S3Storage) -> None:
    storage.write("raw", "large", [b"old"])
    broken = refusal("s3", "InternalError", 500, "We encountered an internal error.")
    with failing(aws, "s3", "CompleteMultipartUpload", broken), pytest.raises(StorageWriteError, match="internal"):
        storage.write("raw", "large", [b"x" * (PART + 1)])
    assert (uploads(aws), read(storage, "raw", "large")) == ([], b"old")


def test_a_reset_in_mid_upload_is_survived(aws: AwsClients, storage: S3Storage) -> None:
    with failing(aws, "s3", "UploadPart", ConnectionClosedError(endpoint_url="s3"), times=2, after=1) as failed:
        storage.write("raw", "large", [b"ab" * PART])
    assert len(failed) == 2
    assert read(storage, "raw", "large") == b"ab" * PART


def test_throttling_passes_or_is_said(aws: AwsClients, storage: S3Storage) -> None:
    slow = refusal("s3", "SlowDown", 503, "Please reduce your request rate.")
    with failing(aws, "s3", "PutObject", slow, times=2) as failed:
        storage.write("raw", "a", [b"x"])
    assert len(failed) == 2
    with failing(aws, "s3", "PutObject", slow), pytest.raises(StorageWriteError, match="throttled") as caught:
        storage.write("raw", "b", [b"x"])
    assert "quota" in caught.value.hint


@pytest.mark.parametrize("fault", [ConnectTimeoutError(endpoint_url="s3"), ReadTimeoutError(endpoint_url="s3")])
def test_no_answer_is_said_in_bounded_time(aws: AwsClients, storage: S3Storage, fault: Exception) -> None:
    storage.write("raw", "a", [b"x"])
    with failing(aws, "s3", "GetObject", fault), pytest.raises(StorageReadError, match="did not answer"):
        read(storage, "raw", "a")


def test_a_body_that_breaks_off_is_read_on(
    aws: AwsClients, storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"0123456789" * 300_000
    storage.write("raw", "a", [content])
    with storage.open_read("raw", "a") as stream:
        begin = stream.read(1000)
        body = stream.raw._body  # type: ignore[attr-defined]
        monkeypatch.setattr(body, "read", _broken)
        assert begin + stream.read() == content
    assert aws.requests["s3", "GetObject"] == 2


def test_what_was_replaced_is_not_read_on(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.write("raw", "a", [b"0123456789" * 300_000])
    with storage.open_read("raw", "a") as stream:
        stream.read(1000)
        storage.write("raw", "a", [b"9876543210" * 300_000])
        monkeypatch.setattr(stream.raw._body, "read", _broken)  # type: ignore[attr-defined]
        with pytest.raises(Exception, match="PreconditionFailed"):
            stream.read()


def _broken(size: int = -1) -> bytes:
    raise ReadTimeoutError(endpoint_url="s3")


def test_an_object_is_found_among_thousands(aws: AwsClients, storage: S3Storage) -> None:
    s3 = aws.client("s3")
    for number in range(1010):
        s3.put_object(Bucket=f"{PREFIX}-landing", Key=f"in/{number:05}", Body=b"")
    assert [found.key for found in storage.list("landing", "in/")] == [f"in/{number:05}" for number in range(1010)]
    assert aws.requests["s3", "ListObjectsV2"] == 2


def test_folders_are_left_out_and_odd_keys_are_said(aws: AwsClients, storage: S3Storage) -> None:
    for key in ("in/", "in/../x", "in//y", "in/a"):
        aws.client("s3").put_object(Bucket=f"{PREFIX}-landing", Key=key, Body=b"")
    found = {one.key: one.problem for one in storage.list("landing")}
    assert found == {"in/../x": "a key where it has '.' or '..' in it", "in//y": "a key where a part of it is empty",
                     "in/a": ""}  # fmt: skip


def test_what_is_written_is_encrypted_with_the_key(aws: AwsClients) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    storage = S3Storage(aws, PREFIX, kms_key=key)
    storage.write("raw", "small", [b"x"])
    storage.write("raw", "large", [b"x" * (PART + 1)])
    storage.move("raw", "small", "raw", "moved")
    for name in ("moved", "large"):
        found = aws.client("s3").head_object(Bucket=f"{PREFIX}-raw", Key=name)
        assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_missing_bucket_is_named(aws: AwsClients) -> None:
    storage = S3Storage(aws, "other")
    with pytest.raises(StorageWriteError, match="s3://other-raw/a"):
        storage.write("raw", "a", [b"x"])
    with pytest.raises(StorageReadError, match="s3://other-raw"):
        list(storage.list("raw"))


def test_a_missing_permission_is_named(aws: AwsClients, storage: S3Storage) -> None:
    said = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: s3:PutObject on resource: x"
    for message in (said, "Access Denied"):
        denied = refusal("s3", "AccessDenied", 403, message)
        with failing(aws, "s3", "PutObject", denied), pytest.raises(StorageWriteError) as caught:
            storage.write("raw", "a", [b"x"])
        assert caught.value.hint == "Allow s3:PutObject on s3://acme-dev-raw/a to the role that runs this."


def test_expired_credentials_are_said(aws: AwsClients, storage: S3Storage) -> None:
    gone = refusal("s3", "ExpiredToken", 400, "The provided token has expired.")
    with failing(aws, "s3", "PutObject", gone), pytest.raises(StorageWriteError, match="expired") as caught:
        storage.write("raw", "a", [b"x"])
    assert "Log in again" in caught.value.hint


def test_without_region_or_credentials_it_says_so(aws: AwsClients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    session = AwsClients.__dict__["session"]
    session.forget()
    with pytest.raises(StorageReadError, match="no AWS region") as caught:
        S3Storage(AwsClients(AwsSettings()), PREFIX).stat("raw", "a")
    assert "platform.json" in caught.value.hint
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    session.forget()
    with pytest.raises(StorageReadError, match=r"(?i)credentials") as caught:
        S3Storage(AwsClients(AwsSettings(region="eu-west-1")), PREFIX).stat("raw", "a")
    assert "aws sso login" in caught.value.hint


def test_another_account_is_refused(aws: AwsClients) -> None:
    wrong = AwsClients(AwsSettings(account="999999999999"))
    for _ in range(2):
        with pytest.raises(StorageReadError, match=r"123456789012.*999999999999"):
            S3Storage(wrong, PREFIX).stat("raw", "a")
    right = AwsClients(AwsSettings(account="123456789012"))
    assert S3Storage(right, PREFIX).stat("raw", "a") is None


def test_a_race_that_must_be_run_again_is(aws: AwsClients, storage: S3Storage) -> None:
    again = refusal("s3", "ConditionalRequestConflict", 409, "Try again.")
    with failing(aws, "s3", "PutObject", again, times=2):
        assert storage.create("raw", "a", [b"x"]) is True
    assert s3_objects.split_uri(storage.uri("raw", "a")) == (f"{PREFIX}-raw", "a")
