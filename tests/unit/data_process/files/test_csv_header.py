import pytest

from data_framework.modules.config.model.incoming import CsvSpecs
from data_framework.modules.data_process.files import CsvDialect, records
from data_framework.modules.data_process.files.csv_header import lay_out, sample_lines, watched_characters
from data_framework.modules.data_process.files.encodings import EncodingProbe
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import FileContentError

LIMITS = FileLimits()


def laid_out(data, expected=(), step=None, **specs):
    data = data.encode() if isinstance(data, str) else data
    given = CsvSpecs(**specs)
    probe = EncodingProbe(given.encoding, watched_characters(given), sample_lines(given))
    for at in range(0, len(data), step or max(len(data), 1)):
        probe.feed(data[at : at + (step or len(data))])
    encoding, counts = probe.result()
    return lay_out(given, encoding, counts, LIMITS, expected)


def rows(data, **specs):
    import io

    data = data.encode() if isinstance(data, str) else data
    layout = laid_out(data, **specs)
    dialect = CsvDialect.from_dict(layout.dialect.to_dict())
    return [record.cells for record in records(io.BytesIO(data), dialect, len(layout.names), LIMITS)]


@pytest.mark.parametrize("step", [1, 3, None])
def test_header_after_a_preamble_and_blank_lines(step):
    layout = laid_out("report\nof sales\n\n a ,b\n1,2\n", step=step, header_position=2)
    assert (layout.names, layout.dialect.skip_lines, layout.dialect.lines) == (("a", "b"), 4, 5)


def test_header_of_several_lines_is_joined_by_a_blank():
    layout = laid_out("net,,x\nsales,cost,x\n1,2,3\n", header_lines=2)
    assert layout.names == ("net sales", "cost", "x x")
    assert layout.normalised == ("net_sales", "cost", "x_x")


def test_a_header_cell_may_span_lines():
    text = '"a\nb",c\n1,2\n'
    assert laid_out(text).names == ("a\nb", "c")
    assert rows(text) == [["1", "2"]]


def test_given_names_replace_a_header_or_stand_for_none():
    assert rows("x,y\n1,2\n", column_names=["a", "b"]) == [["1", "2"]]
    assert rows("1,2\n", column_names=["a", "b"], header=False) == [["1", "2"]]
    assert rows('"x,y\n1,2\n', column_names=["a", "b"]) == [["1", "2"]]
    assert laid_out("1,2\n3,4\n", header=False).normalised == ("column_1", "column_2")


def test_repeated_and_blank_names_are_told_apart():
    layout = laid_out("a,,A,a\n1,2,3,4\n")
    assert layout.columns == {"a": "a", "column_2": "column_2", "A": "a_2", "a_3": "a_3"}


@pytest.mark.parametrize(
    ("text", "delimiter", "expected"),
    [
        ("a;b;c\n1,5;2;3\n", "auto", ";"),
        ("a\tb\n1,1\t2\n", "auto", "\t"),
        ("a|b\n1|2\n", [",", "|"], "|"),
        ("only\n1\n2\n", "auto", ","),
        ("a,b;c,d\n1;2\n", [",", ";"], ";"),
        ("a||b\n1||2\n", ["|", "||"], "||"),
    ],
)
def test_the_delimiter_under_which_the_header_fits(text, delimiter, expected):
    assert laid_out(text, delimiter=delimiter).dialect.delimiter == expected


def test_known_names_decide_the_delimiter():
    text = "year,of;id;name\n1,2;3;4\n"
    assert laid_out(text, delimiter="auto", expected=("id", "name")).dialect.delimiter == ";"


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("a,b\r\n1,2\r\n", "auto", "\r\n"), ("a,b\n1,2", "auto", "\n"), ("a,b\r1,2\r", "auto", "\r"),
        ("a,b\r\n1,2\n", "auto", "mixed"), ("a,b\r\n1,2\n", "\r\n", "\r\n"), ("a,b\n1,2\n", "\r\n", "\n"),
    ],
)  # fmt: skip
def test_line_ends(text, wanted, found):
    assert laid_out(text, row_delimiter=wanted).dialect.row_delimiter == found


@pytest.mark.parametrize(
    ("encoding", "data", "codec", "bom"),
    [
        ("utf-8", b"\xef\xbb\xbfa\n1\n", "utf-8", True),
        ("latin-1", "é\n1\n".encode("latin-1"), "iso8859-1", False),
        (["utf-8", "cp1252"], "é\n€\n".encode("cp1252"), "cp1252", False),
        (["utf-8", "cp1252"], "é\n€\n".encode(), "utf-8", False),
        ("auto", "é\n1\n".encode("utf-16"), "utf-16", False),
        (["utf-8", "utf-16-le"], "ab\n1\n".encode("utf-16-le"), "utf-16-le", False),
    ],
)
def test_encodings(encoding, data, codec, bom):
    for step in (1, None):
        dialect = laid_out(data, encoding=encoding, step=step).dialect
        assert (dialect.encoding, dialect.bom) == (codec, bom)
    assert rows(data, encoding=encoding)[0][0] in {"1", "€"}


def test_auto_tells_western_and_cyrillic_code_pages_apart():
    russian = "имя,город\n" + "Александр,Санкт-Петербург\nМария,Нижний Новгород\n" * 50  # noqa: RUF001
    assert rows(russian.encode("cp1251"), encoding="auto")[0] == ["Александр", "Санкт-Петербург"]
    text = "naïve,café,über,garçon\n" + "déjà vu,Ångström,señor,fenêtre\n" * 50
    assert rows(text.encode("cp1252"), encoding="auto")[0][0] == "déjà vu"


@pytest.mark.parametrize(
    ("data", "specs"),
    [
        (b"a\n\xff\n", {}), (b"a\n1\xc3", {}), ("é\n".encode("latin-1"), {"encoding": ["ascii", "utf-8"]}),
        (b"", {}), (b"x\ny\n", {"header_position": 2}), (b"# only\n", {"header": False, "comment": "#"}),
    ],
)  # fmt: skip
def test_what_cannot_be_laid_out(data, specs):
    with pytest.raises(FileContentError):
        laid_out(data, **specs)


def test_what_does_not_occur_is_left_out_of_the_dialect():
    dialect = laid_out("a,b\n1,2\n", escape="\\", comment="#").dialect
    assert (dialect.escape, dialect.comment, dialect.quoted_lines) == (None, None, False)
    assert laid_out("a,b\n#1,2\n", comment="#").dialect.comment == "#"


def test_footnote_comment_and_width_without_header():
    assert rows("1,2\n#x\n3,4\nend\n", header=False, comment="#", footnote_lines=1) == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize("step", [1, 2, 3, None])
@pytest.mark.parametrize(("cells", "nulls", "found"), [
    ('1,"a ""b"" c"', (), False),
    ('1," a"', (), False),
    ('1," a"', ("NULL",), True),
    ('1,"NULL\t"', ("NULL",), True),
    ('1,"NULL"\n2, NULL', ("NULL",), False),
    ('1," "', (), True),
    ('1,"\t  "', (), True),
    ("1, ", ("NULL",), False),
])  # fmt: skip
def test_quoted_cells_that_may_be_blank_or_padded_words_for_null(step, cells, nulls, found):
    assert laid_out(f"a,b\n{cells}\n", step=step, null_value=nulls).dialect.quoted_blanks is found
    assert not laid_out(f"a,b\n{cells}\n", step=step, null_value=nulls, trim=False).dialect.quoted_blanks


def test_tabs_between_quoted_cells_are_no_blanks():
    assert not laid_out('a\tb\n"x"\t"y"\n', delimiter="\t", null_value="NULL").dialect.quoted_blanks
