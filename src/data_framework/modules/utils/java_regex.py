"""Regular expressions of the common subset of RE2 and Java, written so that Java finds what RE2 does."""

from __future__ import annotations

import re

_BLANK, _NOT_BLANK = r"\t\n\f\r ", r"[^\t\n\f\r ]"
_WORD = "[0-9A-Za-z_]"
_EDGE = rf"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))"
_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|\(\?(?P<flags>[a-z]+(?:-[a-z]+)?)(?P<after>[:)])"
    r"|(?P<named>\(\?P?<[^>=!]+>)|(?P<repeat>\{\d+(?:,\d*)?\})|(?P<other>.)",
    re.DOTALL,
)


def java_regex(pattern: str, full: bool = False) -> str:
    r"""A pattern of the common subset of RE2 and Java, written so that Java finds what RE2 does.

    Only \n ends a line, `$` is the very end, blanks and edges of words are those of ASCII, case is folded beyond it.

    Args:
        pattern: The pattern.
        full: Whether it has to match the whole text.

    Example:
        >>> java_regex(r"(?i)^a\s+b$"), java_regex("a", full=True)
        ('(?d)(?iu)^a[\\t\\n\\f\\r ]+b\\z', '(?d)\\A(?:a)\\z')
    """
    lines = any("m" in match["flags"].partition("-")[0] for match in _TOKEN.finditer(pattern) if match["flags"])
    written = "".join(_token(match, lines) for match in _TOKEN.finditer(pattern))
    if full:
        return rf"(?d)\A(?:{written})\z"
    return pattern if written == pattern and not set(".^") & set(pattern) else f"(?d){written}"


def _token(match: re.Match[str], lines: bool) -> str:
    if match["escape"]:
        return {r"\s": f"[{_BLANK}]", r"\S": _NOT_BLANK, r"\b": _EDGE, r"\v": r"\x0B"}.get(
            match["escape"], match["escape"]
        )
    if match["set"]:
        return _set(match["set"])
    if match["flags"]:
        return f"(?{match['flags'].replace('i', 'iu')}{match['after']}"
    if match["named"]:
        return "("
    if match["repeat"]:
        return match["repeat"]
    return {"{": r"\{", "$": "$" if lines else r"\z"}.get(match["other"], match["other"])


def _set(text: str) -> str:
    opening = "[^" if text.startswith("[^") else "["
    inner = text[len(opening) : -1]
    found = re.sub(r"\\.|[\[\]]|&&", lambda match: _member(match[0]), inner, flags=re.DOTALL)
    return f"{opening}{found}]"


def _member(text: str) -> str:
    if text in {"[", "]"}:
        return "\\" + text
    return {r"\s": _BLANK, r"\S": _NOT_BLANK, r"\v": r"\x0B", "&&": r"&\&"}.get(text, text)
