"""The verbs on data: one contract, an engine on one machine (DuckDB inside) and rooms for others."""

from data_framework.modules.data_process.core_data_process import ENGINES, open_data_process
from data_framework.modules.data_process.interface_data_process import DataProcessInterface, Prepared
from data_framework.modules.data_process.plan.model import TablePlan, Written

__all__ = ["ENGINES", "DataProcessInterface", "Prepared", "TablePlan", "Written", "open_data_process"]
