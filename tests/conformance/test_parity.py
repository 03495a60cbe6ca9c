"""Both engines answer every case the same, and there is nothing that is neither shown nor never asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import conformance.cases  # noqa: F401 - registers the cases
from bench import Bench
from conformance.parity import PARITY, subjects
from data_framework.modules.data_process.integrations.pandas.pandas_data_process import PandasDataProcess
from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings, local_catalogue
from data_framework.modules.data_process.integrations.spark.spark_data_process import SparkDataProcess

QUICK = {"files_however_they_are_written"}


@pytest.mark.quick
def test_everything_is_shown_or_never_asked_of_an_engine() -> None:
    every = {(kind, name) for kind, names in subjects().items() for name in names}
    known = {*PARITY.shown, *PARITY.unasked}
    assert every - known == set(), "neither shown to be the same on both engines nor marked never(reason)"
    assert known - every == set(), "shown or never asked, and not there any more"
    assert {*PARITY.shown} & {*PARITY.unasked} == set()


def answer(root: Path, case: Callable[[Bench], Any], make: Callable[[Any, Any], Any], arrow: Any) -> Any:
    bench = Bench(root, make, arrow)
    try:
        return case(bench)
    finally:
        bench.engine.close()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.quick] if name in QUICK else []) for name in PARITY.cases]
)
def test_both_engines_answer_the_same(tmp_path: Path, spark: Any, name: str) -> None:
    case = PARITY.cases[name]
    (tmp_path / "lambda").mkdir()
    (tmp_path / "emr").mkdir()
    mine = answer(tmp_path / "lambda", case, PandasDataProcess, pa.Table.from_pandas)
    settings = SparkSettings(local_catalogue(tmp_path / "emr"))
    other = answer(
        tmp_path / "emr", case, lambda storage, catalogue: SparkDataProcess(storage, catalogue, settings),
        lambda frame: frame.toArrow(),
    )  # fmt: skip
    assert other == mine
