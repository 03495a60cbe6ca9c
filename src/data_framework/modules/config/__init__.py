"""The configuration of a project: two files, contracts and controls, checked and merged into one value."""

from data_framework.modules.config.config import Config
from data_framework.modules.config.core import open_config, read_contracts, read_controls
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.flows import Dataflow, OutputFile, Process, TableEntry
from data_framework.modules.config.model.incoming import IncomingFile
from data_framework.modules.config.model.notifications import Notification
from data_framework.modules.config.model.platform import Platform
from data_framework.modules.config.model.reports import Report
from data_framework.modules.config.model.tables import ColumnContract, TableContract, TableRef
from data_framework.modules.config.project import ProjectFiles
from data_framework.modules.config.secrets import masked

__all__ = [
    "ColumnContract", "Config", "Control", "Dataflow", "IncomingFile", "Notification", "OutputFile", "Platform",
    "Process", "ProjectFiles", "Report", "TableContract", "TableEntry", "TableRef", "masked", "open_config",
    "read_contracts", "read_controls",
]  # fmt: skip
