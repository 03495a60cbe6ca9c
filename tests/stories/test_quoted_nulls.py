"""Null and empty text of CSV files: what a cell means depends on nothing else in its file."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from data_framework.modules.config import TableRef, open_config
from data_framework.modules.data_process.plan import QuerySource, TableSource
from data_framework.modules.data_process.sql import parse_select
from data_framework.modules.dataflow import Runtime
from shop import CONTRACT, LANDING, STAGING, deliver, shop


@pytest.mark.parametrize("broken", ["", '5,"open,1\n'], ids=["sound file", "another line is broken"])
def test_a_quoted_word_for_null_is_text_whatever_else_is_in_the_file(tmp_path: Path, broken: str) -> None:
    landing = deepcopy(LANDING)
    landing["incoming_file"]["csv_specs"] |= {"null_value": ["NULL"]}
    project = shop(
        tmp_path,
        {"landing_to_raw": landing, "raw_to_staging": STAGING},
        partition_field=None,
        columns=CONTRACT["columns"][:3],
    )
    deliver(project, 1, f'1," NULL ",1.00\n2,"NULL",1.00\n3, NULL ,1.00\n4,"  ",1.00\n{broken}')
    project.json("run", "sales")
    with Runtime(open_config(project.root)) as runtime:
        query = QuerySource(parse_select("select id, shop from sales order by id"),
                            {"sales": TableSource(TableRef("staging", "shop_staging", "sales"))})  # fmt: skip
        rows = [row for batch in runtime.data_process().batches(query) for row in batch.to_pylist()]
    assert [row["shop"] for row in rows] == ["NULL", "NULL", None, ""]
