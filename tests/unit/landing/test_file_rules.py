"""The file rules that take reading to judge."""

import hashlib
import os

import pytest

CSV = "id,n\n1,a\n2,b\n"


def judged(feed, name, content, **controls):
    feed.incoming["controls"] = {key: {"blocking": True, **value} for key, value in controls.items()}
    got = feed.one(name, content)
    return got.disposition, " ".join(got.reasons)


def test_age(feed):
    """What the fixture lands was modified on 2026-01-01."""
    assert "hours old, more than 36.0" in judged(feed, "a_2026-01-05.csv", CSV, file_age={"max": "36 hours"})[1]
    feed.incoming["controls"] = {"file_age": {"max": "1 hour"}}
    path = feed.land("b_2026-01-05.csv", CSV)
    os.utime(path)
    assert feed.run()[0].disposition == "ingested"


@pytest.mark.parametrize(
    ("least", "most", "reason"), [(2, 2, ""), (3, None, "2 rows, fewer than 3"), (None, 1, "2 rows, more than 1")]
)
def test_rows(feed, least, most, reason):
    limits = {name: value for name, value in (("min", least), ("max", most)) if value is not None}
    assert reason in judged(feed, "a_2026-01-05.csv", CSV, file_row_count=limits)[1]
    feed.incoming["file_format"] = "json_lines"
    assert reason in judged(feed, "b_2026-01-06.jl", '{"a":1}\n{"a":2}\n', file_row_count=limits)[1]


def test_unique(feed):
    assert judged(feed, "a_2026-01-05.csv", CSV, file_is_unique={})[0] == "ingested"
    found = judged(feed, "b_2026-01-06.csv", CSV, file_is_unique={})
    assert found == ("rejected", "'a_2026-01-05.csv', which is in force, has the same content")
    assert judged(feed, "b_2026-01-06.csv", CSV, file_is_unique={"blocking": False})[0] == "ingested"


@pytest.mark.parametrize("algorithm", ["sha256", "md5", "blake2b"])
def test_checksum(feed, algorithm):
    feed.incoming["filename_pattern"] = r".*\.csv"
    feed.match = "*.csv"
    control = {"file_checksum": {"algorithm": algorithm}}
    right = hashlib.new(algorithm, CSV.encode()).hexdigest()
    assert "there is no file" in judged(feed, "a_2026-01-05.csv", CSV, **control)[1]
    feed.land(f"b_2026-01-05.csv.{algorithm}", "0" * 64)
    assert "says 000" in judged(feed, "b_2026-01-05.csv", CSV, **control)[1]
    feed.land(f"c_2026-01-05.csv.{algorithm}", f"{right.upper()}  c_2026-01-05.csv\n")
    assert judged(feed, "c_2026-01-05.csv", CSV, **control)[0] == "ingested"
    feed.land(f"d_2026-01-06.csv.{algorithm}", f"{right} e.csv\n{right} f.csv\n")
    assert "states no checksum" in judged(feed, "d_2026-01-06.csv", CSV, **control)[1]
    found = judged(feed, "e_2026-01-07.csv", CSV, file_checksum={"algorithm": algorithm, "companion": "../x"})
    assert "there is no file" in found[1]


def test_encoding(feed):
    feed.incoming["csv_specs"] = {"encoding": ["UTF-8", "latin-1"]}
    control = {"file_encoding": {"name": "utf8"}}
    assert judged(feed, "a_2026-01-05.csv", "id\nñ\n", **control)[0] == "ingested"
    assert (
        "written in iso8859-1, not utf-8" in judged(feed, "b_2026-01-05.csv", "id\nñ\n".encode("latin-1"), **control)[1]
    )
    feed.incoming["controls"] = {"file_encoding": {"name": "klingon", "blocking": True}}
    assert "klingon" in feed.one("c_2026-01-05.csv", "id\nñá\n").reasons[0]
