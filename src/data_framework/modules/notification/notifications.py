"""The messages there are: those built in, and those a project defines."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from data_framework.modules.config.model.notifications import Notification
from data_framework.modules.exception import NotificationNameTakenError, UnknownNotificationError

BUILT_IN: Mapping[str, Notification] = MappingProxyType({
    "file_arrival": Notification(
        type="email", topics=("internal",), subject="{dataflow}: {file_name} arrived",
        body="The file {file_name} of {file_date} arrived and is in raw.",
    ),
    "output_generated": Notification(
        type="email", topics=("internal", "external"), subject="{dataflow}: {output} was written",
        body="The report {output} of {file_date} was written: {path}",
    ),
    "process_error": Notification(
        type="email", topics=("internal",), subject="{dataflow}: {process} failed", body="{process} failed. {error}",
    ),
    "controls_failed": Notification(
        type="email", topics=("internal",), subject="{dataflow}: {process} was stopped by quality controls",
        body="{process} was stopped before anything was published. {error}",
    ),
})  # fmt: skip


def defined(own: Mapping[str, Notification]) -> dict[str, Notification]:
    """Return every message by name: the built-in ones and a project's.

    Raises:
        NotificationNameTakenError: A project's message has the name of a built-in one.
    """
    for name in own:
        if name in BUILT_IN:
            raise NotificationNameTakenError(name=name, built_in=", ".join(BUILT_IN))
    return {**BUILT_IN, **own}


def named(definitions: Mapping[str, Notification], name: str) -> Notification:
    """Return one message.

    Raises:
        UnknownNotificationError: Nobody defined it; the error says which there are.
    """
    if name not in definitions:
        near = difflib.get_close_matches(name, definitions, n=1)
        suggestion = f"Did you mean {near[0]!r}?" if near else f"Choose one of: {', '.join(definitions)}."
        raise UnknownNotificationError(name=name, suggestion=suggestion)
    return definitions[name]
