"""The configuration of a project: two files, contracts and controls, checked and merged into one value."""

from data_framework.modules.config.config import Config
from data_framework.modules.config.core import open_config, read_contracts, read_controls
from data_framework.modules.config.secrets import masked

__all__ = ["Config", "masked", "open_config", "read_contracts", "read_controls"]
