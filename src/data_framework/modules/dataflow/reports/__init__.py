"""Reports: a selection of a table, streamed into a CSV or JSON file that is published whole."""

from data_framework.modules.dataflow.reports.naming import report_key
from data_framework.modules.dataflow.reports.selection import Selection, selection_of
from data_framework.modules.dataflow.reports.write import write_report

__all__ = ["Selection", "report_key", "selection_of", "write_report"]
