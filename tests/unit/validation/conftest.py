"""Rows judged by the real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from data_framework.modules.config import Control
from data_framework.modules.data_process.plan import FrameSource, PlanColumn, TablePlan, Verdict
from data_framework.modules.data_process.plan.vocabulary import column
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.validation import ControlContext, ControlResult
from data_framework.modules.validation.integrations.quality_controls import QualityControls
from data_framework.modules.validation.workplace import CHECKED, Workplace, workplace


class Judge:
    """One engine and catalogue; every call judges other rows by other controls.

    `private` columns are not looked at for where invalid rows concentrate, which takes most of the time of many rules.
    """

    def __init__(self, place: Workplace, *, private: bool = False) -> None:
        self.place, self._private = place, private
        self.verdict: Verdict | None = None
        self._tables = 0

    def __call__(
        self, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]], *controls: Mapping[str, Any],
        keys: Sequence[str] = (), mode: Any = "append", parent: Any = None, **context: Any,
    ) -> list[ControlResult]:  # fmt: skip
        self._tables += 1
        target = replace(CHECKED, table=f"data_{self._tables}")
        bound = {"database": target.database, "table": target.table}
        written = tuple(Control.model_validate({"name": "it", **control, **bound}) for control in controls)
        config = replace(self.place.config, controls=written)
        engine = QualityControls(config, self.place.catalogue)
        engine.set_parent(parent)
        told = ControlContext(dataflow="flow", process="process", run_id="run", **context)
        plan = TablePlan(
            target, FrameSource(pa.table(_values(types, rows), _arrow(types))),
            tuple(PlanColumn(name, parse_type(kind), column(name), private=self._private)
                  for name, kind in types.items()), mode,
            primary_keys=tuple(keys),
        )  # fmt: skip
        compiled = engine.compile(target, {one.name: one.type for one in plan.columns}, keys, told)
        prepared = self.place.engine.prepare(replace(plan, checks=compiled.checks, key_policy=compiled.key_policy))
        try:
            self.verdict = prepared.verdict
            return engine.judge(compiled, prepared.verdict, told)
        finally:
            self.place.engine.discard(prepared)

    def write(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Publish a table of texts others may refer to."""
        names = list(rows[0])
        plan = TablePlan(
            replace(CHECKED, table=table), FrameSource(pa.Table.from_pylist(list(rows))),
            tuple(PlanColumn(name, parse_type("string"), column(name)) for name in names), "overwrite",
        )  # fmt: skip
        prepared = self.place.engine.prepare(plan)
        self.place.engine.commit(prepared, {})
        self.place.engine.discard(prepared)


_PLAIN = {"double": pa.float64(), "float": pa.float32()}


def _arrow(types: Mapping[str, str]) -> pa.Schema:
    """Text, which the engine casts exactly, save for what has a type of its own in Python."""
    return pa.schema([(name, _PLAIN.get(kind, pa.string())) for name, kind in types.items()])


def _values(types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The values of each column, whole numbers as text."""
    return {
        name: [str(row[name]) if isinstance(row.get(name), int) and kind not in _PLAIN else row.get(name)
               for row in rows]
        for name, kind in types.items()
    }  # fmt: skip


@pytest.fixture(scope="session")
def _place() -> Iterator[Workplace]:
    with workplace("lambda") as place:
        yield place


@pytest.fixture(scope="session")
def judged(_place: Workplace) -> Callable[..., list[ControlResult]]:
    return Judge(_place)
