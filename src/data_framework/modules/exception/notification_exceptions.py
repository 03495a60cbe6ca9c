"""Errors of messages."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class NotificationError(DataFrameworkError):
    """A message could not be made or sent."""

    exit_code: ClassVar[int] = 4


class NotDeliveredError(NotificationError):
    """A message did not leave."""

    what: ClassVar[str] = "The message {name!r} was not delivered by {channel}: {reason}."
    advice: ClassVar[str] = "Check `notifications` of platform.json; the run itself is done."


class AddressError(NotificationError):
    """Something is no e-mail address."""

    what: ClassVar[str] = "{address!r} is no e-mail address."
    advice: ClassVar[str] = "Write it as name@example.org under `notifications.topics` or `sender` of platform.json."


class UnknownNotificationError(NotificationError):
    """A message is asked for that nobody defined."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "There is no notification named {name!r}."
    advice: ClassVar[str] = "{suggestion}"


class NotificationNameTakenError(NotificationError):
    """A project defines a notification under the name of a built-in one."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The notification {name!r} of the project has the name of a built-in one."
    advice: ClassVar[str] = "Give it another name; built in are: {built_in}."
