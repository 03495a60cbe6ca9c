"""A message as mail: always valid MIME, whatever its words."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr

from data_framework.modules.exception import AddressError
from data_framework.modules.notification.interface_notifications import Message
from data_framework.modules.notification.text import one_line

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
# Seven-bit only: every server takes it, and a file of it is readable everywhere.
_POLICY = SMTP.clone(cte_type="7bit")


def plain_address(text: str) -> str:
    """Return the bare address of `name@example.org` or `Name <name@example.org>`.

    Raises:
        AddressError: It is none.
    """
    address = parseaddr(text)[1]
    if not _ADDRESS.fullmatch(address) or text != one_line(text):
        raise AddressError(address=one_line(text))
    return address


def to_mail(message: Message) -> EmailMessage:
    """Write a message as mail.

    Raises:
        AddressError: The sender or a recipient is no address.
    """
    sender = plain_address(message.sender)
    recipients = [plain_address(recipient) for recipient in message.recipients]
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients) if recipients else "undisclosed-recipients:;"
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    if message.execution_id:
        mail["X-Execution-Id"] = one_line(message.execution_id)[:200]
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail
