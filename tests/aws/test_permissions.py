"""The page of permissions says what the processes ask."""

from __future__ import annotations

from pathlib import Path

from aws.permissions import PAGE, page, record
from data_framework.modules.aws import AwsClients


def test_the_page_says_what_is_asked(tmp_path: Path, aws: AwsClients) -> None:
    found = record(tmp_path, aws)
    landing = {resource for permission, resource in found["landing_to_raw"] if permission.startswith("s3:")}
    assert "landing" in landing
    writes = {resource for asked in found.values() for permission, resource in asked if permission == "s3:PutObject"}
    assert "landing" not in writes
    assert PAGE.read_text(encoding="utf-8") == page(found), "run: PYTHONPATH=src:tests python -m aws.permissions"
