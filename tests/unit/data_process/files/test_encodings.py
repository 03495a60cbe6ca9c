"""The encoding of a stream: ASCII is read once for all encodings that extend it, with the same findings."""

from __future__ import annotations

import codecs
import contextlib
import encodings as python_encodings
import pkgutil

import pytest

from data_framework.modules.data_process.files.encodings import EncodingProbe, TextCounts
from data_framework.modules.exception import FileContentError
from unit.data_process.files.encoding_corpus import ENCODINGS, samples

ASCII = b'id,"name"\r\n' + b"1,ann\r\n" * 3


def probed(*chunks: bytes, encodings: tuple[str, ...] = ("utf-8", "cp1252")) -> tuple[str, TextCounts]:
    probe = EncodingProbe(encodings, watched=('"', "#"))
    for chunk in chunks:
        probe.feed(chunk)
    return probe.result()


@pytest.mark.parametrize("rest", [b"", "2,\u00e9,\u20ac\n".encode(), "2,\u00e9,\u20ac#\n".encode("cp1252"), b"no end"])
def test_findings_do_not_depend_on_where_ascii_ends(rest: bytes) -> None:
    encoding, counts = probed(ASCII + rest)
    assert (encoding, counts) == probed(ASCII, rest)
    assert encoding == ("cp1252" if b"\x80" in rest and b"\x82\xac" not in rest else "utf-8")
    assert (encoding, counts) == probed(ASCII + rest, encodings=(encoding,))
    assert counts.crlf == 4
    assert '"' in counts.present


def test_a_character_cut_by_a_chunk_is_one_character() -> None:
    text = "2,\u20ac\n".encode()
    assert probed(ASCII, text[:3], text[3:]) == probed(ASCII + text)


def test_nul_is_no_text_in_any_encoding() -> None:
    with pytest.raises(FileContentError, match=r"NUL.*utf-8.*NUL.*cp1252"):
        probed(ASCII, b"a\0b")


def decoded(data: bytes, *encodings: str) -> str:
    probe = EncodingProbe(encodings)
    for start in range(0, len(data), 1000):
        probe.feed(data[start : start + 1000])
    return data.decode(probe.result()[0]).lstrip("\ufeff")


def test_auto_finds_the_text_of_forty_encodings() -> None:
    """Right is whatever gives the text: that of many files is the same in several encodings."""
    assert len(ENCODINGS) == 40
    found = {(encoding, name): decoded(text.encode(encoding), "auto") == text for encoding, name, text in samples()}
    assert sum(found.values()) / len(found) >= 0.95, [pair for pair, right in found.items() if not right]


def text_codecs() -> list[str]:
    """Every encoding Python knows that writes ASCII text as text."""
    names = sorted({found.name for found in pkgutil.iter_modules(python_encodings.__path__)})
    found = []
    for name in names:
        with contextlib.suppress(LookupError, UnicodeError, AttributeError):
            info = codecs.lookup(name)
            if info._is_text_encoding and "id;1\n".encode(name) and info.incrementaldecoder:
                found.append(name)
    return found


@pytest.mark.parametrize("encoding", text_codecs())
def test_every_encoding_python_knows_is_read_step_by_step(encoding: str) -> None:
    text = "id;name\n1;a\r\n2;b\n"
    if encoding == "punycode":  # its decoder knows nothing of steps
        return
    assert decoded(text.encode(encoding), encoding) == text


def test_a_list_is_tried_strictly_in_order() -> None:
    text = "1;ñ\n"
    assert decoded(text.encode("cp1252"), "utf-8", "shift_jis", "latin-1", "cp1252") == text
    with pytest.raises(FileContentError, match=r"utf-8 near byte 2.*ascii near byte 2"):
        decoded(text.encode("cp1252"), "utf-8", "ascii")
