"""Files that mean harm, each made as small as it can be; what is said of them when they are refused."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

XML = {"file_format": "xml", "xml_specs": {"xpath": "//row"}}
JSON = {"file_format": "json", "json_specs": {"source_level": "rows.*"}}
EXCEL = {"file_format": "xls"}
ZIP, TAR = {"zipped": "zip"}, {"zipped": "tar"}


@dataclass(frozen=True)
class Hostile:
    """One hostile file.

    Attributes:
        content: Makes its bytes.
        said: What its refusal says; none: it is taken, and every row of it that is sound.
        incoming: How the configuration says it is written.
        limits: Limits of the platform.
        alone: Whether it is run in a process of its own, so that the memory is that of this file.
    """

    content: Callable[[], bytes]
    said: tuple[str, ...]
    incoming: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    alone: bool = False


def zipped(**members: bytes) -> bytes:
    """A zip archive; two underscores in a name are a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def zip_of(name: str, content: bytes = b"id\n1\n", mode: int = 0) -> bytes:
    """A zip archive with one member of any name and mode."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
    return out.getvalue()


def tar_of(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: str = "w") -> bytes:
    """A tar archive with one member."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, link
        data = b"id\n1\n" if kind == tarfile.REGTYPE else b""
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


@cache
def zeros(megabytes: int) -> bytes:
    """A zip archive of one member of so many megabytes of zeros."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("a.csv", "w") as member,
    ):
        for _ in range(megabytes):
            member.write(b"0\n" * (512 * 1024))
    return out.getvalue()


def nested() -> bytes:
    """Archives in archives: what is inside is never opened."""
    inner = zeros(200)
    for _ in range(3):
        inner = zip_of("a.csv", inner)
    return inner


def many(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.csv", b"")
    return out.getvalue()


def overlapping() -> bytes:
    """A directory that names one compressed member many times: small packed, large unpacked."""
    data = bytearray(zeros(30))
    at = data.find(b"PK\x01\x02")
    entry, end = bytes(data[at : data.find(b"PK\x05\x06")]), bytearray(data[data.find(b"PK\x05\x06") :])
    names = [entry.replace(b"a.csv", b"%05d" % number) for number in range(400)]
    end[8:12] = (400).to_bytes(2, "little") * 2
    end[12:16] = sum(map(len, names)).to_bytes(4, "little")
    return bytes(data[:at]) + b"".join(names) + bytes(end)


def sparse() -> bytes:
    """A tar archive of a member that says it is a sparse file of 8 GB, in 2 kB."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("a.csv")
        entry.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "a.csv",
                             "GNU.sparse.size": str(8 << 30), "GNU.sparse.numblocks": "1",
                             "GNU.sparse.map": f"{(8 << 30) - 1},1"}  # fmt: skip
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    return out.getvalue()


def laughs() -> bytes:
    lines = ['<!ENTITY e0 "ha">'] + [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12)]
    return f"<!DOCTYPE l [{''.join(lines)}]><l><row>&e11;</row></l>".encode()


def workbook(rows: int, prologue: str = "") -> bytes:
    """A workbook of one sheet whose rows are all the same: it packs well."""
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-'
                         'types"><Default Extension="xml" ContentType="application/xml"/></Types>')  # fmt: skip
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/'
                         'officeDocument" Target="xl/workbook.xml"/></Relationships>')  # fmt: skip
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{name}" xmlns:r="{office}"><sheets><sheet name="S" '
                         'sheetId="1" r:id="r1"/></sheets></workbook>')  # fmt: skip
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}"><Relationship Id="r1" Type='
                         f'"{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')  # fmt: skip
        row = b"<row>" + b"".join(b"<c><v>%d.5</v></c>" % (n * 7919 % 1000003) for n in range(20)) + b"</row>"
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{prologue}<worksheet xmlns="{name}"><sheetData>'.encode())
            for _ in range(rows // 1000):
                sheet.write(row * 1000)
            sheet.write(b"</sheetData></worksheet>")
    return out.getvalue()


def wide(count: int) -> bytes:
    line = ",".join(f"c{number}" for number in range(count))
    return f"{line}\n{','.join('1' * count)}\n".encode()


FILES = {
    "zip bomb by ratio": Hostile(
        lambda: zeros(300), ("200 times its size", "'a.csv'", "limits.ratio", "200"), ZIP, alone=True),
    "zip bomb by size": Hostile(lambda: zeros(60), ("50,000,000 bytes", "limits.unpacked_bytes"), ZIP,
                                {"unpacked_bytes": 50_000_000}),
    "zip bomb by number": Hostile(lambda: many(10_001), ("10,001 members", "limits.members of platform.json is 10,000"),
                                  {**ZIP, "filename_unzipped_pattern": ".*"}),
    "zip bomb that overlaps itself": Hostile(overlapping, ("zip archive",),
                                             {**ZIP, "filename_unzipped_pattern": ".*"}),
    "zip in zip in zip": Hostile(nested, ("its member 'a.csv'", "zip archive"), ZIP),
    "tar that is sparse": Hostile(sparse, ("sparse",), TAR, alone=True),
    "zip path that is absolute": Hostile(lambda: zip_of("/etc/cron.d/a.csv"), ("'/etc/cron.d/a.csv'",), ZIP),
    "zip path of dots": Hostile(lambda: zip_of("../../a.csv"), ("'../../a.csv'",), ZIP),
    "zip path of a drive": Hostile(lambda: zip_of("C:\\a.csv"), ("leads elsewhere",), ZIP),
    "zip path of backslashes": Hostile(lambda: zip_of("..\\a.csv"), ("leads elsewhere",), ZIP),
    "zip link": Hostile(lambda: zip_of("a.csv", b"/etc/passwd", 0o120777), ("link",), ZIP),
    "tar path that is absolute": Hostile(lambda: tar_of("/etc/a.csv"), ("'/etc/a.csv'",), TAR),
    "tar path of dots": Hostile(lambda: tar_of("../a.csv"), ("'../a.csv'",), TAR),
    "tar link": Hostile(lambda: tar_of("a.csv", tarfile.SYMTYPE, "/etc/passwd"), ("link",), TAR),
    "tar hard link": Hostile(lambda: tar_of("a.csv", tarfile.LNKTYPE, "../../etc/passwd"), ("link",), TAR),
    "tar device": Hostile(lambda: tar_of("a.csv", tarfile.CHRTYPE), ("'a.csv'",), TAR),
    "xml bomb": Hostile(laughs, ("DOCTYPE",), XML),
    "xml external entity": Hostile(
        lambda: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><row>&x;</row></a>', ("DOCTYPE",), XML),
    "xml external parameter": Hostile(
        lambda: b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a><row/></a>', ("DOCTYPE",), XML),
    "xml doctype alone": Hostile(lambda: b"<!DOCTYPE a><a><row/></a>", ("DOCTYPE",), XML),
    "xml nesting": Hostile(lambda: b"<a>" * 300_000, ("nested", "limits.depth of platform.json is 200"), XML),
    "xml record without end": Hostile(
        lambda: b"<a><row>" + b"<n>x</n>" * 4_000_000, ("262,144 elements", "limits.cell_bytes"), XML, alone=True),
    "json nesting": Hostile(
        lambda: b'{"rows":[{"a":' + b"[" * 400_000, ("deeper than 200", "limits.depth"), JSON, alone=True),
    "json nesting of objects": Hostile(lambda: b'{"rows":[' + b'{"a":' * 100_000, ("nested", "limits.depth"), JSON),
    "json number": Hostile(lambda: b'{"rows":[{"a":' + b"9" * 20_000_000 + b"}]}",
                           ("16,777,216", "limits.cell_bytes"), JSON, alone=True),
    "json exponent": Hostile(lambda: b'{"rows":[{"a":1e999999999},{"a":-1E-999999999}]}', (), JSON),
    "json keys": Hostile(lambda: json.dumps({"rows": [{f"k{n}": 1 for n in range(100_000)}]}).encode(),
                         ("10,000 columns", "limits.columns"), JSON, alone=True),
    "excel bomb": Hostile(lambda: workbook(2_000_000), ("200 times its size", "limits.ratio"), EXCEL, alone=True),
    "excel bomb within the ratio": Hostile(lambda: workbook(400_000), ("memory", "limits.memory"), EXCEL,
                                           {"memory": "200 MiB", "ratio": 10_000}),
    "excel with a doctype": Hostile(lambda: workbook(1000, '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
                                    (), EXCEL),
    "line of 10 MB": Hostile(lambda: b"id,n\n1," + b"x" * 10_000_000, ("cell_bytes",), {}, {"cell_bytes": "1 MiB"}),
    "100,000 columns": Hostile(
        lambda: wide(100_000), ("100,000 columns", "limits.columns of platform.json is 10,000"), alone=True),
    "bytes that are null": Hostile(lambda: b"id,n\n1,a\0b\n", ("NUL",)),
    "names of columns": Hostile(
        lambda: b'id,"a""; drop table x; --","b\nc","\'; select 1; --","_df_file","data date"\n1,2,3,4,5,6\n', ()),
    "control characters": Hostile(lambda: b"id,n\n1,a\x01\x07\x1b[31m\x7f\n2,b\n", ()),
    "a quote without end": Hostile(lambda: b'id,n\n1,a\n2,"b\n' + b"3,c\n" * 100_000, (), alone=True),
}  # fmt: skip
