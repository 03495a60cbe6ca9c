"""Landed files of every format, taken into raw as text."""

import bz2
import gzip
import io
import lzma
import tarfile
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, partial

import pyarrow as pa
import pytest
import pyzipper
import xlsxwriter
from pyarrow import parquet

from stories.keys.archive import encrypted_zip

XML = '<a><row id="1"><n>x</n></row><row id="2"><n>ñ</n></row></a>'


def rows(feed):
    """The rows raw holds, by delivered name."""
    found = []
    for name, content in feed.files("raw").items():
        assert name.endswith(".parquet")
        found += parquet.read_table(io.BytesIO(content), partitioning=None).to_pylist()
    return found


def tar(members, mode="w", **kinds):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            data = content.encode() if isinstance(content, str) else content
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for name, change in kinds.items():
            entry = tarfile.TarInfo(name)
            change(entry)
            archive.addfile(entry)
    return buffer.getvalue()


def workbook(*rows, **options):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


# xml ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("xpath", ["/a/row", "//row", "/*/*", "/a/row[n]", "//row[position() > 0]"])
def test_xml(feed, xpath):
    feed.incoming |= {"file_format": "xml", "xml_specs": {"xpath": xpath}}
    got = feed.one("items_2026-01-05.xml", XML)
    assert (got.disposition, got.rows, got.reader["format"]) == ("ingested", 2, "parquet")
    assert rows(feed) == [{"n": "x", "id": "1"}, {"n": "ñ", "id": "2"}]
    assert got.reader["members"][0]["columns"] == {"n": "n", "id": "id"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "cp1252", "iso8859-15", "cp037", "utf-8-sig"])
def test_xml_encodings(feed, encoding):
    feed.incoming |= {"file_format": "xml", "xml_specs": {"xpath": "//row"}}
    declared = encoding.removesuffix("-sig")
    if encoding == "cp037":  # no declaration can be read in it: the configuration says it
        feed.incoming["xml_specs"]["encoding"] = encoding
    got = feed.one("items_2026-01-05.xml", f'<?xml version="1.0" encoding="{declared}"?>{XML}'.encode(encoding))
    assert got.disposition == "ingested", got.reasons
    assert [row["n"] for row in rows(feed)] == ["x", "ñ"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><row>&x;</row></a>', "DOCTYPE"),
        ('<?xml version="1.0"?><!-- c -->\n<!DOCTYPE a><a><row/></a>', "DOCTYPE"),
        ('<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l><row>&b;</row></l>', "DOCTYPE"),
        ("<a><row>&x;</row></a>", "no valid XML"),
        ("<a><row></a>", "no valid XML at line 1"),
        ("", "it is empty"),
        ("id,n\n1,2\n", "no valid XML"),
        ("<a><b/></a>", "selects nothing"),
        ("<a>" * 250 + "<row/>" + "</a>" * 250, "nested"),
        (f"<a><row><n>{'x' * 11_000_000}</n></row></a>", "10,000,000 bytes"),
        ("<a>\x01<row/></a>", "no valid XML"),
        (b"<a>\0<row/></a>", "no valid XML"),
        (b"<a><row>\xff</row></a>", "no valid XML"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "klingon"),
        ("<a><row>" + "".join(f"<c{n}/>" for n in range(10_001)) + "</row></a>", "columns"),
    ],
)
def test_xml_that_is_refused(feed, content, reason):
    feed.incoming |= {"file_format": "xml", "xml_specs": {"xpath": "//row"}}
    got = feed.one("items_2026-01-05.xml", content)
    assert got.disposition == "rejected"
    assert reason in got.reasons[0]
    assert feed.files("raw") == {}


def test_an_empty_list_of_records_is_no_error(feed):
    feed.incoming |= {"file_format": "xml", "xml_specs": {"xpath": "/a/row"}}
    assert feed.one("items_2026-01-05.xml", "<a></a>").rows == 0


# parquet ------------------------------------------------------------------------------------------------------------
def test_parquet_becomes_text(feed):
    feed.incoming["file_format"] = "parquet"
    table = pa.table({
        "i": pa.array([1, None], pa.int64()), "f": [0.1, 1e22], "f32": pa.array([0.1, 2.0], pa.float32()),
        "d": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)), "t": [datetime(2026, 1, 5, 12, 0, 0, 500), None],
        "z": pa.array([datetime(2026, 1, 5), None], pa.timestamp("us", "UTC")), "day": [date(2026, 1, 5), None],
        "clock": [time(12, 30), None], "b": [True, None], "s": ["ñ", ""], "c": pa.array(["x", "y"]).dictionary_encode(),
        "list": [[1, 2], None], "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32())),
        "bytes": [b"\xff", None], "I": ["other", "case"],
    })  # fmt: skip
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    got = feed.one("items_2026-01-05.parquet", buffer.getvalue())
    assert got.disposition == "ingested", got.reasons
    first, second = rows(feed)
    assert first == {
        "i": "1", "f": "0.1", "f32": "0.1", "d": "1.50", "t": "2026-01-05T12:00:00.0005", "z": "2026-01-05T00:00:00Z",
        "day": "2026-01-05", "clock": "12:30:00.000000", "b": "true", "s": "ñ", "c": "x", "list": "[1,2]",
        "map": '{"k":1}', "bytes": "/w==", "I_2": "other",
    }  # fmt: skip
    assert {name for name, value in second.items() if value is not None} == {"f", "f32", "s", "c", "I_2"}
    assert got.reader["members"][0]["columns"]["I_2"] == "i_2"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"id\n1\n"])
def test_parquet_that_is_refused(feed, content):
    feed.incoming["file_format"] = "parquet"
    assert "Parquet" in feed.one("items_2026-01-05.parquet", content).reasons[0]


def test_a_parquet_bomb(feed):
    feed.incoming["file_format"] = "parquet"
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"n": pa.array([b"x" * 1000] * 500_000).cast(pa.string())}), buffer)
    assert buffer.tell() < 2_000_000
    assert "times its size" in feed.one("items_2026-01-05.parquet", buffer.getvalue()).reasons[0]


# fixed width --------------------------------------------------------------------------------------------------------
FIXED = {"columns": [{"name": "Id", "start": 1, "length": 3}, {"name": "Name", "start": 5, "length": 4}],
         "preamble_lines": 1, "footnote_lines": 1, "null_value": "-"}  # fmt: skip


def test_fixed_width(feed):
    feed.incoming |= {"file_format": "fixed_width", "fixed_width_specs": {**FIXED, "encoding": ["UTF-8", "latin-1"]}}
    text = "title\r\n001 aña rest\n002 -\r\r\n3\n  4 abcdef\r\ntotal 4\n"
    got = feed.one("items_2026-01-05.txt", text.encode("latin-1"))
    assert (got.disposition, got.rows) == ("ingested", 4)
    expected = [("001", "aña"), ("002", None), ("3", None), ("4", "abcd")]
    assert rows(feed) == [{"Id": number, "Name": name} for number, name in expected]


def test_fixed_width_without_rows_or_with_a_long_line(feed):
    feed.incoming |= {"file_format": "fixed_width", "fixed_width_specs": FIXED}
    assert "it is empty" in feed.one("a_2026-01-05.txt", "title\n\ntotal\n").reasons[0]
    feed.incoming["fixed_width_specs"] = {**FIXED, "empty_file": "accept"}
    assert feed.one("b_2026-01-05.txt", "title\ntotal\n").rows == 0
    feed.platform["limits"] = {"cell_bytes": 1_000_000}
    assert "a line of more than 1,000,000" in feed.one("c_2026-01-05.txt", "x" * 10_000_000).reasons[0]


# archives -----------------------------------------------------------------------------------------------------------
PACKERS = {"plain": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("packed", PACKERS)
def test_tar_of_several_members(feed, packed):
    feed.incoming |= {"zipped": "tar", "filename_unzipped_pattern": r"part\d.csv"}
    content = tar(
        {"x/part2.csv": "id\n2\n", "part1.csv": "id\n1\n", "readme.txt": "no"},
        d=lambda e: setattr(e, "type", tarfile.DIRTYPE),
    )
    got = feed.one("a_2026-01-05.tar", PACKERS[packed](content))
    assert got.disposition == "ingested", got.reasons
    assert [member["name"] for member in got.reader["members"]] == ["part1.csv", "x/part2.csv"]
    assert sorted(feed.files("raw").values()) == [b"id\n1\n", b"id\n2\n"]


def _link(kind):
    def change(entry):
        entry.type, entry.linkname = kind, "/etc/passwd"

    return change


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (tar({"../evil.csv": "id\n"}), "leads elsewhere"),
        (tar({"/etc/evil.csv": "id\n"}), "leads elsewhere"),
        (tar({"C:\\evil.csv": "id\n"}), "leads elsewhere"),
        (tar({}, evil=_link(tarfile.SYMTYPE)), "the link"),
        (tar({}, evil=_link(tarfile.LNKTYPE)), "the link"),
        (tar({}, evil=_link(tarfile.FIFOTYPE)), "no plain file"),
        (tar({}, evil=_link(tarfile.CHRTYPE)), "no plain file"),
        (tar({}, evil=lambda e: setattr(e, "type", tarfile.GNUTYPE_SPARSE)), "sparse"),
        (tar({"a.csv": "id\n", "b.csv": "id\n"}), "holds 2 files"),
        (tar({}), "holds 0 files"),
        (b"id\n1\n", "tar archive"),
        (gzip.compress(tar({"a.csv": "id\n" * 10_000}))[:-30], "tar archive"),
        (bz2.compress(tar({"a.csv": "id\n" * 10_000}))[:-30], "tar archive"),
        (lzma.compress(tar({"a.csv": "id\n" * 10_000}))[:-30], "tar archive"),
        (tar({"a.csv": "id\n" * 10_000})[:9000], "tar archive"),
    ],
)  # fmt: skip
def test_hostile_tars(feed, content, reason):
    feed.incoming["zipped"] = "tar"
    got = feed.one("a_2026-01-05.tar", content)
    assert got.disposition == "rejected"
    assert reason in got.reasons[0]
    assert feed.files("raw") == {}


def bz2_of_parts(data):
    """Many streams one after the other, equal parts packed once: bzip2 takes long over what repeats itself."""
    packed = cache(bz2.compress)
    return b"".join(packed(data[start : start + 2**20]) for start in range(0, len(data), 2**20))


def test_tar_bombs(feed):
    feed.incoming["zipped"] = "tar"
    zeros = b"0\n" * 60_000_000
    for number, pack in enumerate((gzip.compress, bz2_of_parts, partial(lzma.compress, preset=0))):
        assert "200 times its size" in feed.one(f"a{number}_2026-01-05.tar", pack(tar({"a.csv": zeros}))).reasons[0]
    feed.platform["limits"] = {"members": 3}
    assert "members" in feed.one("b_2026-01-05.tar", tar({f"{n}.csv": "id\n" for n in range(4)})).reasons[0]
    feed.platform["limits"] = {"unpacked_bytes": 5_000_000}
    assert "5,000,000 bytes" in feed.one("c_2026-01-05.tar", tar({"a.csv": zeros[:6_000_000]})).reasons[0]


def test_a_tar_with_a_huge_header(feed):
    feed.incoming["zipped"] = "tar"
    header = tarfile.TarInfo("long")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 50_000_000
    assert "a header of 50,000,000" in feed.one("a_2026-01-05.tar", header.tobuf() + bytes(50_000_000)).reasons[0]


def aes_zip(name, content, word):
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(word)
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("packed", [encrypted_zip, aes_zip])
def test_zip_with_a_password(feed, monkeypatch, packed):
    content = packed("a.csv", b"id\n1\n", b"open sesame")
    feed.incoming["zipped"] = "zip"
    assert "no password" in feed.one("a_2026-01-05.zip", content).reasons[0]
    feed.incoming["password"] = "env:ZIP_WORD"
    monkeypatch.setenv("ZIP_WORD", "wrong")
    assert "password" in feed.one("b_2026-01-05.zip", content).reasons[0]
    monkeypatch.setenv("ZIP_WORD", "open sesame")
    assert feed.one("c_2026-01-05.zip", content).disposition == "ingested"
    assert list(feed.files("raw").values()) == [b"id\n1\n"]


def test_archives_in_archives_are_not_opened(feed):
    feed.incoming["zipped"] = "zip"
    feed.land_zip("a_2026-01-05.zip", {"inner.zip": b"PK\x03\x04\xff\xff" + bytes(100)})
    assert "a zip archive" in feed.run()[0].reasons[0]


# dates --------------------------------------------------------------------------------------------------------------
def test_the_date_of_a_column_that_was_converted(feed):
    feed.incoming |= {"date_located": "column", "date_located_column": "Day", "file_format": "xml",
                      "xml_specs": {"xpath": "//r"}}  # fmt: skip
    xml = "<a>{}</a>".format("".join(f"<r><Day>{day}</Day></r>" for day in ["2026-01-05"] * 3))
    assert feed.one("a.xml", xml).file_date == "2026-01-05"
    assert "several dates" in feed.one("b.xml", xml.replace("05", "06", 1)).reasons[0]
    assert "no column" in feed.one("c.xml", xml.replace("Day", "Night")).reasons[0]
