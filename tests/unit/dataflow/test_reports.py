"""Reports: what they select, how they are named and written, and how they fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_framework.modules.config import Report
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan import QuerySource, TableSource
from data_framework.modules.data_process.sql import schema_of, tables_of, to_duckdb
from data_framework.modules.dataflow.reports import report_key, selection_of, write_report
from data_framework.modules.dataflow.reports.text import replaced
from data_framework.modules.exception import (
    EmptyReportError,
    ReportColumnsError,
    ReportEncodingError,
    ReportNameError,
    SqlError,
)
from data_framework.modules.storage.integrations.local_storage import LocalStorage

COLUMNS = ["isin", "amount", "price", "day", "at", "ok", "tags"]
ROWS = """
create table positions as select * from (values
  ('US1', 10.50::decimal(10,2), 0.1::double, date '2026-03-05', timestamptz '2026-03-05 10:11:12.5+00', true,
   ['a', 'b']),
  ('ES2', -3.00, 1e22, date '2026-03-06', null, false, []),
  ('=cmd()', 0.00, null, null, null, null, null),
  ('', 7.25, 2.0, date '2026-03-07', timestamptz '2026-03-07 00:00:00+00', true, ['x,"y"'])
) t(isin, amount, price, day, "at", ok, tags)
"""


class DuckDbEngine:
    """The part of an engine a report needs, over one DuckDB table."""

    def __init__(self, setup: str = ROWS) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute(setup)

    def batches(self, source: QuerySource, parameters: Mapping[str, Any] | None = None) -> Iterator[Any]:
        sql = to_duckdb(source.select, schema_of(self.connection, tables_of(source.select)))
        yield from self.connection.sql(sql).to_arrow_reader(2)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path)


def report(**changes: Any) -> Report:
    given = {"name": "Daily positions", "source_table": "positions", "filename_pattern": "p_{file_date}.csv"}
    return Report.model_validate({**given, **changes})


VALUES = {
    "file_date": "2026-03-05",
    "file_name": "in.csv",
    "current_date": "2026-04-01",
    "vars.least": 0,
    "vars.of": "ES2",
}


def write(
    storage: LocalStorage, one: Report, order: tuple[str, ...] = (), setup: str = ROWS, columns: Any = None
) -> Any:
    found = selection_of(one, columns or COLUMNS, order, VALUES)
    source = QuerySource(found.select, {"positions": TableSource(TableRef("business", "d", "positions"))})
    return write_report(one, source, found.names, report_key("project", one, VALUES), DuckDbEngine(setup), storage)  # type: ignore[arg-type]


def text(entry: Any) -> str:
    return Path(entry.path).read_bytes().decode("utf-8")


class TestCsv:
    def test_text_of_every_type_in_a_stable_order(self, storage: LocalStorage) -> None:
        entry = write(storage, report())
        assert text(entry) == (
            "isin,amount,price,day,at,ok,tags\n"
            '"",7.25,2.0,2026-03-07,2026-03-07T00:00:00Z,true,"[""x,\\""y\\""""]"\n'
            "'=cmd(),0.00,,,,,\n"
            "ES2,-3.00,1e+22,2026-03-06,,false,[]\n"
            'US1,10.50,0.1,2026-03-05,2026-03-05T10:11:12.5Z,true,"[""a"", ""b""]"\n'
        )
        assert (entry.rows, entry.escaped, entry.success) == (4, 1, True)
        assert entry.path.endswith("/output/project/daily_positions/p_2026-03-05.csv")

    def test_columns_are_sql_and_aliases_win(self, storage: LocalStorage) -> None:
        one = report(columns=["isin as code", "amount * 2 as twice", "upper(isin)"], columns_alias=["c", "t", "u"],
                     where="amount > {vars.least} and isin <> '{vars.of}'")  # fmt: skip
        assert text(write(storage, one, ("amount desc",))) == 'c,t,u\nUS1,21.00,US1\n"",14.50,""\n'

    def test_names_without_alias(self, storage: LocalStorage) -> None:
        one = report(columns=["isin as code", "amount / 4"], where="isin = 'US1'")
        assert text(write(storage, one)) == "code,amount / 4\nUS1,2.625000\n"

    def test_order_by_a_column_that_is_not_written(self, storage: LocalStorage) -> None:
        assert text(write(storage, report(columns=["amount as isin"]), ("isin",))) == "isin\n7.25\n0.00\n-3.00\n10.50\n"

    def test_an_aggregate_needs_no_order_of_rows(self, storage: LocalStorage) -> None:
        one = report(columns=["count(*) as n", "sum(amount) as total", "avg(amount) as mean"])
        assert text(write(storage, one, ("isin",))) == "n,total,mean\n4,14.75,3.687500\n"

    def test_index_header_delimiter_encoding(self, storage: LocalStorage) -> None:
        specs = {"header": True, "index": True, "delimiter": ";", "encoding": "utf-16", "formula_escape": False}
        entry = write(storage, report(columns=["isin", "amount"], csv_specs=specs, where="amount <= 0"))
        assert Path(entry.path).read_bytes().decode("utf-16") == ";isin;amount\n0;=cmd();0.00\n1;ES2;-3.00\n"
        assert entry.escaped == 0

    def test_without_header(self, storage: LocalStorage) -> None:
        one = report(columns=["isin"], csv_specs={"header": False}, where="isin in ('US1', '')")
        assert text(write(storage, one)) == '""\nUS1\n'

    @pytest.mark.parametrize(
        ("cell", "written"),
        [("=1+1", "'=1+1"), ("+34 600", "'+34 600"), ("-x", "'-x"), ("@a", "'@a"), ("\ta", "'\ta"), ("-5", "-5"),
         ("+1.5e3", "+1.5e3"), ("-5\n", "\"'-5\n\""), ("a=b", "a=b"), ("\r1", "\"'\r1\""),
         ('=A1&"x"', '"\'=A1&""x"""')],
    )  # fmt: skip
    def test_formulas(self, storage: LocalStorage, cell: str, written: str) -> None:
        setup = "create table positions as select '" + cell + "' as isin"
        entry = write(storage, report(csv_specs={"header": False}), setup=setup, columns=["isin"])
        assert text(entry) == written + "\n"
        assert entry.escaped == int("'" in written)

    def test_replaces_act_on_the_finished_text_in_order(self, storage: LocalStorage) -> None:
        one = report(
            columns=["isin", "amount"], where="isin = 'US1'", replaces=[{"isin": "ISIN"}, {"\n": "\r\n"}, {".5": ",5"}]
        )
        assert text(write(storage, one)) == "ISIN,amount\r\nUS1,10,50\r\n"

    def test_what_the_encoding_does_not_have(self, storage: LocalStorage) -> None:
        setup = "create table positions as select 'a€' as isin"
        with pytest.raises(ReportEncodingError, match=r"U\+20AC.*latin-1"):
            write(storage, report(csv_specs={"encoding": "latin-1"}), setup=setup, columns=["isin"])
        assert list(storage.list("output")) == []


class TestJson:
    def test_lines(self, storage: LocalStorage) -> None:
        one = report(file_format="json", columns=["isin", "amount", "day", "ok", "price", "tags"], where="isin <> ''")
        lines = text(write(storage, one)).splitlines()
        assert lines[0] == '{"isin": "=cmd()", "amount": 0.00, "day": null, "ok": null, "price": null, "tags": null}'
        assert json.loads(lines[2])["tags"] == ["a", "b"]
        assert len(lines) == 3

    def test_columns(self, storage: LocalStorage) -> None:
        one = report(file_format="json", columns=["isin", "amount"], json_specs={"format": "columns"})
        entry = write(storage, one)
        found = '{"isin": ["", "=cmd()", "ES2", "US1"], "amount": [7.25, 0.00, -3.00, 10.50]}\n'
        assert (text(entry), entry.rows) == (found, 4)

    def test_columns_without_rows(self, storage: LocalStorage) -> None:
        one = report(
            file_format="json", columns=["isin"], json_specs={"format": "columns"}, where="false", on_empty="write"
        )
        assert text(write(storage, one)) == '{"isin": []}\n'

    def test_two_columns_of_one_name(self, storage: LocalStorage) -> None:
        with pytest.raises(ReportColumnsError, match="'isin'"):
            write(storage, report(file_format="json", columns=["isin", "upper(isin) as isin"]))


class TestEmpty:
    def test_error(self, storage: LocalStorage) -> None:
        with pytest.raises(EmptyReportError, match="'Daily positions' has no data") as caught:
            write(storage, report(where="false"))
        assert caught.value.exit_code == 1
        assert list(storage.list("output")) == []

    def test_skip(self, storage: LocalStorage) -> None:
        entry = write(storage, report(where="false", on_empty="skip"))
        assert (entry.success, entry.path, entry.rows) == (True, "", 0)

    def test_write(self, storage: LocalStorage) -> None:
        assert text(write(storage, report(columns=["isin"], where="false", on_empty="write"))) == "isin\n"


class TestNames:
    def test_dates_in_the_format_of_the_report(self) -> None:
        one = report(
            filename_pattern="{vars.of}_{file_date}_{current_date}_{file_name}", filename_date_format="dd-MM-yy"
        )
        assert report_key("p", one, VALUES) == "p/daily_positions/ES2_05-03-26_01-04-26_in.csv"
        one = report(name="Año: 2", filename_pattern="{file_date}", filename_date_format="%Y%m%d")
        assert report_key("p", one, VALUES) == "p/a_o_2/20260305"

    @pytest.mark.parametrize("value", ["../x", "a/b", "..", "a\\b", "a\nb", "x" * 300])
    def test_no_value_leads_out_of_the_folder(self, value: str) -> None:
        with pytest.raises(ReportNameError):
            report_key("p", report(filename_pattern="{vars.of}"), {"vars.of": value})

    def test_a_missing_value(self) -> None:
        with pytest.raises(ReportNameError, match=r"no value of \{file_date\}"):
            report_key("p", report(), {"file_date": ""})


class TestSelection:
    @pytest.mark.parametrize(
        "changes",
        [{"columns": ["isin; drop table positions"]}, {"columns": ["read_csv('/etc/passwd')"]},
         {"where": "1 = 1) or (1 = 1"}, {"where": "day = {file_dat}"}, {"columns": ["isin from positions"]}],
    )  # fmt: skip
    def test_what_is_no_expression_is_refused(self, changes: Any) -> None:
        with pytest.raises(SqlError):
            selection_of(report(**changes), COLUMNS, (), VALUES)

    def test_values_are_bound(self, storage: LocalStorage) -> None:
        one = report(columns=["isin"], where="isin = '{vars.of}'")
        found = selection_of(one, COLUMNS, (), {"vars.of": "x' or 'a'='a"})
        assert "'x'' or ''a''=''a'" in to_duckdb(found.select)

    def test_a_value_that_is_not_there(self) -> None:
        with pytest.raises(SqlError, match="file_date"):
            selection_of(report(where="day = {file_date}"), COLUMNS, (), {"file_date": ""})


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_replacing_a_stream_equals_replacing_the_text(size: int) -> None:
    whole = "aabaabaaab\naab"
    chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert "".join(replaced(chunks, "aab", "b\n")) == whole.replace("aab", "b\n")
