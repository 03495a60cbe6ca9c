"""Run a dataflow: find its processes' coordinators, run the units that are due, answer with an exit code."""

from data_framework.launcher.answer import Answer, exit_code_of
from data_framework.launcher.notebook import Project, open_project
from data_framework.launcher.planned import planned
from data_framework.launcher.request import Request, new_execution_id
from data_framework.launcher.run import in_order, run

__all__ = ["Answer", "Project", "Request", "exit_code_of", "in_order", "new_execution_id", "open_project", "planned",
           "run"]  # fmt: skip
