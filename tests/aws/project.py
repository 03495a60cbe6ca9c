"""A project on AWS: the same folder as on a laptop but for platform.json, its landing files in a bucket."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from aws.conftest import PREFIX
from aws.server import ACCOUNT, REGION
from data_framework.modules.aws import AwsClients
from project import ProjectFolder, Result

ENTRY = {"environment": "develop", "s3_bucket_prefix": PREFIX, "region": REGION}


class AwsProject(ProjectFolder):
    """A project whose layers are buckets; commands are given `--environment develop`.

    Args:
        root: Its folder.
        aws: Clients for what the test itself looks at.
        entry: What the entry of the account in platform.json says beside the usual.
    """

    def __init__(self, root: Path, aws: AwsClients, **entry: Any) -> None:
        super().__init__(root)
        self.aws = aws
        self.s3 = aws.client("s3")
        self.write("platform.json", {ACCOUNT: {**ENTRY, **entry}})

    @classmethod
    def of(cls, local: Path, root: Path, aws: AwsClients, **entry: Any) -> AwsProject:
        """The project of a folder, without its data, on AWS; what was landed there is landed here."""
        shutil.copytree(local, root, ignore=shutil.ignore_patterns("data"))
        project = cls(root, aws, **entry)
        project.deliver(local)
        return project

    def deliver(self, local: Path) -> None:
        """Land what lies in the landing folder of a local project."""
        landing = local / "data" / "landing"
        for file in sorted(path for path in landing.rglob("*") if path.is_file()):
            self.land(file.relative_to(landing).as_posix(), file.read_bytes())

    def land(self, path: str, content: Any) -> Path:
        content = content if isinstance(content, bytes) else str(content).encode()
        self.s3.put_object(Bucket=f"{PREFIX}-landing", Key=path, Body=content)
        return Path(path)

    def run(self, *arguments: str) -> Result:
        return super().run(*arguments, "--environment", "develop")

    def objects(self, layer: str) -> dict[str, bytes]:
        """Every object of a layer."""
        found = self.s3.pages("list_objects_v2", "Contents", Bucket=f"{PREFIX}-{layer}")
        return {one["Key"]: self.read(layer, one["Key"]) for one in found}

    def read(self, layer: str, key: str) -> bytes:
        """One object."""
        return bytes(self.s3.get_object(Bucket=f"{PREFIX}-{layer}", Key=key)["Body"].read())


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below a local folder by its path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def plain(answer: Any) -> Any:
    """An answer without what differs from run to run and from place to place."""
    hidden = {"execution_id", "duration_s", "snapshot_id", "path", "milliseconds", "peak_memory_mb"}
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items() if key not in hidden}
    return [plain(value) for value in answer] if isinstance(answer, list) else answer


def as_json(text: str) -> Any:
    """The one document a command printed."""
    return json.loads(text)
