"""Sizes written for people, and the memory this machine or container has."""

from __future__ import annotations

import os
import re
from pathlib import Path

_UNITS = {"": 1, "b": 1} | {
    f"{letter}{ending}": base**power
    for power, letter in enumerate("kmgt", 1)
    for ending, base in (("", 1024), ("b", 1000), ("ib", 1024))
}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*\Z")
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def parse_size(text: str) -> int:
    """Read a size in bytes.

    Raises:
        ValueError: The text is no size.

    Example:
        >>> parse_size("20 GiB"), parse_size("600MB"), parse_size("1024")
        (21474836480, 600000000, 1024)
    """
    match = _SIZE.match(text)
    if not match or match[2].lower() not in _UNITS:
        raise ValueError(f"{text!r} is no size")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def memory_bytes(wanted: int | str) -> int:
    """Return a limit of memory in bytes: a number as it is, `70%` of what the machine or container has."""
    if isinstance(wanted, int):
        return wanted
    return int(_available() * float(wanted.strip().rstrip("%").strip()) / 100)


def _available() -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [int(text) for text in map(_read, _CGROUPS) if text.isdigit()]
    return min([machine, *limits])


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
