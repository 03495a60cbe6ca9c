"""The contract of a stage, and the composition root that serves it."""

from data_framework.modules.dataflow.execution import Execution, config
from data_framework.modules.dataflow.interface_dataflow import DataFlowInterface
from data_framework.modules.dataflow.payload import Payload
from data_framework.modules.dataflow.report import FileEntry, OutputEntry, ProcessReport
from data_framework.modules.dataflow.runtime import Runtime
from data_framework.modules.dataflow.steps import Step
from data_framework.modules.dataflow.unit import Unit

__all__ = ["DataFlowInterface", "Execution", "FileEntry", "OutputEntry", "Payload", "ProcessReport", "Runtime", "Step",
           "Unit", "config"]  # fmt: skip
