"""The built-in transformations: each a pure function of its configuration and the texts of the columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import file_name, reformat_date, repair_struct
from data_framework.modules.utils.data_types import DataType

Texts = dict[str, exp.Expression]


def parse_dates(step: Any, texts: Texts, types: Mapping[str, DataType]) -> Texts:
    """Text in one of `source_format` is written in `target_format`; other text stays as it is."""
    chosen = {name: reformat_date(texts[name], tuple(step.source_format), step.target_format)
              for name in step.columns if name in texts}  # fmt: skip
    return {**texts, **chosen}


def fix_incompatible_characters(step: Any, texts: Texts, types: Mapping[str, DataType]) -> Texts:
    """Struct text (`{key=value}`, single quotes) of the named columns, or of all nested ones, becomes JSON."""
    named = step.columns or [name for name, kind in types.items() if kind.is_nested]
    return {**texts, **{name: repair_struct(texts[name]) for name in named if name in texts}}


def add_filename_column(step: Any, texts: Texts, types: Mapping[str, DataType]) -> Texts:
    """A column that holds the name of the file a row came from."""
    return {**texts, step.target_column: file_name()}
