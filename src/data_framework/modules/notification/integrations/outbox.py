"""Messages as .eml files in the outbox, a folder of the data root or of the run store's bucket."""

from __future__ import annotations

import os
import re
import uuid
from datetime import UTC, datetime
from typing import ClassVar

from typing_extensions import override

from data_framework.modules.aws import bucket_of, encryption
from data_framework.modules.exception import AwsError, NotDeliveredError
from data_framework.modules.notification.interface_notifications import Message, NotificationsInterface
from data_framework.modules.notification.mail import to_mail


class Outbox(NotificationsInterface):
    """Writes each message to a file of its own, whole or not at all."""

    needs_recipients: ClassVar[bool] = False
    takes_attachments: ClassVar[bool] = True

    @override
    def _deliver(self, message: Message) -> None:
        content = to_mail(message).as_bytes()
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        name = re.sub(r"[^a-z0-9_-]+", "_", message.name.lower())[:60]
        file = f"{stamp}-{name}-{uuid.uuid4().hex[:6]}.eml"
        if self.config.platform.bucket_prefix is not None:
            self._put(file, content, message)
            return
        folder = self.config.data_root / "outbox"
        path = folder / file
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

    def _put(self, file: str, content: bytes, message: Message) -> None:
        platform = self.config.platform
        place = {"Bucket": bucket_of(platform.bucket_prefix or "", "state"),
                 "Key": f"outbox/{self.config.project_id}/{file}"}  # fmt: skip
        try:
            self.config.aws.client("s3").put_object(
                **place, Body=content, ContentType="message/rfc822", **encryption(platform.encryption.kms_key)
            )
        except AwsError as error:
            raise NotDeliveredError(name=message.name, channel="outbox", reason=str(error).rstrip(".")) from error
