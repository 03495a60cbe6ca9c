"""The run store: what was delivered, published, run, measured and answered, and who works on what."""

from data_framework.modules.state.core_state import STATES, open_state
from data_framework.modules.state.interface_state import Delivery, Document, Metric, Publish, StateInterface

__all__ = ["STATES", "Delivery", "Document", "Metric", "Publish", "StateInterface", "open_state"]
