"""Messages by Amazon SES, as raw mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from typing_extensions import override

from data_framework.modules.exception import AwsError, NotDeliveredError
from data_framework.modules.notification.interface_notifications import Message, NotificationsInterface
from data_framework.modules.notification.mail import plain_address, to_mail


class Ses(NotificationsInterface):
    """Hands each message to SES; the sender must be verified there.

    Attributes:
        most: How many recipients one request names; SES takes 50, counted where they are named twice.
    """

    most: ClassVar[int] = 25
    takes_attachments: ClassVar[bool] = True

    @override
    def _deliver(self, message: Message) -> None:
        recipients = message.recipients
        for start in range(0, len(recipients), self.most):
            self._send(message, recipients[start : start + self.most])

    def _send(self, message: Message, recipients: Sequence[str]) -> None:
        content = to_mail(replace(message, recipients=tuple(recipients)), html=True).as_bytes()
        addresses = [plain_address(recipient) for recipient in recipients]
        try:
            self.config.aws.client("sesv2").send_email(
                FromEmailAddress=plain_address(message.sender), Destination={"ToAddresses": addresses},
                Content={"Raw": {"Data": content}},
            )  # fmt: skip
        except AwsError as error:
            raise NotDeliveredError(name=message.name, channel="ses", reason=str(error).rstrip(".")) from error
