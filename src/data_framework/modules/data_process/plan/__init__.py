"""What will happen to one table, as a value; how it is made from a contract; the words its expressions use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.plan.model import (
    FrameSource,
    PlanColumn,
    QuerySource,
    RawFile,
    RawSource,
    TablePlan,
    TableSource,
    Verdict,
    Written,
)

if TYPE_CHECKING:
    from data_framework.modules.data_process.plan.compile import compile_raw, compile_typed, discarded

__all__ = [
    "FrameSource", "PlanColumn", "QuerySource", "RawFile", "RawSource", "TablePlan", "TableSource", "Verdict",
    "Written", "compile_raw", "compile_typed", "discarded",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load what compiles plans when it is first used: it needs sqlglot, the values of a plan do not."""
    if name not in __all__:
        raise AttributeError(name)
    from data_framework.modules.data_process.plan import compile as compiling

    return getattr(compiling, name)
