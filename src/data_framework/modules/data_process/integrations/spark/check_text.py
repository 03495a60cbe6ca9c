"""Checks as Spark writes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.data_process.plan.check_text import Writer, check_text
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import Check
from data_framework.modules.utils.data_types import DataType


def check_sql(check: Check, types: Mapping[str, DataType]) -> str:
    """The SQL of a check over columns of these types."""
    of_rows = partial(render, deliveries=Deliveries(types=dict(types)))
    return check_text(check, Writer(of_rows, render, quoted, "struct"))
