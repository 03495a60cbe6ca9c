"""The choice of a channel for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from data_framework.modules.code import Backend, Backends
from data_framework.modules.notification.interface_notifications import (
    MessageContext,
    MessageLog,
    NotificationsInterface,
)

if TYPE_CHECKING:
    from data_framework.modules.config import Config

CHANNELS = Backends(
    "notification",
    {
        "outbox": Backend("data_framework.modules.notification.integrations.outbox:Outbox"),
        "smtp": Backend("data_framework.modules.notification.integrations.smtp:Smtp"),
        "ses": Backend("data_framework.modules.notification.integrations.ses:Ses", extra="aws"),
        "sns": Backend("data_framework.modules.notification.integrations.sns:Sns", extra="aws"),
        "webhook": Backend("data_framework.modules.notification.integrations.webhook:Webhook"),
    },
)


def open_notifications(
    config: Config, state: MessageLog | None = None, context: MessageContext | None = None
) -> NotificationsInterface:
    """Open the channel a configuration names.

    Args:
        config: The resolved configuration.
        state: The run store: it remembers how much a run has sent, over its processes.
        context: What is run; default: what the arguments of the run say.
    """
    channel = CHANNELS.load(config.platform.notifications.channel)
    return cast(NotificationsInterface, channel(config, state, context or _context(config)))


def _context(config: Config) -> MessageContext:
    given = config.arguments
    dataflow, process = given.dataflow or "", given.process or ""
    definitions = config.dataflow(dataflow).process(process).notifications if dataflow and process else {}
    return MessageContext(given.execution_id or "", dataflow, process, given.execution_mode, definitions)
