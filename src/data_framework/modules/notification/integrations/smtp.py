"""Messages by SMTP."""

from __future__ import annotations

import smtplib
import socket
import ssl
from typing import ClassVar

from typing_extensions import override

from data_framework.modules.exception import NotDeliveredError
from data_framework.modules.notification.interface_notifications import Message, NotificationsInterface
from data_framework.modules.notification.mail import to_mail

_TLS_FROM_THE_START = 465
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Smtp(NotificationsInterface):
    """Hands each message to a mail server: over TLS where configured, from the start on port 465, else by STARTTLS.

    Attributes:
        timeout: Seconds a server may take for one answer.
    """

    timeout: ClassVar[float] = 15.0
    takes_attachments: ClassVar[bool] = True

    @override
    def _deliver(self, message: Message) -> None:
        mail = to_mail(message)
        try:
            with self._connect() as server:
                self._log_in(server, message)
                refused = server.send_message(mail)
        except (smtplib.SMTPException, OSError) as error:
            raise NotDeliveredError(name=message.name, channel="smtp", reason=self._reason(error)) from error
        if refused:
            reason = "; ".join(f"{address}: {_said(*answer)}" for address, answer in refused.items())
            raise NotDeliveredError(name=message.name, channel="smtp", reason=f"refused for {reason}")

    def _connect(self) -> smtplib.SMTP:
        settings, name = self.settings.smtp, socket.gethostname()
        if settings.tls and settings.port == _TLS_FROM_THE_START:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(settings.host, settings.port, name, timeout=self.timeout, context=context)
        server = smtplib.SMTP(settings.host, settings.port, name, timeout=self.timeout)
        if settings.tls:
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    def _log_in(self, server: smtplib.SMTP, message: Message) -> None:
        settings = self.settings.smtp
        if not settings.user:
            return
        if not settings.tls and settings.host not in _LOOPBACK:
            reason = "a password is not sent over a connection in clear text; set notifications.smtp.tls"
            raise NotDeliveredError(name=message.name, channel="smtp", reason=reason)
        server.login(self.config.secret(settings.user), self.config.secret(settings.password or ""))

    def _reason(self, error: Exception) -> str:
        place = f"{self.settings.smtp.host}:{self.settings.smtp.port}"
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            said = "; ".join(f"{address}: {_said(*answer)}" for address, answer in error.recipients.items())
            return f"{place} refused every recipient ({said})"
        if isinstance(error, smtplib.SMTPResponseException):
            return f"{place} answered {_said(error.smtp_code, error.smtp_error)}"
        return f"{place}: {getattr(error, 'strerror', None) or str(error) or type(error).__name__}"


def _said(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
