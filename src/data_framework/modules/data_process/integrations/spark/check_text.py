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


def writer(deliveries: Deliveries) -> Writer:
    """Spark's writer."""
    return Writer(partial(render, deliveries=deliveries), render, quoted, "struct")


def check_sql(check: Check, types: Mapping[str, DataType]) -> str:
    """The SQL of a check over columns of these types."""
    return check_text(check, writer(Deliveries(types=dict(types))))
