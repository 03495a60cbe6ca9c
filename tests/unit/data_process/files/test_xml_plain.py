"""Records of XML cut out of a document unparsed are what parsing makes of them, whatever stands around them."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from data_framework.modules.data_process.files.converting import _written
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.text_parquet import TextParquet
from data_framework.modules.data_process.files.xml_reader import XmlReader
from data_framework.modules.exception import FileContentError

PLAIN = [
    "<row><a>1</a><b>x</b></row>", "<row><a>ñ日</a><b></b></row>", "<row>\n  <a> 2 </a>\n  <b>y</b>\n</row>",
    "<row><a/><b >z</b></row>", "<row><b>only b</b></row>", "<row><c>3</c><a>]]</a></row>",
]  # fmt: skip
OTHERS = [
    "<row><a>&amp;</a><b>&#233;</b></row>", "<row><a x='1'>1</a><b>x</b></row>", "<row k='v'><a>1</a><b>x</b></row>",
    "<row><a>1</a><a>2</a></row>", "<row><a><d>1</d></a><b>x</b></row>", "<row/>", "<row>text</row>", "<row></row>",
    "<row><a><![CDATA[</row><row>]]></a><b>x</b></row>", "<row xmlns='urn:x'><a>1</a><b>x</b></row>",
    "<row><a>1</a><row><a>in</a><b>in</b></row></row>", "<row><a>1\r\n2</a><b>x</b></row>",
    "<row><a>1</a>\r\n<b/></row>",
    "<!-- <row><a>no</a><b>no</b></row> -->", "<!-- </row> -->", "<?pi </row>?>", "between", "<![CDATA[</row>]]>",
    "<meta><row><a>meta</a><b>m</b></row></meta>", "<meta xmlns='urn:y'>", "</meta>", "<other/>",
    "<row ><a>1</a></row >",
]  # fmt: skip
BROKEN = [
    "<row><a>1</b></row>", "<row><a>&no;</a><b>x</b></row>", "<row><a>1</a><b>]]></b></row>", "<row>", "</row>", "&",
    "<row><a>\x01</a><b>x</b></row>", "<row><a>\ufffe</a><b>x</b></row>", "<", "<row><a>\udcff</a><b>x</b></row>",
    "<!--", "<![CDATA[", "<row><a>a > b</a><b>x</b></row>", "]]>", "</rows>",
]  # fmt: skip
SOUND = st.sampled_from(PLAIN * 4 + [one for one in OTHERS if "meta xmlns" not in one and one != "</meta>"])
GAP = st.sampled_from(["", "", "\n", " ", "\n\n  "])
PIECES = st.lists(st.tuples(SOUND, GAP).map("".join), max_size=12)


def read(text, xpath, step, folder):
    stream = io.BytesIO(text.encode(errors="surrogateescape"))
    reader = XmlReader(lambda size: stream.read(step), xpath, FileLimits())
    try:
        found = _written(reader.batches(), TextParquet(folder / "out.parquet", FileLimits()))
    except FileContentError as error:
        return str(error.context["reason"]).replace("[true()]", "")
    return found.names, parquet.read_table(folder / "out.parquet").to_pylist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("xml")


def agree(text, path, step, folder):
    """A condition, even one that is always true, has every record parsed."""
    found, expected = read(text, path, step, folder), read(text, f"{path}[true()]", step, folder)
    if "&no;" in text:  # lxml says of an unknown entity what comes of what follows it
        found, expected = type(found), type(expected)
    assert found == expected


@settings(max_examples=120, deadline=None)
@given(pieces=PIECES, step=st.integers(20, 400), path=st.sampled_from(["/rows/row", "//row"]))
def test_records_are_cut_out_as_they_are_parsed(folder, pieces, step, path):
    agree("<rows>" + "".join(pieces) + "</rows>", path, step, folder)


@settings(max_examples=120, deadline=None)
@given(before=PIECES, wrong=st.sampled_from(BROKEN), after=PIECES, step=st.integers(20, 400))
def test_what_is_wrong_is_refused_where_it_stands(folder, before, wrong, after, step):
    agree("<rows>\n" + "".join(before) + wrong + "".join(after) + "</rows>", "/rows/row", step, folder)


@pytest.mark.parametrize("piece", OTHERS + BROKEN)
@pytest.mark.parametrize("step", [30, 64, 10_000])
def test_every_piece_between_plain_records(folder, piece, step):
    many = "\n".join(PLAIN * 3)
    agree(f"<rows>{many}{piece}{many}</rows>", "/rows/row", step, folder)
    agree(f"<rows>{many}{piece}{piece}\n{many}</rows>", "//row", step, folder)


def test_names_in_namespaces_are_read_with_those_in_force(folder):
    record = "<p:row><p:a>1</p:a><q:b>2</q:b></p:row>"
    text = (f"<rows xmlns:p='urn:p' xmlns:q='urn:q'>{record * 4}<m xmlns:q='urn:p'>{record * 4}</m>{record * 4}"
            f"<m xmlns:p='urn:x'>{record * 4}</m>{record * 3}</rows>")  # fmt: skip
    for step in (40, 100, 10_000):
        agree(text, "//p:row", step, folder)
    names, rows = read(text, "//p:row", 40, folder)
    assert (names, len(rows)) == (("a", "q:b", "b"), 15)
