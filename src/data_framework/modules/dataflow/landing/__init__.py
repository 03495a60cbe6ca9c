"""Landed files: which belong to a dataflow, and how one gets into raw."""

from data_framework.modules.dataflow.landing.ingest import Ingested, ingest
from data_framework.modules.dataflow.landing.selection import Landed, Selection, judge, select

__all__ = ["Ingested", "Landed", "Selection", "ingest", "judge", "select"]
