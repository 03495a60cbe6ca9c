"""The contract of the rules engine: controls become checks of a plan, and what the engine counted becomes verdicts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan.model import Check, KeyPolicy, Verdict
from data_framework.modules.utils.data_types import DataType


@dataclass(frozen=True)
class ControlContext:
    """Where a table is judged: names for results, values for `{file_date}`, `{file_name}` and their kind.

    `inferred` is of text judged without a contract: the type that all cells of a column fit.
    """

    dataflow: str
    process: str
    run_id: str
    job_id: str = ""
    file_name: str = ""
    file_date: str = ""
    current_date: str = ""
    variables: Mapping[str, Any] | None = None
    casting: Any = None
    data_controls: Sequence[Any] = ()
    parent: Any = None
    engine: str = "lambda"
    inferred: Mapping[str, DataType] | None = None


@dataclass(frozen=True)
class Compiled:
    """The controls of one table as checks, with the control each check came from (opaque to the engine).

    `errors` maps control key → why it could not be compiled: such a control fails, and blocks if it is blocking.
    """

    target: TableRef
    checks: tuple[Check, ...]
    key_policy: KeyPolicy
    controls: Mapping[str, Any]
    errors: Mapping[str, str]


@dataclass(frozen=True)
class ControlResult:
    """The outcome of one control: an entry of `controls` in the answer, a row of `controls_results`."""

    control_master_id: str
    control_table_id: str
    name: str
    level: str
    field: str
    dimension: str
    layer: str
    database: str
    table: str
    file_date: str
    total: int
    invalid: int
    metric_value: float
    observed: Any
    threshold: Mapping[str, Any]
    rag: str
    blocking: bool
    success: bool
    detail: str
    error: str
    initial_date: str = ""
    end_date: str = ""
    milliseconds: float = 0.0
    bytes_scanned: int | None = None
    version: str = ""

    @property
    def stops(self) -> bool:
        """Whether this outcome stops the process before its target is touched (amber stops where blocking says so)."""
        return self.blocking and not self.success

    def to_document(self) -> dict[str, Any]:
        """As JSON, to be kept until it is saved."""
        observed = self.observed if isinstance(self.observed, int | float | str | None) else str(self.observed)
        return {**asdict(self), "observed": observed, "threshold": dict(self.threshold)}

    def to_answer(self) -> dict[str, Any]:
        """The fields of INTERFACE's answer."""
        names = (
            "control_master_id", "control_table_id", "name", "level", "field", "dimension", "file_date", "total",
            "invalid", "metric_value", "observed", "threshold", "rag", "blocking", "success", "detail", "error",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


class QualityControlsInterface(ABC):
    """The rules engine of one run."""

    @abstractmethod
    def compile(
        self, target: TableRef, columns: Mapping[str, DataType], keys: Sequence[str], context: ControlContext
    ) -> Compiled:
        """Turn the active controls of a table (JSON, the tables, `data_controls`) into checks over its columns."""

    @abstractmethod
    def judge(self, compiled: Compiled, verdict: Verdict, context: ControlContext) -> list[ControlResult]:
        """Judge what the engine counted by each control's threshold and colour."""

    @abstractmethod
    def judge_file(self, raw: TableRef, landed: Any, context: ControlContext) -> list[ControlResult]:
        """Run the File controls of a delivery before raw: configured ones, and those of level File on the raw table."""

    @abstractmethod
    def save(self, results: Sequence[tuple[ControlResult, ControlContext]], token: str = "") -> None:
        """Append results to `controls_results` in one commit; nothing when there are none.

        Args:
            results: The results, each with where it was judged.
            token: Names the commit; one that is there already is not made again.
        """

    @abstractmethod
    def set_parent(self, parent: Any) -> None:
        """Name the module or object whose functions Python controls call."""
