"""What will happen to one table, as a value, and the words its expressions use."""

from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    FrameSource,
    FunctionCheck,
    PlanColumn,
    QueryCheck,
    QuerySource,
    RawFile,
    RawSource,
    Source,
    TablePlan,
    TableSource,
    Verdict,
    Written,
)

__all__ = [
    "AggregateCheck", "FrameSource", "FunctionCheck", "PlanColumn", "QueryCheck", "QuerySource", "RawFile",
    "RawSource", "Source", "TablePlan", "TableSource", "Verdict", "Written",
]  # fmt: skip
