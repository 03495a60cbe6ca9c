"""Texts in many languages, and the encodings they are written in: what detection is measured on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

# Article 1 of the Universal Declaration of Human Rights, and some names of places.
_FILE = Path(__file__).resolve().parents[3] / "resources" / "languages.txt"
TEXTS = dict(line.split(": ", 1) for line in _FILE.read_text(encoding="utf-8").splitlines())
WESTERN = ("spanish", "french", "german", "portuguese", "swedish")
CENTRAL = ("polish", "czech", "hungarian")
ENCODINGS: dict[str, tuple[str, ...]] = {
    "utf-8": tuple(TEXTS), "utf-8-sig": tuple(TEXTS), "utf-16": tuple(TEXTS), "utf-32": tuple(TEXTS),
    "utf-16-le": (*WESTERN, "russian", "japanese"), "utf-16-be": (*WESTERN, "russian", "japanese"),
    "cp1252": (*WESTERN, "euro"), "latin-1": WESTERN, "iso8859-15": (*WESTERN, "euro"), "cp850": WESTERN,
    "cp437": ("spanish", "german", "swedish"), "mac_roman": WESTERN, "cp037": WESTERN, "cp500": WESTERN,
    "cp1250": CENTRAL, "iso8859-2": CENTRAL, "cp852": CENTRAL, "mac_latin2": CENTRAL,
    "cp1251": ("russian", "ukrainian", "bulgarian"), "koi8-r": ("russian", "bulgarian"), "koi8-u": ("ukrainian",),
    "iso8859-5": ("russian", "ukrainian", "bulgarian"), "cp866": ("russian", "bulgarian"),
    "mac_cyrillic": ("russian", "ukrainian", "bulgarian"), "cp855": ("russian", "bulgarian"),
    "cp1253": ("greek",), "iso8859-7": ("greek",), "cp1254": ("turkish",), "iso8859-9": ("turkish",),
    "cp1255": ("hebrew",), "iso8859-8": ("hebrew",), "cp1256": ("arabic",), "iso8859-6": ("arabic",),
    "cp1257": ("lithuanian",), "cp874": ("thai",), "shift_jis": ("japanese",), "euc_jp": ("japanese",),
    "gb18030": ("chinese",), "big5": ("taiwanese",), "euc_kr": ("korean",),
}  # fmt: skip


def samples() -> Iterator[tuple[str, str, str]]:
    """Encoding, language and a CSV text of every pair."""
    for encoding, names in ENCODINGS.items():
        for name in names:
            sentences = TEXTS[name].split(". ")
            lines = ["id;text;amount", *(f"{n};{sentences[n % len(sentences)]};{n * 7}.50" for n in range(40))]
            yield encoding, name, "\n".join(lines) + "\n"
