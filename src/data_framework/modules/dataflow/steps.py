"""The named steps of a run at which it may be killed: each is announced right after its effect is durable."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """What has just become durable."""

    LANDED = "landed"
    """The members of a landed file are in raw, not yet in the ledger."""
    DELIVERED = "delivered"
    """The ledger knows the landed file."""
    INTENT = "intent"
    """The publish is announced in the run store."""
    STAGED = "staged"
    """The rows are staged and judged; nothing is visible."""
    QUARANTINE = "quarantine"
    """The rejected rows are in the quarantine table."""
    COMMIT = "commit"
    """The target's one commit is done."""
    RESULTS = "results"
    """The outcomes of the controls are in `controls_results`."""
    PAYLOAD = "payload"
    """The payload of the process is written."""
    LEDGER = "ledger"
    """The unit is closed: its publishes and its completion are noted."""


OnStep = Callable[[Step], None]


def ignore(step: Step) -> None:
    """Listen to no step."""
