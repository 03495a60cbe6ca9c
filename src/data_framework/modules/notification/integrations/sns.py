"""Messages by Amazon SNS: recipients are topics."""

from __future__ import annotations

import unicodedata

from typing_extensions import override

from data_framework.modules.exception import AwsError, NotDeliveredError
from data_framework.modules.notification.interface_notifications import Message, NotificationsInterface
from data_framework.modules.notification.text import cut_bytes, one_line

_LONGEST_BODY = 262_144 - 1024
_LONGEST_SUBJECT = 99


class Sns(NotificationsInterface):
    """Publishes each message to every topic, given by its ARN in `notifications.topics`."""

    @override
    def _deliver(self, message: Message) -> None:
        failed = []
        for topic in message.recipients:
            try:
                self.config.aws.client("sns").publish(
                    TopicArn=topic, Subject=plain_subject(message.subject),
                    Message=cut_bytes(message.body, _LONGEST_BODY),
                )  # fmt: skip
            except AwsError as error:
                failed.append(str(error).rstrip("."))
        if failed:
            raise NotDeliveredError(name=message.name, channel="sns", reason="; ".join(failed))


def plain_subject(text: str) -> str:
    """A subject as SNS takes it: ASCII, one line, up to 99 characters, not beginning with a blank.

    Example:
        >>> plain_subject("[DEV] Año: llegó «ventas»")
        '[DEV] Ano: llego ventas'
    """
    folded = unicodedata.normalize("NFKD", one_line(text)).encode("ascii", "ignore").decode()
    return " ".join(folded.split())[:_LONGEST_SUBJECT].strip() or "Message"
