"""Messages as posts to web addresses: Slack, Teams, or any that reads JSON."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from typing_extensions import override

from data_framework.modules.exception import NotDeliveredError
from data_framework.modules.notification.interface_notifications import Message, NotificationsInterface

_SLACK = ("hooks.slack.com", "hooks.slack-gov.com")
_TEAMS = (".webhook.office.com", ".logic.azure.com", ".powerplatform.com", "outlook.office.com")


class Webhook(NotificationsInterface):
    """Posts each message to every address; an address may be a reference to a secret, and is never shown.

    Addresses inside the network are refused, whatever their names resolve to, but for the hosts named in
    `notifications.webhook.hosts`: what a file is called must not make this machine talk to its neighbours. Answers that
    lead elsewhere are not followed.

    Attributes:
        timeout: Seconds an address may take to answer.
    """

    timeout: ClassVar[float] = 10.0

    @override
    def _deliver(self, message: Message) -> None:
        failed = []
        for number, recipient in enumerate(message.recipients, 1):
            address = urlsplit(self.config.secret(recipient))
            reason = self._posted(address, message)
            if reason:
                failed.append(f"address {number} ({address.hostname or 'no host'}): {reason}")
        if failed:
            raise NotDeliveredError(name=message.name, channel="webhook", reason="; ".join(failed))

    def _posted(self, address: SplitResult, message: Message) -> str:
        """Post to one address; "" when it was taken, else why not."""
        host = address.hostname or ""
        trusted = host in self.settings.webhook.hosts
        if address.scheme != "https" and not (trusted and address.scheme == "http"):
            return "it is no https address"
        try:
            found = _resolved(host, address.port or (443 if address.scheme == "https" else 80), inside=trusted)
            if found is None:
                return "it is inside the network; name its host in notifications.webhook.hosts if that is meant"
            return self._answer(address, found, message)
        except (OSError, http.client.HTTPException) as error:
            return getattr(error, "strerror", None) or str(error) or type(error).__name__

    def _answer(self, address: SplitResult, found: tuple[str, int], message: Message) -> str:
        host = address.hostname or ""
        connection = http.client.HTTPConnection(host, found[1], timeout=self.timeout)
        # The address that was looked at is the one that is called: a name may resolve otherwise a moment later.
        raw = socket.create_connection(found, timeout=self.timeout)
        if address.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
        else:
            connection.sock = raw
        try:
            body = json.dumps(shaped(host, message)).encode()
            path = f"{address.path or '/'}{'?' + address.query if address.query else ''}"
            headers = {"Content-Type": "application/json", "User-Agent": "data-framework", "Host": address.netloc}
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return "" if 200 <= answer.status < 300 else f"it answered {answer.status} {answer.reason}"
        finally:
            connection.close()


def shaped(host: str, message: Message) -> dict[str, Any]:
    """A message as the host reads it."""
    if host in _SLACK:
        return {"text": f"*{_slack(message.subject)}*\n{_slack(message.body)}"}
    if host.endswith(_TEAMS):
        texts = [{"type": "TextBlock", "text": message.subject, "weight": "Bolder", "wrap": True},
                 {"type": "TextBlock", "text": message.body, "wrap": True}]  # fmt: skip
        card = {"type": "AdaptiveCard", "version": "1.4", "body": texts}
        attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        return {"type": "message", "attachments": [attached]}
    return {"name": message.name, "subject": message.subject, "body": message.body,
            "execution_id": message.execution_id}  # fmt: skip


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _resolved(host: str, port: int, *, inside: bool) -> tuple[str, int] | None:
    """Where a host is; None where it is, or may be, inside the network and that is not allowed."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not inside and not all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in addresses):
        return None
    return addresses[0], port
