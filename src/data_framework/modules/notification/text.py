"""The words of a message: templates filled safely, cut to their limits, fit for a mail header."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MORE = "…"


def fill(template: str, values: Mapping[str, object]) -> str:
    """Replace each `{name}` by its value; nothing else in the template means anything, and unknown names stay.

    Example:
        >>> fill("{file_name} {} {x.y} {unknown}", {"file_name": "a{unknown}.csv", "x": 1})
        'a{unknown}.csv {} {x.y} {unknown}'
    """
    return _NAME.sub(lambda found: str(values.get(found[1], found[0])), template)


def cut(text: str, limit: int) -> str:
    """Shorten a text to a number of characters, with a sign that there was more.

    Example:
        >>> cut("arrived", 7), cut("arrived late", 7)
        ('arrived', 'arrive…')
    """
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + _MORE[:limit]


def cut_bytes(text: str, limit: int) -> str:
    """Shorten a text to a number of bytes of UTF-8.

    Example:
        >>> cut_bytes("año", 3), cut_bytes("año", 4)
        ('añ', 'año')
    """
    return text.encode()[:limit].decode(errors="ignore")


def one_line(text: str) -> str:
    r"""Make a text fit for a header: line ends and control characters become blanks, runs of blanks one.

    Example:
        >>> one_line("file\r\nBcc: all@example.org")
        'file Bcc: all@example.org'
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def lines(text: str) -> str:
    """Make a text fit for a body: one kind of line end, no control characters, no broken Unicode."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)


def compose_body(text: str, limit: int, execution_id: str, signature: str) -> str:
    r"""Put a body together: the text, the execution id and the signature, all of it within the limit.

    What is too long is cut in the text first; the execution id stays while there is room for it.

    Example:
        >>> compose_body("x" * 100, 40, "run-1", "Your team")
        'xxxxxxxxxxx…\n\nExecution: run-1\nYour team'
    """
    tail = "\n".join(part for part in (f"Execution: {execution_id}" if execution_id else "", signature) if part)
    tail = cut(lines(tail).strip("\n"), limit)
    text = lines(text).strip("\n")
    room = limit - len(tail) - 2 if tail else limit
    return "\n\n".join(part for part in (cut(text, room) if room > 0 else "", tail) if part)
