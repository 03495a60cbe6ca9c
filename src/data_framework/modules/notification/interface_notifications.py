"""The contract of notifications: messages by name, limited per run, whose failure never stops a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from data_framework.modules.exception import DataFrameworkError, NotDeliveredError
from data_framework.modules.notification.notifications import defined, named
from data_framework.modules.notification.text import compose_body, cut, fill, one_line
from data_framework.modules.utils.logger import get_logger

if TYPE_CHECKING:
    from data_framework.modules.config import Config
    from data_framework.modules.config.model.notifications import Notification

_PREFIXES = {"local": "[DEV] ", "develop": "[DEV] ", "preproduction": "[PRE] ", "production": ""}
_MOST_ATTACHED = 5_000_000
_logger = get_logger("notification")


class MessageLog(Protocol):
    """What is needed of the run store: how much a run has sent, kept over its processes."""

    def payload(self, path: str) -> dict[str, Any] | None:
        """Read a document."""

    def save_payload(self, path: str, payload: dict[str, Any]) -> None:
        """Write a document."""


@dataclass(frozen=True)
class MessageContext:
    """What is run while messages are sent: its values are known to every template.

    Attributes:
        execution_mode: In full nothing is sent, unless a message is sent with `in_any_mode`.
        definitions: The messages the process defines in its configuration.
    """

    execution_id: str = ""
    dataflow: str = ""
    process: str = ""
    execution_mode: str = "delta"
    definitions: Mapping[str, Notification] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """One message, ready to be delivered."""

    name: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    execution_id: str = ""
    attachments: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class DeliveryResult:
    """What became of a message.

    Attributes:
        delivered: Whether the channel took it for every recipient.
        error: Why the channel did not; a run with one ends with exit code 4.
        skipped: Why it was not even tried: inactive, another mode, nobody to send it to, or a limit.
    """

    name: str
    delivered: bool
    error: str = ""
    skipped: str = ""
    subject: str = ""

    @property
    def failed(self) -> bool:
        """Whether it was tried in vain."""
        return bool(self.error)

    def to_dict(self) -> dict[str, Any]:
        """The entry of `notifications` in a payload."""
        return asdict(self)


class NotificationsInterface(ABC):
    """Sends messages by name. A backend writes `_deliver`.

    Args:
        config: The resolved configuration.
        log: Remembers what a run has sent, or None: only this object does.
        context: What is run; `bind` changes it.

    Attributes:
        sent: What became of the messages since the last `bind`; inactive ones and those of another mode are left out.
    """

    needs_recipients: ClassVar[bool] = True
    takes_attachments: ClassVar[bool] = False

    def __init__(self, config: Config, log: MessageLog | None, context: MessageContext) -> None:
        self.config = config
        self.settings = config.platform.notifications
        self._log = log
        self._counts: dict[str, int] = {}
        self._told: set[str] = set()
        self.bind(context)

    def bind(self, context: MessageContext) -> None:
        """Send on behalf of another process from now on.

        Raises:
            NotificationNameTakenError: The process defines a message under the name of a built-in one.
        """
        self.definitions = defined(context.definitions)
        self.context = context
        self.sent: list[DeliveryResult] = []

    @property
    def undelivered(self) -> int:
        """How many messages were tried in vain since the last `bind`."""
        return sum(result.failed for result in self.sent)

    def send(
        self, name: str, arguments: Mapping[str, object] | None = None, *, in_any_mode: bool = False,
        attachments: Mapping[str, bytes] | None = None,
    ) -> DeliveryResult:  # fmt: skip
        """Send a message; a delivery that fails is told in the result and logged, never raised.

        Args:
            name: A built-in message, or one the process defines.
            arguments: Values for `{name}` in its subject and body.
            in_any_mode: Send it in execution mode full, too.
            attachments: Small files to go with it, by name; mail takes them (smtp, ses, outbox), up to 5 MB together.

        Raises:
            UnknownNotificationError: Nobody defined it.
        """
        definition = named(self.definitions, name)
        if not definition.active:
            return DeliveryResult(name, delivered=False, skipped="it is not active")
        if self.context.execution_mode != "delta" and not in_any_mode:
            return DeliveryResult(name, delivered=False, skipped="messages are sent in execution mode delta only")
        message = replace(self._message(name, definition, arguments or {}), attachments=attachments or {})
        result = self._attempt(message)
        self.sent.append(result)
        self._tell(result)
        return result

    @abstractmethod
    def _deliver(self, message: Message) -> None:
        """Deliver to every recipient, or raise a `DataFrameworkError` that says why not."""

    def _tell(self, result: DeliveryResult) -> None:
        if result.failed:
            _logger.warning("The message %r was not delivered: %s", result.name, result.error)
        elif result.skipped and result.skipped not in self._told:
            # Once: a run of a thousand files would say it a thousand times.
            _logger.info("The message %r was not sent: %s; nor are further ones.", result.name, result.skipped)
            self._told.add(result.skipped)

    def _attempt(self, message: Message) -> DeliveryResult:
        try:
            skipped = self._withheld(message)
            if not skipped:
                self._check_attachments(message)
                self._deliver(message)
        except DataFrameworkError as error:
            return DeliveryResult(message.name, delivered=False, error=str(error), subject=message.subject)
        return DeliveryResult(message.name, delivered=not skipped, skipped=skipped, subject=message.subject)

    def _check_attachments(self, message: Message) -> None:
        size = sum(map(len, message.attachments.values()))
        channel, reason = self.settings.channel, ""
        if message.attachments and not self.takes_attachments:
            reason = "it cannot carry attachments; name the place of the file instead"
        elif size > _MOST_ATTACHED:
            reason = f"its attachments are {size:,} bytes, and {_MOST_ATTACHED:,} may be sent"
        if reason:
            raise NotDeliveredError(name=message.name, channel=channel, reason=reason)

    def _withheld(self, message: Message) -> str:
        """Say why a message is not sent; it is counted before it is tried: a broken server is not tried for ever."""
        if self.needs_recipients and not message.recipients:
            return "nobody is named for its topics in platform.json"
        counts = self._read_counts()
        # The one error message of a run is not lost to five arrivals before it.
        kind = message.name if message.name == "process_error" else "others"
        limit = 1 if kind == "process_error" else self.settings.limits.per_run
        if counts.get(kind, 0) >= limit:
            return f"the run has sent {limit} of its kind already"
        self._counts = {**counts, kind: counts.get(kind, 0) + 1}
        if self._log is not None and self._place:
            self._log.save_payload(self._place, self._counts)
        return ""

    @property
    def _place(self) -> str:
        return f"/runs/{self.context.execution_id}/notifications" if self.context.execution_id else ""

    def _read_counts(self) -> dict[str, int]:
        if self._log is None or not self._place:
            return self._counts
        return self._log.payload(self._place) or {}

    def _message(self, name: str, definition: Notification, arguments: Mapping[str, object]) -> Message:
        context, limits = self.context, self.settings.limits
        known = {
            "execution_id": context.execution_id, "dataflow": context.dataflow, "process": context.process,
            "project_id": self.config.project_id, "environment": self.config.environment,
        }  # fmt: skip
        values = {**known, **arguments}
        subject = cut(
            one_line(_PREFIXES.get(self.config.environment, "[DEV] ") + fill(definition.subject, values)),
            limits.subject,
        )
        # One less: mail ends with a line end, and all of it is to be within the limit.
        room, signature = limits.body - 1, self.settings.signature
        body = compose_body(fill(definition.body, values), room, context.execution_id, signature)
        return Message(name, self.settings.sender, self._recipients(definition), subject, body, context.execution_id)

    def _recipients(self, definition: Notification) -> tuple[str, ...]:
        topics = self.settings.topics.model_dump()
        return tuple(dict.fromkeys(address for topic in definition.topics for address in topics.get(topic, ())))
