"""A message as mail: always valid MIME, whatever its words."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import default
from email.utils import formatdate, getaddresses, make_msgid

from data_framework.modules.exception import AddressError
from data_framework.modules.notification.interface_notifications import Message
from data_framework.modules.notification.text import one_line

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
# Seven-bit only: every server takes it. Line ends are those of this machine's files; SMTP has its own on the wire.
_POLICY = default.clone(cte_type="7bit")


def plain_address(text: str) -> str:
    """Return the bare address of `name@example.org` or `Name <name@example.org>`.

    Raises:
        AddressError: It is none.
    """
    found = getaddresses([text])
    if len(found) != 1 or not _ADDRESS.fullmatch(found[0][1]) or text != one_line(text):
        raise AddressError(address=one_line(text))
    return found[0][1]


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
    mail.set_content(message.body, cte="quoted-printable")
    return mail
