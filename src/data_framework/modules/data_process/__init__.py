"""The engine: a table's plan run in one pass, and the verbs on frames."""

from data_framework.modules.data_process.core_data_process import (
    ENGINES,
    check_engine,
    check_sql,
    installed_engines,
    is_sized,
    open_compactor,
    open_data_process,
    size_engine,
)
from data_framework.modules.data_process.interface_compaction import Compaction
from data_framework.modules.data_process.interface_data_process import (
    DataProcessInterface,
    Marking,
    Prepared,
    QuarantineKeeper,
)
from data_framework.modules.data_process.plan.model import TablePlan, Verdict, Written
from data_framework.modules.data_process.sizing import Measured, Sizing

__all__ = [
    "ENGINES",
    "Compaction",
    "DataProcessInterface",
    "Marking",
    "Measured",
    "Prepared",
    "QuarantineKeeper",
    "Sizing",
    "TablePlan",
    "Verdict",
    "Written",
    "check_engine",
    "check_sql",
    "installed_engines",
    "is_sized",
    "open_compactor",
    "open_data_process",
    "size_engine",
]
