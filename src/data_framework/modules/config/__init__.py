"""The configuration of a project: two files, contracts and controls, checked and merged into one value."""

from data_framework.modules.config.checks import Check, check_targets_have_code
from data_framework.modules.config.config import Config
from data_framework.modules.config.core import open_config, read_contracts, read_controls
from data_framework.modules.config.explain import as_document, explain
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.flows import (
    Dataflow,
    OutputFile,
    Process,
    SparkConfiguration,
    TableEntry,
    VolumetricExpectation,
)
from data_framework.modules.config.model.incoming import IncomingFile
from data_framework.modules.config.model.platform import Platform
from data_framework.modules.config.model.reports import Report
from data_framework.modules.config.model.tables import TableContract, TableRef
from data_framework.modules.config.project import ProjectFiles
from data_framework.modules.config.schema import DOCUMENTS, document_schema, leaf_keys
from data_framework.modules.config.secrets import masked

__all__ = [
    "DOCUMENTS", "Check", "Config", "Control", "Dataflow", "IncomingFile", "OutputFile", "Platform", "Process",
    "ProjectFiles", "Report", "SparkConfiguration", "TableContract", "TableEntry", "TableRef", "VolumetricExpectation",
    "as_document", "check_targets_have_code", "document_schema", "explain",
    "leaf_keys", "masked", "open_config", "read_contracts", "read_controls",
]  # fmt: skip
