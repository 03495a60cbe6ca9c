"""The encoding of a stream: ASCII is read once for all encodings that extend it, with the same findings."""

from __future__ import annotations

import pytest

from data_framework.modules.data_process.files.encodings import EncodingProbe, TextCounts
from data_framework.modules.exception import FileContentError

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
