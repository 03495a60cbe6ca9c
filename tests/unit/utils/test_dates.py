from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_framework.modules.utils.dates import compile_format, java_to_strptime, parse_date, parse_timestamp

DAYS = st.dates(date(1970, 1, 1), date(2068, 12, 31))


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%d.%m.%y", "%Y%m%d", "%j/%Y", "%d %b %Y", "%B %d, %Y", "%A %d %B %Y"]))
def test_what_strftime_writes_is_read(day, form):
    assert parse_date(day.strftime(form), [form]) == day


@given(st.datetimes(datetime(1970, 1, 1), datetime(2068, 1, 1)))
def test_java_and_strptime_agree(moment):
    text = moment.strftime("%d/%m/%Y %I:%M:%S.%f %p")
    assert parse_timestamp(text, ["dd/MM/yyyy hh:mm:ss.SSSSSS a"]) == moment
    assert parse_timestamp(text, ["%d/%m/%Y %I:%M:%S.%f %p"]) == moment


@pytest.mark.parametrize(
    ("java", "strptime"),
    [("yyyyMMdd", "%Y%m%d"), ("d MMM yy", "%d %b %y"), ("EEEE, d MMMM uuuu", "%A, %d %B %Y"),
     ("yyyy-MM-dd'T'HH:mm:ssXXX", "%Y-%m-%dT%H:%M:%S%z"), ("dd''MM", "%d'%m")],
)  # fmt: skip
def test_java_is_translated(java, strptime):
    assert java_to_strptime(java) == strptime


@pytest.mark.parametrize(
    ("text", "form"),
    [("3/12/2025", "dd/MM/yyyy"), ("2025-02-29", "yyyy-MM-dd"), ("2025-01-01x", "yyyy-MM-dd"), ("20250101", "%Y-%m-%d"),
     ("٢٠٢٥-01-01", "yyyy-MM-dd"), ("366/2025", "DDD/yyyy")],
)  # fmt: skip
def test_what_does_not_fit_is_no_date(text, form):
    assert parse_date(text, [form]) is None


@pytest.mark.parametrize("form", ["yyyy-QQ", "%Y-%Q", "yyyy 'open", "yyyy yyyy"])
def test_formats_that_are_none(form):
    with pytest.raises(ValueError):
        compile_format(form)


def test_zones_become_utc():
    assert parse_timestamp("2026-01-01 00:30 +01:00", ["%Y-%m-%d %H:%M %z"]) == datetime(2025, 12, 31, 23, 30)
