import gzip
import json
import zipfile

import pytest

from data_framework.modules.dataflow.landing import ingest, judge, select
from data_framework.modules.exception import NotOfDataflowError, OutsideLandingError
from data_framework.modules.validation import ControlContext

CSV = "id,Año\n1,a\n2,b\n"


def test_a_csv_file_is_kept_as_delivered(feed):
    got = feed.one("items_2026-01-05.csv", CSV)
    assert (got.disposition, got.file_date, got.in_force, got.rows) == ("ingested", "2026-01-05", True, None)
    (key,) = got.raw_keys
    assert key.startswith("feed_raw/items/data_date=2026-01-05/items_2026-01-05.")
    assert feed.files("raw") == {key: CSV.encode()}
    assert got.reader["members"][0]["columns"] == {"id": "id", "Año": "ano"}
    assert feed.steps == ["landed", "delivered"]
    with feed.runtime() as runtime:
        assert list(
            runtime.catalogue.raw_partitions(runtime.config.dataflow("feed").process("landing_to_raw").output_file.ref)
        ) == ["2026-01-05"]
    assert feed.run() == []


def test_duplicates_restatements_and_further_files(feed):
    first = feed.one("items_2026-01-05.csv", CSV)
    assert feed.one("again/items_2026-01-05.csv", CSV).disposition == "duplicate"
    assert feed.one("other_2026-01-05.csv", CSV).disposition == "duplicate"
    assert feed.one("items_2026-01-06.csv", CSV).disposition == "ingested"
    second = feed.one("items_2026-01-05.csv", CSV + "3,c\n")
    third = feed.one("items_2026-01-05.csv", CSV)
    further = feed.one("more_2026-01-05.csv", "id,Año\n9,z\n")
    assert [d.disposition for d in (second, third, further)] == ["restated", "restated", "ingested"]
    force = [d for d in feed.in_force() if d.file_date == "2026-01-05"]
    assert [d.content_hash for d in force] == [first.content_hash, further.content_hash]
    raw = feed.files("raw")
    assert sorted(raw) == sorted(
        [key for d in feed.in_force() for key in d.raw_keys] + [k for k in raw if k.startswith("_history/")]
    )
    assert [raw[key] for key in force[0].raw_keys] == [CSV.encode()]
    with feed.runtime() as runtime:
        lines = [d for d in runtime.state.deliveries("feed") if d.superseded_by]
        assert [line.superseded_by for line in lines] == [second.content_hash, third.content_hash]
        assert all(key.startswith("_history/") and key in raw for line in lines for key in line.raw_keys)


def test_comparing_can_be_switched_off(feed):
    feed.incoming["compare_with_previous_file"] = False
    feed.one("items_2026-01-05.csv", CSV)
    assert feed.one("items_2026-01-05.csv", CSV).disposition == "restated"


def test_landing_is_never_written(feed):
    feed.one("items_2026-01-05.csv", CSV)
    feed.one("bad.csv", CSV)
    assert feed.files("landing") == {"items_2026-01-05.csv": CSV.encode(), "bad.csv": CSV.encode()}


class StopError(Exception):
    pass


def stopped(feed, monkeypatch, at):
    """Take in what landed, stopped as by a kill: at a step, or right before the ledger or the sweep is written."""
    with feed.runtime() as runtime:

        def stop(*_):
            raise StopError

        runtime.on_step = lambda step: stop() if step == at else None
        with monkeypatch.context() as patch:
            if at == "copied":
                patch.setattr(runtime.state, "record_all", stop)
            if at == "partition":
                patch.setattr(runtime.catalogue, "add_raw_partition", stop)
            dataflow = runtime.config.dataflow("feed")
            (landed,) = select(runtime, dataflow).files
            with pytest.raises(StopError):
                ingest(runtime, dataflow, landed, ControlContext("feed", "landing_to_raw", "r"))


@pytest.mark.parametrize("at", ["landed", "partition", "copied", "delivered"])
def test_stopped_at_any_step_raw_can_be_read_and_it_ends_the_same(feed, monkeypatch, at):
    feed.one("items_2026-01-05.csv", CSV)
    feed.land("items_2026-01-05.csv", CSV + "3,c\n")
    stopped(feed, monkeypatch, at)
    (force,) = feed.in_force()
    held = CSV + "3,c\n" if at == "delivered" else CSV
    assert [feed.files("raw")[key] for key in force.raw_keys] == [held.encode()]
    assert [d.disposition for d in feed.run()] == ([] if at == "delivered" else ["restated"])
    feed.one("more_2026-01-05.csv", "id,Año\n9,z\n")
    raw = feed.files("raw")
    first, second, more = read_lines(feed)
    assert [(d.disposition, d.in_force) for d in (first, second)] == [("ingested", False), ("restated", True)]
    assert sorted(raw) == sorted([*first.raw_keys, *second.raw_keys, *more.raw_keys])
    assert [raw[key] for d in (first, second) for key in d.raw_keys] == [CSV.encode(), (CSV + "3,c\n").encode()]


def test_what_a_killed_run_left_goes_when_the_file_was_replaced_meanwhile(feed, monkeypatch):
    feed.land("items_2026-01-05.csv", CSV)
    stopped(feed, monkeypatch, "landed")
    assert len(feed.files("raw")) == 1
    delivery = feed.one("items_2026-01-05.csv", CSV + "3,c\n")
    assert list(feed.files("raw")) == list(delivery.raw_keys)


def read_lines(feed):
    with feed.runtime() as runtime:
        return list(runtime.state.deliveries("feed"))


# archives -----------------------------------------------------------------------------------------------------------
def test_zip_and_gz_and_plain_of_equal_content_are_duplicates(feed):
    feed.incoming |= {"zipped": "zip", "filename_unzipped_pattern": r".*\.csv"}
    feed.land_zip("a_2026-01-05.zip", {"items.csv": CSV})
    (first,) = feed.run()
    assert (first.disposition, first.reader["members"][0]["name"]) == ("ingested", "items.csv")
    feed.incoming |= {"zipped": "gz", "filename_unzipped_pattern": None}
    assert feed.one("b_2026-01-05.csv.gz", gzip.compress(CSV.encode())).disposition == "duplicate"
    feed.incoming |= {"zipped": ""}
    assert feed.one("c_2026-01-05.csv", CSV).disposition == "duplicate"


def test_several_members_are_parts_of_one_delivery(feed):
    feed.incoming |= {"zipped": "zip", "filename_unzipped_pattern": r"part.*"}
    feed.land_zip("a_2026-01-05.zip", {"x/part2.csv": "id;n\n3;c\n", "part1.csv": CSV, "readme.txt": "no"})
    feed.incoming["csv_specs"] = {"delimiter": "auto"}
    (got,) = feed.run()
    assert [member["name"] for member in got.reader["members"]] == ["part1.csv", "x/part2.csv"]
    assert [member["dialect"]["delimiter"] for member in got.reader["members"]] == [",", ";"]
    assert len(got.raw_keys) == 2
    assert got.raw_keys[0] in feed.files("raw")


def test_members_count_by_name_and_content(feed):
    feed.incoming |= {"zipped": "zip", "filename_unzipped_pattern": r".*\.csv"}
    deliveries = [{"north.csv": CSV, "south.csv": CSV + "3,c\n"}, {"east.csv": CSV, "south.csv": CSV + "3,c\n"},
                  {"south.csv": CSV + "3,c\n", "north.csv": CSV}]  # fmt: skip
    for number, members in enumerate(deliveries):
        feed.land_zip(f"{number}_2026-01-05.zip", members)
    assert [d.disposition for d in feed.run()] == ["ingested", "ingested", "duplicate"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"../evil.csv": CSV}, "leads elsewhere"),
        ({"/etc/evil.csv": CSV}, "leads elsewhere"),
        ({"C:\\evil.csv": CSV}, "leads elsewhere"),
        ({"a\\..\\..\\evil.csv": CSV}, "leads elsewhere"),
        ({"a.csv": CSV, "b.csv": CSV}, "holds 2 files"),
        ({}, "holds 0 files"),
    ],
)
def test_hostile_archives(feed, members, reason):
    feed.incoming["zipped"] = "zip"
    feed.land_zip("a_2026-01-05.zip", members)
    (got,) = feed.run()
    assert got.disposition == "rejected"
    assert reason in got.reasons[0]
    assert feed.files("raw") == {}


def test_links_in_archives(feed):
    feed.incoming["zipped"] = "zip"
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = 0o120777 << 16
    path = feed.land_zip("a_2026-01-05.zip", {})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    (got,) = feed.run()
    assert "the link" in got.reasons[0]


def test_bombs(feed):
    feed.incoming["zipped"] = "zip"
    feed.platform["limits"] = {"unpacked_bytes": 5_000_000}
    feed.land_zip("a_2026-01-05.zip", {"a.csv": b"0" * 6_000_000})
    (got,) = feed.run()
    assert "more than 5,000,000 bytes" in got.reasons[0]
    feed.platform["limits"] = {}
    feed.land_zip("b_2026-01-05.zip", {"a.csv": b"0\n" * 60_000_000})
    (got,) = feed.run()
    assert "200 times its size" in got.reasons[0]
    feed.platform["limits"] = {"members": 3}
    feed.land_zip("c_2026-01-05.zip", {f"{n}.csv": CSV for n in range(4)})
    (got,) = feed.run()
    assert "4 members" in got.reasons[0]


def test_damaged_and_encrypted_archives(feed):
    feed.incoming["zipped"] = "zip"
    path = feed.land_zip("a_2026-01-05.zip", {"a.csv": CSV * 1000})
    data = bytearray(path.read_bytes())
    data[60:70] = b"0123456789"
    assert feed.run()[0].disposition == "ingested"
    assert "zip archive" in feed.one("b_2026-01-05.zip", bytes(data)).reasons[0]
    assert "no zip archive" in feed.one("c_2026-01-05.zip", CSV).reasons[0]
    assert "zip archive" in feed.one("d_2026-01-05.zip", bytes(path.read_bytes()[:-30])).reasons[0]
    feed.incoming["zipped"] = "gz"
    assert "no gzip archive" in feed.one("e_2026-01-05.gz", CSV).reasons[0]
    assert "cut off" in feed.one("f_2026-01-05.gz", gzip.compress(CSV.encode() * 99)[:-9]).reasons[0]


# dates --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "regex", "formats", "expected"),
    [
        ("sales_20260105_120000.csv", None, [], "2026-01-05"),
        ("sales_2026.01.05.csv", "", [], "2026-01-05"),
        ("s_05012026.csv", r"(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d{4})", [], "2026-01-05"),
        ("s_2026_1_5.csv", r"(\d{4})_(\d+)_(\d+)", [], "2026-01-05"),
        ("s_05Jan26.csv", r"_(\w+)\.", ["ddMMMyy"], "2026-01-05"),
        ("sales.csv", None, [], ""),
        ("sales_2026-13-05.csv", None, [], ""),
    ],
)
def test_dates_in_names(feed, name, regex, formats, expected):
    feed.incoming |= {"date_located": "filename", "date_located_filename": {"regex": regex, "formats": formats}}
    got = feed.one(name, CSV)
    assert got.file_date == expected
    assert bool(expected) == (got.disposition == "ingested")
    if not expected:
        assert got.reasons[0].startswith("no date")


def test_dates_in_a_column_and_of_arrival(feed):
    feed.incoming |= {"date_located": "column", "date_located_column": "Day", "formats": ["dd/MM/yyyy"]}
    assert feed.one("a.csv", "id,Day\n1,05/01/2026\n2,\n").file_date == "2026-01-05"
    assert feed.one("b.csv", "id,Day\n1,05/01/2026\n2,06/01/2026\n").reasons[0].startswith("several dates")
    assert feed.one("c.csv", "id,Day\n1,soon\n").reasons[0].startswith("no date")
    assert feed.one("d.csv", "id\n1\n").reasons[0].startswith("no date")
    feed.incoming["date_located_column_take"] = "max"
    assert feed.one("e.csv", "id,Day\n1,05/01/2026\n2,06/01/2026\n").file_date == "2026-01-06"
    feed.incoming |= {"file_format": "json_lines"}
    assert feed.one("f.jsonl", '{"Day":"05/02/2026"}\n').file_date == "2026-02-05"
    feed.incoming |= {"date_located": "arrival"}
    assert feed.one("g.jsonl", '{"a":1}\n').file_date == "2026-01-01"


def test_a_file_delivered_again_with_another_date_is_remarked(feed):
    feed.incoming |= {"date_located": "column", "date_located_column": "day"}
    texts = ["id,day\n1,2026-01-05\n", "id,day\n1,2026-01-05\n2,2026-01-05\n", "id,day\n1,2026-01-06\n",
             "id,day\n1,2026-01-07\n"]  # fmt: skip
    notes = []
    for number, text in enumerate(texts):
        feed.land(f"{number}/a.csv", text)
        with feed.runtime() as runtime:
            dataflow = runtime.config.dataflow("feed")
            (landed,) = select(runtime, dataflow).files
            notes.append(ingest(runtime, dataflow, landed, ControlContext("feed", "landing_to_raw", "r")).notes)
    said = "its data date is 2026-01-06, and a file of this name stays in force for 2026-01-05"
    assert notes == [(), (), (said,), ()]


# refusals -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (b"id,n\n1,\xff\n", "no valid utf-8"),
        (b"id,n\n1,\x00\n", "NUL"),
        ("id,n\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\xff\xff" + bytes(100), "zip archive"),
        (b'"id,n\n1,2\n', "header on line 1 is broken"),
        (b",".join(b"c%d" % n for n in range(100_000)) + b"\n", "100,000 columns"),
    ],
)
def test_files_that_cannot_be_read(feed, content, reason):
    got = feed.one("items_2026-01-05.csv", content)
    assert got.disposition == "rejected"
    assert reason in got.reasons[0]
    assert feed.files("raw") == {}
    kept = feed.files("rejected")
    (reasons,) = [json.loads(data) for name, data in kept.items() if name.endswith(".reasons.json")]
    assert reasons["reasons"] == list(got.reasons)
    assert content in kept.values()
    assert feed.run() == []


def test_a_line_of_ten_megabytes_is_refused_by_a_smaller_limit(feed):
    feed.platform["limits"] = {"cell_bytes": 1_000_000}
    got = feed.one("items_2026-01-05.csv", b"id\n" + b"x" * 10_000_000)
    assert "a line of 10,000,000 characters" in got.reasons[0]


def test_a_name_that_does_not_match(feed):
    feed.match = "*.csv"
    feed.incoming["filename_pattern"] = r"items_.*\.csv"
    assert "does not match" in feed.one("other_2026-01-05.csv", CSV).reasons[0]


def test_an_empty_file_can_be_accepted(feed):
    feed.incoming["csv_specs"] = {"empty_file": "accept"}
    got = feed.one("items_2026-01-05.csv", "")
    assert (got.disposition, got.reader["members"][0]["columns"]) == ("ingested", {})


def test_columns_against_the_contract(feed):
    contract = {"layer": "staging", "database": "feed_staging", "table": "items",
                "columns": [{"name": "id"}, {"name": "year", "aliases": ["Año"]}, {"name": "data_date"}],
                "partition_field": "data_date", "write_mode": "overwrite_partition"}  # fmt: skip
    feed.contracts = [contract]
    assert feed.one("a_2026-01-01.csv", CSV).disposition == "ingested"
    assert "none of its columns" in feed.one("b_2026-01-02.csv", "x,y\n1,2\n").reasons[0]
    assert feed.one("c_2026-01-03.csv", "id,New One\n1,2\n").disposition == "ingested"
    contract["schema_policy"] = {"new_columns": "freeze", "missing_columns": "freeze"}
    got = feed.one("d_2026-01-04.csv", "id,New One\n1,2\n")
    assert "New One" in got.reasons[0]
    assert "year" in got.reasons[0]


def test_file_controls(feed):
    feed.incoming |= {
        "file_format": "json", "json_specs": {"source_level": "data"},
        "controls": {"file_size": {"min": 1, "max": 100}, "check_json_status_code": {}},
    }  # fmt: skip
    assert feed.one("a_2026-01-05.json", '{"status_code":200,"data":[{"x":1}]}').disposition == "ingested"
    bad = feed.one("b_2026-01-05.json", '{"status_code":500,"data":[{"x":2}]}')
    assert "status_code is 500" in bad.reasons[0]
    assert (
        "more than 100"
        in feed.one("c_2026-01-05.json", '{"status_code":200,"data":[{"x":"' + "x" * 99 + '"}]}').reasons[0]
    )


# json ---------------------------------------------------------------------------------------------------------------
def test_json_becomes_json_lines(feed):
    feed.incoming |= {"file_format": "json", "json_specs": {"source_level": "a.b.*"}}
    got = feed.one("items_2026-01-05.json", '{"a":{"b":[{"Id":1.0,"n":{"x":[1]}},{"Id":2}]}}')
    assert (got.rows, got.reader["format"]) == (2, "json_lines")
    assert got.reader["members"][0]["columns"] == {"Id": "id", "n": "n"}
    ((key, data),) = feed.files("raw").items()
    assert key.endswith(".jsonl")
    assert [json.loads(line) for line in data.splitlines()] == [{"Id": "1.0", "n": '{"x":[1]}'}, {"Id": "2"}]


@pytest.mark.parametrize("content", ["[NaN]", '{"a":1', "", "[" * 100_000, '{"a":1}]'])
def test_json_that_is_none(feed, content):
    feed.incoming["file_format"] = "json"
    assert feed.one("items_2026-01-05.json", content).disposition == "rejected"


# selection ----------------------------------------------------------------------------------------------------------
def test_files_are_taken_by_date_then_arrival_then_key(feed):
    for name in ("b_2026-01-05.csv", "a_2026-01-06.csv", "z_2026-01-04.csv", "a_2026-01-05.csv"):
        feed.land(name, name)
    assert [d.file_name for d in feed.run()] == [
        "z_2026-01-04.csv", "b_2026-01-05.csv", "a_2026-01-05.csv", "a_2026-01-06.csv",
    ]  # fmt: skip


def test_named_files(feed, tmp_path):
    feed.land("in/a_2026-01-05.csv", CSV)
    other = tmp_path / "x.csv"
    other.write_text(CSV)
    feed.incoming["filename_pattern"] = r"a_.*"
    with feed.runtime() as runtime:
        dataflow = runtime.config.dataflow("feed")
        for name in ("a_2026-01-05.csv", "in/a_2026-01-05.csv", str(feed.root / "data/landing/in/a_2026-01-05.csv")):
            assert [one.key for one in select(runtime, dataflow, [name]).files] == ["in/a_2026-01-05.csv"]
        for name in ("no.csv", str(other), "../../platform.json", "in"):
            with pytest.raises(OutsideLandingError):
                select(runtime, dataflow, [name])
        feed.land("b.csv", CSV)
        with pytest.raises(NotOfDataflowError):
            select(runtime, dataflow, ["b.csv"])
        assert [one.key for one in select(runtime, dataflow).files] == ["in/a_2026-01-05.csv"]
        stored = runtime.storage.stat("landing", "b.csv")
        assert (judge(runtime.config, stored).owners, bool(judge(runtime.config, stored).reason)) == ((), True)


def test_a_file_named_again_is_a_duplicate_and_its_line_stays(feed):
    feed.one("a_2026-01-05.csv", CSV)
    with feed.runtime() as runtime:
        dataflow = runtime.config.dataflow("feed")
        (landed,) = select(runtime, dataflow, ["a_2026-01-05.csv"]).files
        again = ingest(runtime, dataflow, landed, ControlContext("feed", "landing_to_raw", "r2"))
        assert again.delivery.disposition == "duplicate"
    assert [(d.disposition, d.run_id) for d in feed.in_force()] == [("ingested", "r")]


def test_a_replaced_file_named_again_is_the_latest(feed):
    first = feed.one("a/items_2026-01-05.csv", CSV)
    feed.one("b/items_2026-01-05.csv", CSV + "3,c\n")
    with feed.runtime() as runtime:
        dataflow = runtime.config.dataflow("feed")
        (landed,) = select(runtime, dataflow, ["a/items_2026-01-05.csv"]).files
        back = ingest(runtime, dataflow, landed, ControlContext("feed", "landing_to_raw", "r2")).delivery
    assert (back.disposition, back.sequence, back.content_hash) == ("restated", 3, first.content_hash)
    assert [line.sequence for line in feed.in_force()] == [3]
    raw = feed.files("raw")
    assert [raw[key] for key in back.raw_keys] == [CSV.encode()]
    assert sorted(raw) == sorted(key for line in read_lines(feed) for key in line.raw_keys)
    assert feed.run() == []
