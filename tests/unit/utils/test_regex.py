import duckdb
import pytest

from data_framework.modules.utils.regex import compile_pattern, portability_problem


@pytest.mark.parametrize(
    "pattern",
    [r"\A[A-Z]{2}\d+", r"(?i)abc", r"[*+]+", r"\\1", r"[(?=]", r"(?P<y>\d{4})", r"a{1000}"],
)
def test_portable_patterns_are_taken_by_re2(pattern):
    assert portability_problem(pattern) is None
    assert duckdb.execute("select regexp_matches('', $1)", [pattern]).fetchone() is not None


@pytest.mark.parametrize(
    "pattern",
    [r"a(?=b)", r"a(?!b)", r"(?<=a)b", r"(?<!a)b", r"(a)\1", r"(?P<a>x)(?P=a)", r"a++", r"a{2}+", r"(?>a)",
     r"[[:alpha:]]", r"a{1001}", "(", "["],
)  # fmt: skip
def test_what_the_engines_do_not_share_is_named(pattern):
    assert portability_problem(pattern)


def test_groups_named_as_in_java():
    assert compile_pattern(r"(?<year>\d{4})(?<!x)").fullmatch("2026")["year"] == "2026"
