"""The engine: a table's plan run in one pass, and the verbs on frames."""

from data_framework.modules.data_process.core_data_process import ENGINES, check_engine, open_data_process
from data_framework.modules.data_process.interface_data_process import DataProcessInterface, Prepared
from data_framework.modules.data_process.plan.model import TablePlan, Verdict, Written

__all__ = [
    "ENGINES",
    "DataProcessInterface",
    "Prepared",
    "TablePlan",
    "Verdict",
    "Written",
    "check_engine",
    "open_data_process",
]
