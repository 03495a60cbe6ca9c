"""What a look at a machine answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing looked at: whether it is as it should be, what was found, and what to do."""

    name: str
    ok: bool
    found: str
    hint: str = ""
