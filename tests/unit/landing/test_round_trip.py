"""Any table of text in any dialect Python's csv module writes: landed, kept in raw, exported, and equal again."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.export import ExportRequest, export_raw
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.raw_rows import RawRows
from unit.landing.conftest import Feed

CELL = st.text(st.sampled_from("ab1é€日😀 \t,;|\"'\\\n\r"), max_size=6)
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=6)
)
DIALECT = st.fixed_dictionaries({
    "delimiter": st.sampled_from([",", ";", "\t", "|"]), "quotechar": st.sampled_from(['"', "'"]),
    "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]), "escapechar": st.sampled_from([None, "\\"]),
    "quoting": st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
})  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLE, DIALECT, st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_what_lands_is_exported_equal(
    tmp_path_factory: Any, table: list[list[str]], dialect: dict[str, Any], encoding: str
) -> None:
    names = [f"c{place}" for place in range(len(table[0]))]
    text = io.StringIO()
    csv.writer(text, **dialect).writerows([names, *table])
    feed = Feed(tmp_path_factory.mktemp("trip"))
    feed.incoming["csv_specs"] = {
        "encoding": [encoding], "delimiter": [dialect["delimiter"]], "special_character": dialect["quotechar"],
        "escape": dialect["escapechar"], "row_delimiter": dialect["lineterminator"], "trim": False,
    }  # fmt: skip
    got = feed.one("items_2026-01-05.csv", text.getvalue().encode(encoding))
    assert got.disposition == "ingested", got.reasons
    out = feed.root / "out.csv"
    with feed.runtime() as runtime:
        rows = RawRows(runtime.storage, runtime.state.in_force("feed_raw", "items"), FileLimits())
        done = export_raw(rows, TableRef("raw", "feed_raw", "items"), ExportRequest(out, "", True, False))
    assert (done.rows, done.rows_left_out) == (len(table), 0)
    with out.open(encoding="utf-8", newline="") as lines:
        assert list(csv.reader(lines)) == [names, *table]
