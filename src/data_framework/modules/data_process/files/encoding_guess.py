"""Guessing the encoding of bytes that do not say it: by mark, by statistics, and by the letters languages use.

Statistics (charset-normalizer) tell scripts apart. Texts in Latin letters fit many a code page alike: of those the one
counts under which the letters beyond ASCII are those of one language.
"""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_LATIN = ("cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "iso8859-9", "cp1257", "iso8859-13", "iso8859-16",
          "iso8859-4", "iso8859-3", "iso8859-10", "iso8859-14", "mac-roman", "mac-latin2", "mac-turkish",
          "mac-iceland", "cp850", "cp437", "cp852", "cp858", "cp857", "cp860", "cp861", "cp863", "cp865",
          "cp775", "latin-1", "iso8859-1", "cp1258")  # fmt: skip
_EBCDIC = ("cp037", "cp500", "cp1140", "cp273", "cp1026")
# Quotes, dashes and signs that every language uses.
_SHARED = (
    "\u201c\u201d\u201e\u2018\u2019\u201a\u2013\u2014\u2026\u00ab\u00bb"
    "\u2039\u203a\u20ac\u00a3\u00a7\u00b0\u00b7\u2022\u00a9\u00ae\u2122"
)
_LANGUAGES = (
    "áéíóúüñ¿¡ºª", "àâæçéèêëîïôœùûüÿ", "äöüß", "ãõáéíóúâêôàç", "àèéìòóùî", "åäöé", "åæøé", "éëïèöüá", "àèéíïòóúüç",
    "áéíóúýþæöð", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "çğıöşüâîİ",
    "ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž",
)  # fmt: skip
_ALPHABETS = tuple(frozenset(letters + letters.upper() + _SHARED) for letters in _LANGUAGES)
_WESTERN = frozenset().union(*_ALPHABETS[:10])  # a text of several languages
_MIXED = 0.97


def guesses(sample: bytes) -> list[str]:
    """The encodings to try, in order: UTF-8 first unless a mark says otherwise."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return [name]
    if b"\0" in sample[::2] or b"\0" in sample[1::2]:
        return _wide(sample)
    if sample.isascii():
        return ["utf-8", "cp1252"]
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    name = codecs.lookup(best.encoding).name if best else ""
    if name in _EBCDIC:
        return [_by_letters(sample, _EBCDIC, name)]
    if name in _LATIN or not name:
        name = _by_letters(sample, _LATIN, name)
    return ["utf-8", name] if name else ["utf-8"]


def _wide(sample: bytes) -> list[str]:
    """Bytes with NULs among them are two or four to a character: which, says where the NULs are."""
    places = [sample[start::4].count(0) for start in range(4)]
    if min(places[0], places[1]) * 8 > len(sample):
        return ["utf-32-be"]
    if min(places[2], places[3]) * 8 > len(sample):
        return ["utf-32-le"]
    return ["utf-16-be" if places[0] + places[2] > places[1] + places[3] else "utf-16-le", "utf-8"]


def _by_letters(sample: bytes, encodings: tuple[str, ...], otherwise: str) -> str:
    """The first encoding under which most letters are those of one language; `otherwise` where none decodes."""
    scores = {name: score for name in encodings if (score := _score(sample, name)) is not None}
    return max(scores, key=lambda name: scores[name]) if scores else otherwise


def _score(sample: bytes, encoding: str) -> float | None:
    """The share of the characters beyond ASCII that one language uses, None where the bytes do not decode."""
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeError:
        return None
    found = [character for character in text if character > "\x7f"]
    controls = sum(1 for character in text if character < " " and character not in "\t\r\n\f\x1a")
    if not found:
        return 0.5 if not controls else 0.0
    most = max(sum(1 for character in found if character in alphabet) for alphabet in _ALPHABETS)
    mixed = _MIXED * sum(1 for character in found if character in _WESTERN)
    return (max(most, mixed) - controls) / len(found)
