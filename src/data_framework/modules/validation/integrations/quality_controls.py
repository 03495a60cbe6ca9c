"""The rules engine: controls compiled for a plan, judged by what the engine counted, saved as results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

from typing_extensions import override

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config import Config
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan.model import Check, CheckCount, KeyPolicy, Verdict
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.bound import Bound, Scope, limits_of
from data_framework.modules.validation.compiling import compile_control
from data_framework.modules.validation.integrations.file_controls import judge_file
from data_framework.modules.validation.integrations.file_validator import LandedFile, configured_controls
from data_framework.modules.validation.interface_quality_controls import (
    Compiled,
    ControlContext,
    ControlResult,
    QualityControlsInterface,
)
from data_framework.modules.validation.judging import failed, judge
from data_framework.modules.validation.loading import all_controls
from data_framework.modules.validation.own_rules import RuleBook
from data_framework.modules.validation.past import Pasts
from data_framework.modules.validation.places import TableFinder, controls_database, is_of, promised
from data_framework.modules.validation.python_controls import find_function
from data_framework.modules.validation.rules import RuleError
from data_framework.modules.validation.rules.model import Effect
from data_framework.modules.validation.store import append_rows, result_row
from data_framework.modules.validation.tables import RESULTS, Loaded


class QualityControls(QualityControlsInterface):
    """The rules engine of one run.

    Controls come from the project's JSON and from the tables `controls_master` and `controls_dataset`; they are read
    once per run.
    """

    def __init__(self, config: Config, catalogue: CatalogueInterface) -> None:
        self._config = config
        self._catalogue = catalogue
        self._parent: Any = None

    @cached_property
    def controls(self) -> list[Loaded]:
        """Every control there is, those of the tables after those of the project."""
        return all_controls(self._config, self._catalogue)

    @cached_property
    def _rules(self) -> RuleBook:
        return RuleBook(self._config.project)

    @override
    def compile(
        self, target: TableRef, columns: Mapping[str, DataType], keys: Sequence[str], context: ControlContext
    ) -> Compiled:
        started = datetime.now(UTC).isoformat()
        checks: list[Check] = []
        bound: dict[str, Bound] = {}
        errors: dict[str, str] = {}
        effects: list[Effect] = []
        for loaded in self._of_table(target, context):
            identity = _free(loaded.control.key or loaded.control.algorithm, bound)
            scope = self._scope(target, columns, keys, context, loaded)
            try:
                check, found, effect = compile_control(loaded.usable, scope, identity)
            except RuleError as error:
                errors[identity] = str(error)
                bound[identity] = Bound(loaded.control, loaded.control.field, "rows", limits_of(loaded.control))
                continue
            checks += [check] if check is not None else []
            effects += [effect] if effect else []
            bound[identity] = replace(found, started=started)
        return Compiled(target, tuple(checks), _policy(effects), bound, errors)

    @override
    def judge(self, compiled: Compiled, verdict: Verdict, context: ControlContext) -> list[ControlResult]:
        now = datetime.now(ZoneInfo(self._config.platform.time_zone))
        today = self._today(context)
        pasts = Pasts(self._catalogue, controls_database(self._config, RESULTS), context.file_date)
        results = []
        for identity, bound in compiled.controls.items():
            if identity in compiled.errors:
                result = failed(bound.control, compiled.errors[identity], compiled.target, context.file_date, bound)
            else:
                count = _with_keys(bound, verdict.checks.get(identity, _missing(bound)), verdict)
                past = partial(pasts.runs, bound.control, compiled.target)
                result = judge(bound, count, compiled.target, context.file_date, now, today, past)
            end = datetime.now(UTC).isoformat()
            results.append(replace(result, initial_date=bound.started or end, end_date=end))
        return results

    @override
    def judge_file(self, raw: TableRef, landed: Any, context: ControlContext) -> list[ControlResult]:
        results = []
        for loaded, configured in [*_configured(landed), *((one, True) for one in self._of_file(raw))]:
            started = datetime.now(UTC).isoformat()
            result, judged = judge_file(loaded, landed, raw, context.file_date)
            if judged or configured:
                results.append(replace(result, initial_date=started, end_date=datetime.now(UTC).isoformat()))
        return results

    @override
    def save(self, results: Sequence[tuple[ControlResult, ControlContext]], token: str = "") -> None:
        if results:
            rows = [result_row(result, context) for result, context in results]
            named = {"execution-id": results[0][1].run_id, "run-id": token}
            append_rows(self._catalogue, controls_database(self._config, RESULTS), rows, named)

    @override
    def set_parent(self, parent: Any) -> None:
        self._parent = parent

    def _of_table(self, target: TableRef, context: ControlContext) -> list[Loaded]:
        found = [
            loaded
            for loaded in self.controls
            if loaded.control.active and loaded.control.level == "Data" and is_of(loaded.control, target, self._config)
        ]
        return [*found, *(Loaded(_master_fields(entry, context.casting)) for entry in context.data_controls)]

    def _of_file(self, raw: TableRef) -> list[Loaded]:
        return [
            loaded
            for loaded in self.controls
            if loaded.control.active and loaded.control.level == "File" and is_of(loaded.control, raw, self._config)
        ]

    def _scope(
        self, target: TableRef, columns: Mapping[str, DataType], keys: Sequence[str], context: ControlContext,
        loaded: Loaded,
    ) -> Scope:  # fmt: skip
        parent = context.parent if context.parent is not None else self._parent
        values = {"file_date": context.file_date, "file_name": context.file_name,
                  "current_date": context.current_date, "vars": dict(context.variables or {})}  # fmt: skip
        finder = TableFinder(self._config, self._catalogue, target, context.dataflow, context.process)
        function = partial(find_function, parent=parent, config=self._config, from_table=loaded.from_table)
        return Scope(
            target, columns, keys, values, finder, finder.columns, function, context.inferred,
            today=self._today(context), contract=partial(promised, self._config, target), rules=self._rules,
        )  # fmt: skip

    def _today(self, context: ControlContext) -> date:
        if context.current_date:
            return date.fromisoformat(context.current_date)
        return datetime.now(ZoneInfo(self._config.platform.time_zone)).date()


def _missing(bound: Bound) -> CheckCount:
    """What is known of a control the engine was not asked about."""
    return CheckCount() if bound.found is not None else CheckCount(error="it was not judged")


def _configured(landed: LandedFile) -> Iterator[tuple[Loaded, bool]]:
    """The controls of the dataflow's `incoming_file`, and whether each was written there."""
    for name, (arguments, blocking) in configured_controls(landed).items():
        control = Control.model_validate({
            "name": name, "algorithm": name, "level": "File", "arguments": arguments, "blocking": blocking
        })  # fmt: skip
        yield Loaded(control), name in landed.incoming.controls.given


def _master_fields(entry: Any, casting: Any) -> Control:
    master = entry.master_table or getattr(casting, "master_table", None)
    return Control.model_validate({
        "name": f"master_fields {entry.column}", "algorithm": "check_master_fields", "field": entry.column,
        "arguments": {"master_table": master, "column": entry.column}, "on_failure": "quarantine",
    })  # fmt: skip


def _with_keys(bound: Bound, count: CheckCount, verdict: Verdict) -> CheckCount:
    """Count what the key policy of a merge took away before the check could see it."""
    if bound.judging != "keys":
        return count
    return replace(count, total=count.total + verdict.key_faults, invalid=count.invalid + verdict.key_faults)


def _policy(effects: Sequence[Effect]) -> KeyPolicy:
    policy = KeyPolicy()
    for effect in effects:
        policy = KeyPolicy(
            effect.clash or policy.clash, effect.order_by or policy.order_by, effect.nulls or policy.nulls
        )
    return policy


def _free(name: str, taken: Mapping[str, Any]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}#{number}", number + 1
    return free
