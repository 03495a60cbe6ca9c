"""What will happen to one table, as a value; how it is made from a contract; the words its expressions use."""

from data_framework.modules.data_process.plan.compile import compile_raw, compile_typed, discarded
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

__all__ = [
    "FrameSource", "PlanColumn", "QuerySource", "RawFile", "RawSource", "TablePlan", "TableSource", "Verdict",
    "Written", "compile_raw", "compile_typed", "discarded",
]  # fmt: skip
