"""What tests of messages share: a configured project, a context, the outbox."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from data_framework.modules.config import Config, open_config
from data_framework.modules.notification import MessageContext, NotificationsInterface, open_notifications

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
