"""A message as mail: always valid MIME, whatever its words."""

from __future__ import annotations

import re
from email.charset import QP, Charset
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate, getaddresses, make_msgid
from html import escape

from data_framework.modules.exception import AddressError
from data_framework.modules.notification.interface_notifications import Message
from data_framework.modules.notification.text import one_line

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_WORD = 60


def plain_address(text: str) -> str:
    """Return the bare address of `name@example.org` or `Name <name@example.org>`.

    Raises:
        AddressError: It is none.
    """
    found = getaddresses([text])
    if len(found) != 1 or not _ADDRESS.fullmatch(found[0][1]) or text != one_line(text):
        raise AddressError(address=one_line(text))
    return found[0][1]


def to_mail(message: Message, *, html: bool = False) -> MIMEBase:
    """Write a message as mail of seven-bit lines, which every server and mail program takes.

    Args:
        message: What to write.
        html: Write it as HTML, too, for programs that show plain text in a narrow face.

    Raises:
        AddressError: The sender or a recipient is no address.
    """
    sender = plain_address(message.sender)
    recipients = [plain_address(recipient) for recipient in message.recipients]
    mail = _part(f"{message.body}\n", "plain")
    if html:
        shown = escape(message.body).replace("\n", "<br>\n")
        parts = [mail, _part(f"<html><body><p>{shown}</p></body></html>\n", "html")]
        mail = MIMEMultipart("alternative", _subparts=parts)
    if message.attachments:
        files = [_attached(name, content) for name, content in message.attachments.items()]
        mail = MIMEMultipart("mixed", _subparts=[mail, *files])
    mail["From"] = sender
    mail["To"] = ", ".join(recipients) if recipients else "undisclosed-recipients:;"
    mail["Subject"] = _header(message.subject)  # type: ignore[assignment]  # typeshed knows of text only
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    if message.execution_id:
        mail["X-Execution-Id"] = _header(one_line(message.execution_id)[:200])  # type: ignore[assignment]
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def _part(text: str, kind: str) -> MIMEBase:
    utf8 = Charset("utf-8")
    utf8.body_encoding = QP
    return MIMEText(text, kind, utf8)  # type: ignore[arg-type]  # it takes a Charset, says its manual


def _attached(name: str, content: bytes) -> MIMEBase:
    part = MIMEApplication(content)
    # The name alone: a mail program would be asked to write elsewhere by a path.
    plain = one_line(name).replace("\\", "/").rpartition("/")[2] or "attachment"
    part.add_header("Content-Disposition", "attachment", filename=plain if plain.isascii() else ("utf-8", "", plain))
    return part


def _header(text: str) -> Header:
    # Words are encoded by the older `Header`: EmailMessage loses a blank where it folds (Python 3.11). What a reader
    # would take for an encoded word, and what could not be folded, is encoded, too.
    plain = text.isascii() and "=?" not in text and all(len(word) <= _LONGEST_WORD for word in text.split())
    return Header(text, "us-ascii" if plain else "utf-8")
