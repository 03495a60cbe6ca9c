"""Messages as .eml files in the outbox of the data root: any mail program opens them."""

from __future__ import annotations

import os
import re
import uuid
from datetime import UTC, datetime
from typing import ClassVar

from typing_extensions import override

from data_framework.modules.exception import NotDeliveredError
from data_framework.modules.notification.interface_notifications import Message, NotificationsInterface
from data_framework.modules.notification.mail import to_mail


class Outbox(NotificationsInterface):
    """Writes each message to a file of its own, whole or not at all."""

    needs_recipients: ClassVar[bool] = False

    @override
    def _deliver(self, message: Message) -> None:
        content = to_mail(message).as_bytes()
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        name = re.sub(r"[^a-z0-9_-]+", "_", message.name.lower())[:60]
        folder = self.config.data_root / "outbox"
        path = folder / f"{stamp}-{name}-{uuid.uuid4().hex[:6]}.eml"
        temporary = path.with_suffix(".part")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("xb") as handle:
                    handle.write(content)
                    handle.flush()
                    os.fsync(handle.fileno())
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            reason = f"{path}: {error.strerror or error}"
            raise NotDeliveredError(name=message.name, channel="outbox", reason=reason) from error
