"""Checks that look at the other rows: statistics of all of them first, then the row before, then the verdict."""

from __future__ import annotations

from data_framework.modules.data_process.integrations.pandas.check_text import writer
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.check_text import window_text
from data_framework.modules.data_process.plan.model import WindowCheck


def windowed(staged: Staged, check: WindowCheck, judged: str) -> str:
    """SQL of the rows a check judges: file, record, its fields and `df_valid`."""
    columns = ", ".join([staged.target_columns, hidden.FILE, hidden.RECORD])
    rows = staged.sound(columns).replace(" WHERE ", f" WHERE ({judged}) AND ", 1)
    return window_text(check, rows, writer(staged.deliveries))
