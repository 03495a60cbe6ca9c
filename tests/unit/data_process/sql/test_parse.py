"""What the dialect reads, what it refuses, and how it says so."""

from __future__ import annotations

import datetime
import pickle
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_framework.modules.data_process.sql import (
    bind,
    functions,
    names_in,
    parse_condition,
    parse_expression,
    parse_script,
    parse_select,
    reference,
    tables_of,
    to_duckdb,
)
from data_framework.modules.exception.sql_exceptions import SqlError, UnsafeSqlError


@pytest.mark.parametrize(
    "text",
    [
        "select * from read_csv('/etc/passwd')", "select * from read_parquet('x')", "select * from glob('/*')",
        "select * from '/etc/passwd'", "select * from csv.`/etc/passwd`", "select * from `data/x.parquet`",
        'select * from "s3://bucket/x.parquet"', "select * from parquet_scan('x')", "select * from query('select 1')",
        "select getenv('HOME')", "select * from duckdb_settings()", "select * from duckdb_settings",
        "select * from information_schema.tables", "select * from pg_catalog.pg_tables", "select * from sqlite_master",
        "select (select max(a) from read_text('/etc/passwd')) from t",
        "with x as (select * from read_csv('y')) select * from x",
        "drop table t", "insert into t select 1", "copy t to 'x'", "attach 'x.db'", "install httpfs", "load httpfs",
        "pragma version", "set memory_limit = '1TB'", "explain select 1", "call x()", "create table x as select 1",
        "select 1; drop table t", "values (1)", "from t", "update t set a = 1", "export database 'x'", "use x",
        "show tables",
        "describe t", "vacuum", "delete from t", "truncate table t",
        "merge into t using u on true when matched then delete",
        "", "-- nothing", "select java_method('a', 'b')",
    ],
)  # fmt: skip
def test_unsafe_queries_are_refused(text: str) -> None:
    with pytest.raises(UnsafeSqlError):
        parse_select(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select upperr(a) from t", "upperr"), ("select rand()", "current_date"), ("select now()", "differently"),
        ("select current_timestamp", "CURRENT TIMESTAMP"), ("select uuid()", "differently"),
        ("select * from t pivot (sum(a) for b in (1))", "pivots"), ("select * exclude (a) from t", "except"),
        ("select a from t tablesample (1 percent)", "sample"), ("select * from t, lateral unnest(a)", "LATERAL"),
        ("select a from t qualify 1 = 1", "qualify"), ("select explode(a) from t", "explode"),
        ("select substring(a) from t", "does not take 1"), ("select rank() from t", "over"),
        ("select upper(a) over () from t", "takes no OVER"), ("select lower(*) from t", "lower"),
        ("select upper(distinct a) from t", "distinct"), ("select median(distinct a) from t", "distinct"),
        ("select a rlike '(?=x)' from t", "look-around"), ("select regexp_like(a, b) from t", "quoted text"),
        (r"select regexp_like(a, '(a)\1') from t", "RE2"), ("select regexp_like(a, 'a++') from t", "RE2"),
        ("select regexp_like(a, '(') from t", "wrong"), ("select cast(a as blob) from t", "CAST"),
        ("select cast(a as nothing) from t", "nothing"), ("select a[0] from t", "BRACKET"),
        ("select {'a': 1}", "STRUCT"),
        ("select * into x from t", "into"), ("select a from t for update", "locks"), ("select a frm t b", "near 't'"),
        ("select 'open", "read"), ("select ?", "not known"), ("select :a", "not known"), ("select {foo}", "foo"),
        ("select * from t asof join u on t.a >= u.a", "ASOF"), ("select interval 1 parsec + d from t", "interval"),
        ("select extract(century from d) from t", "century"), ("select x -> x + 1", "is not part"),
        ("select " + "(" * 2000 + "1" + ")" * 2000, "deeply"),
    ],
)  # fmt: skip
def test_what_the_dialect_does_not_know_is_refused(text: str, reason: str) -> None:
    with pytest.raises(SqlError) as caught:
        parse_select(text)
    assert reason.lower() in str(caught.value).lower()
    assert caught.value.exit_code == 2


def test_an_error_has_its_place_and_the_nearest_name() -> None:
    with pytest.raises(SqlError) as caught:
        parse_script("-- target: a\nselect 1\n;\n-- target: b\nselect\n  a, uper(b)\nfrom t", file="x/y.sql")
    assert "x/y.sql:6:6: the function uper()" in str(caught.value)
    assert "Did you mean 'upper'?" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).message == caught.value.message


@pytest.mark.parametrize("pattern", ["[*+]+", r"\++", "a+?", "(?i)x", "[^]]+", r"\d{3,999}", r"\p{Lu}", "[a-z*+-]"])
def test_portable_patterns_pass(pattern: str) -> None:
    parse_condition(f"regexp_like(a, '{pattern}')")


class TestConditions:
    @pytest.mark.parametrize(
        "text",
        [
            "1) from x where (1",
            "a = 1, b = 2",
            "a = 1 as b",
            "distinct a",
            "1",
            "'a'",
            "*",
            "a + 1",
            "a from t",
            "",
            "-1",
        ],
    )
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(SqlError):
            parse_condition(text)

    @pytest.mark.parametrize(
        "text", ["a = 1", "comment = 'x' -- why", "a", "not a", "a in (1, 2)", "(a or b) and c is null", "isnull(a)"]
    )
    def test_what_is_one(self, text: str) -> None:
        assert to_duckdb(parse_condition(text))

    def test_hundreds_of_terms(self) -> None:
        text = to_duckdb(parse_condition(" or ".join(f"a = {number}" for number in range(800))))
        assert text.count("=") == 800


class TestTemplates:
    VALUES: ClassVar[dict[str, Any]] = {
        "file_date": "2026-03-05",
        "file_name": "it's.csv",
        "vars": {"n": 2, "l": ["a", "b"], "d": Decimal("1.50")},
    }

    def sql(self, text: str) -> str:
        return to_duckdb(parse_condition(text, self.VALUES))

    def test_outside_quotes_a_literal(self) -> None:
        assert self.sql("d = {file_date}") == "\"d\" = CAST('2026-03-05' AS DATE)"
        assert self.sql("n > {vars.n} and m = {vars.d}") == '"n" > 2 AND "m" = 1.50'
        assert self.sql("f = {file_name}") == "\"f\" = 'it''s.csv'"
        assert self.sql("x in {vars.l}") == "\"x\" IN ('a', 'b')"

    def test_inside_quotes_replaced_there(self) -> None:
        assert self.sql("f = 'a_{file_name}_{file_date}'") == "\"f\" = 'a_it''s.csv_2026-03-05'"

    def test_a_value_is_never_read_as_sql(self) -> None:
        bound = parse_condition("a = {vars.x} or b = '{vars.x}'", {"vars.x": "' or '{file_date}' = '"})
        assert to_duckdb(bound) == "\"a\" = ''' or ''{file_date}'' = ''' OR \"b\" = ''' or ''{file_date}'' = '''"

    def test_braces_of_other_kinds_stay(self) -> None:
        assert self.sql("regexp_like(a, '[0-9]{4}') and b = '{x}'").endswith("= '{x}'")

    def test_a_missing_value(self) -> None:
        with pytest.raises(SqlError, match=r"\{vars.m\}"):
            self.sql("a = {vars.m}")

    def test_open_values_can_be_bound_later(self) -> None:
        select = parse_select("select * from t where d = {file_date} and f = '{file_name}' and e = current_date")
        assert names_in(select) == {"file_date", "file_name", "current_date"}
        bound = bind(select, {**self.VALUES, "current_date": datetime.date(2026, 4, 1)})
        assert names_in(bound) == set()
        assert "CAST('2026-04-01' AS DATE)" in to_duckdb(bound)

    def test_data_is_a_table(self) -> None:
        assert tables_of(parse_select("select * from {data} join other using (k)")) == {"data", "other"}

    @given(st.text(max_size=30))
    def test_any_value_stays_one_literal(self, value: str) -> None:
        bound = parse_condition("a = {file_name} and b = '<{file_name}>'", {"file_name": value})
        assert [node.this for node in bound.find_all(type(bound.expression.expression))] in (
            [f"<{value}>", value], [value, f"<{value}>"],
        )  # fmt: skip


class TestScripts:
    def test_one_select(self) -> None:
        assert list(parse_script("-- a comment\nselect 1 as a;\n")) == [""]

    def test_several_targets(self) -> None:
        found = parse_script(
            "-- the first\n-- target: a\nselect x from t;\n--target: b\nwith q as (select 1 y) select * from q, u"
        )
        assert {key: tables_of(select) for key, select in found.items()} == {"a": {"t"}, "b": {"u"}}

    @pytest.mark.parametrize(
        "text", ["select 1\n-- target: a\nselect 2", "-- target: a\nselect 1\n-- target: a\nselect 2", "-- target: a\n"]
    )
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(SqlError):
            parse_script(text, file="x.sql")


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("select 1", set()), ("select * from a, d.b", {"a", "d.b"}),
        ("with a as (select * from a) select * from a", {"a"}),
        ("select * from x where k in (select k from y) union select * from z", {"x", "y", "z"}),
        ("select (select max(a) from u) from (select * from v) w", {"u", "v"}),
        ("with a as (select 1), b as (select * from a) select * from b cross join c", {"c"}),
    ],
)  # fmt: skip
def test_tables_of(text: str, tables: set[str]) -> None:
    assert tables_of(parse_select(text)) == tables


def test_expressions_of_reports() -> None:
    assert parse_expression("amount * 2 as twice").alias == "twice"
    assert parse_expression("isin").name == "isin"


def test_every_function_is_in_the_reference() -> None:
    page = reference()
    assert all(f"`{one.name}(" in page for one in functions())


def test_words_of_duckdb_are_plain_names() -> None:
    text = to_duckdb(parse_select("select at, t.pivot as qualify from t where at is not null"))
    assert text == 'SELECT "at", "t"."pivot" AS "qualify" FROM "t" WHERE NOT "at" IS NULL'


def test_the_difference_of_two_dates_is_refused() -> None:
    with pytest.raises(SqlError, match="datediff"):
        to_duckdb(parse_expression("a - b"), {"": {"a": "date", "b": "date"}})


class TestColumns:
    SCHEMA: ClassVar[Any] = {"t": {"amount": "int", "customer": "string", "tags": None}, "u": {"k": "int"}}

    @pytest.mark.parametrize(
        "text",
        [
            "select amont from t", "select * from t where amont > 1",
            "select (select max(k) from u where k = amont) from t",
            "select x.amount from (select customer from t) x join u on amount = k",
        ],
    )  # fmt: skip
    def test_one_that_is_not_there(self, text: str) -> None:
        with pytest.raises(SqlError, match="there is no column 'am"):
            to_duckdb(parse_select(text), self.SCHEMA)

    @pytest.mark.parametrize(
        "text",
        [
            "select AMOUNT, tags from t", "select amount * 2 as b, b + 1 as c from t order by c",
            "select t.tags.x, _data_date from t",
            "select customer as c, count(*) n from t group by c having n > 1",
            "select amount from t union select k from u order by amount",
            "select amount from t where exists (select 1 from u where k = amount)",
            "select anything from unknown",
            "with w(z) as (select amount from t) select z from w",
            "select sum(amount) over v from t window v as (order by customer)",
            "select z from (select amount as z from t) q",
            "select amount from t join u on amount = k order by customer",
        ],
    )  # fmt: skip
    def test_those_that_are(self, text: str) -> None:
        assert to_duckdb(parse_select(text), self.SCHEMA)
