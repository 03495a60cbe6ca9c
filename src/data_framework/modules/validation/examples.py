"""Rules shown at work: every built-in rule and every control with examples is run over its own, by the real engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from data_framework.modules.config import Config, Control, ProjectFiles
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan import FrameSource, PlanColumn, TablePlan
from data_framework.modules.data_process.plan.model import CheckCount
from data_framework.modules.data_process.plan.vocabulary import column
from data_framework.modules.utils.data_types import DataType, parse_type
from data_framework.modules.validation.bound import Bound, limits_of
from data_framework.modules.validation.interface_quality_controls import ControlContext, ControlResult
from data_framework.modules.validation.judging import outcome
from data_framework.modules.validation.rules import Examples, Rule
from data_framework.modules.validation.workplace import CHECKED, Workplace, workplace

_EACH_ROW = {"field", "row", "reference"}
_CONTEXT = ControlContext(dataflow="test", process="test", run_id="test")


@dataclass(frozen=True)
class Shown:
    """What the examples of a rule or control showed.

    Attributes:
        kind: rule or control.
        passes, fails: How many examples of each there are.
        problem: What they should have shown and did not, or "".
        skipped: Why they were not run, or "".
        engine: The technology they were run on.
    """

    kind: str
    name: str
    passes: int
    fails: int
    problem: str = ""
    skipped: str = ""
    engine: str = ""


def show_rules(
    engine: str = "lambda", project: ProjectFiles | None = None, names: Collection[str] = ()
) -> Iterator[Shown]:
    """Run the examples of every rule that judges data, built in and the project's own, or of those named."""
    with workplace(engine, project) as place:
        for rule in place.rules.values():
            if rule.shape != "file" and (not names or rule.name in names):
                yield replace(_rule(rule, place), engine=engine)


def show_controls(config: Config, engine: str = "lambda", names: Collection[str] = ()) -> Iterator[Shown]:
    """Run `pass_examples` and `fail_examples` of the project's controls; one never shown to fail is a problem.

    Args:
        config: The project.
        engine: The technology to run them on.
        names: Of the controls to show; all without them.
    """
    with workplace(engine, config.project) as place:
        for number, control in enumerate(config.controls):
            counts = (len(control.pass_examples), len(control.fail_examples))
            name = control.key or control.algorithm
            if names and name not in names:
                continue
            if not any(counts):
                shown = Shown("control", name, 0, 0, skipped="it has no examples")
            elif not control.fail_examples:
                shown = Shown("control", name, *counts, problem="it is never shown to fail: give it fail_examples")
            else:
                shown = _control(config, control, name, place.judging([control], f"control_{number}"))
            yield replace(shown, engine=engine)


def _rule(rule: Rule, opened: Workplace) -> Shown:
    examples = rule.examples
    counts = (len(examples.passes), len(examples.fails)) if examples else (0, 0)
    if examples is None or not examples.fails:
        return Shown("rule", rule.name, *counts, problem="it is never shown to fail")
    control = example_control(rule, examples)
    types = {name: parse_type(kind) for name, kind in examples.types.items()}
    keys = example_keys(rule, examples)
    place = opened.judging([control], rule.name)
    for table, rows in examples.tables.items():
        _write(place, table, rows)
    others = {name: parse_type(kind) for name, kind in examples.fail_types.items()}
    for number, value in enumerate(examples.past, 1):
        place.controls.save([(_observed(control, place.target, f"2020-01-{number:02}", value), _CONTEXT)])
    shown = _Showing(place, types, keys, rule.shape in _EACH_ROW, others or types)
    return Shown("rule", rule.name, *counts, problem=shown.problem(examples.passes, examples.fails))


def example_control(rule: Rule, examples: Examples) -> Control:
    """The control a rule's examples are judged by."""
    return Control.model_validate({
        "name": rule.name, "algorithm": rule.name, "field": list(examples.fields), "arguments": dict(examples.arguments)
    })  # fmt: skip


def example_keys(rule: Rule, examples: Examples) -> tuple[str, ...]:
    """The primary key of the table of a rule's examples."""
    return tuple(examples.types)[:1] if rule.shape == "effect" else ()


def _observed(control: Control, target: TableRef, day: str, value: float) -> ControlResult:
    """What a control observed on a day before."""
    bound = Bound(control, control.field, "value", limits_of(control))
    return outcome(bound, CheckCount(1, 0, value), 1, 0, value, "", target, day)


def _control(config: Config, control: Control, name: str, place: Workplace) -> Shown:
    rule = place.rules.get(control.algorithm) if control.algorithm_type == "Data Framework" else None
    counts = (len(control.pass_examples), len(control.fail_examples))
    if rule is not None and rule.shape in {"reference", "file"}:
        return Shown("control", name, *counts, skipped="it needs more than its rows: another table, or a file")
    contract = config.contract(control.database or "", control.table or "")
    given = dict.fromkeys(name for row in (*control.pass_examples, *control.fail_examples) for name in row)
    types = (
        {one.name: one.data_type for one in contract.columns} if contract else dict.fromkeys(given, DataType("string"))
    )
    each = rule.shape in _EACH_ROW if rule else control.algorithm_type == "Regex"
    shown = _Showing(place, types, contract.primary_keys if contract else (), each, types)
    return Shown("control", name, *counts, problem=shown.problem(control.pass_examples, control.fail_examples))


@dataclass(frozen=True)
class _Showing:
    place: Workplace
    types: Mapping[str, DataType]
    keys: Sequence[str]
    each_row: bool
    fail_types: Mapping[str, DataType]

    def problem(self, passes: Sequence[Mapping[str, Any]], fails: Sequence[Mapping[str, Any]]) -> str:
        """What the examples should have shown and did not."""
        good = self._judged(passes, self.types) if passes else None
        if good is not None and (good.error or good.invalid):
            return good.error or f"{good.invalid} of its pass_examples fail"
        bad = self._judged(fails, self.fail_types)
        missed = len(fails) - bad.invalid if self.each_row else int(not bad.invalid)
        if bad.error or missed:
            return bad.error or f"{missed} of its fail_examples do not fail"
        return ""

    def _judged(self, rows: Sequence[Mapping[str, Any]], types: Mapping[str, DataType]) -> ControlResult:
        plan = _plan(self.place.target, types, rows, self.keys)
        compiled = self.place.compile(plan, False, _CONTEXT)
        with _prepared(self.place, replace(plan, checks=compiled.checks)) as prepared:
            return self.place.controls.judge(compiled, prepared.verdict, _CONTEXT)[0]


@contextmanager
def _prepared(place: Workplace, plan: TablePlan) -> Iterator[Any]:
    prepared = place.engine.prepare(plan)
    try:
        yield prepared
    finally:
        place.engine.discard(prepared)


def _plan(
    ref: TableRef, types: Mapping[str, DataType], rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> TablePlan:
    import pyarrow as arrow

    texts = {name: arrow.array([_text(row.get(name)) for row in rows], arrow.string()) for name in types}
    columns = tuple(PlanColumn(name, kind, column(name)) for name, kind in types.items())
    return TablePlan(ref, FrameSource(arrow.table(texts)), columns, "append", primary_keys=tuple(keys))


def _write(place: Workplace, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    types = {name: DataType("string") for row in rows for name in row}
    plan = replace(_plan(TableRef(CHECKED.layer, CHECKED.database, table), types, rows, ()), write_mode="overwrite")
    with _prepared(place, plan) as prepared:
        place.engine.commit(prepared, {})


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
