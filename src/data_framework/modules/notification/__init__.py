"""Messages to people: definitions, limits and the channels they leave by."""

from data_framework.modules.notification.core_notifications import CHANNELS, open_notifications
from data_framework.modules.notification.interface_notifications import (
    DeliveryResult,
    MessageContext,
    NotificationsInterface,
)

__all__ = ["CHANNELS", "DeliveryResult", "MessageContext", "NotificationsInterface", "open_notifications"]
