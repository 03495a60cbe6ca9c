"""Find a transformation by type and apply the configured ones in order."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from data_framework.modules.data_process.transformations import built_in
from data_framework.modules.data_process.transformations.built_in import Texts
from data_framework.modules.exception import UnknownTransformationError
from data_framework.modules.utils.data_types import DataType

Transformation = Callable[[Any, Texts, Mapping[str, DataType]], Texts]

BUILT_IN: dict[str, Transformation] = {
    "parse_dates": built_in.parse_dates,
    "fix_incompatible_characters": built_in.fix_incompatible_characters,
    "add_filename_column": built_in.add_filename_column,
}


def transform(steps: Sequence[Any], texts: Texts, types: Mapping[str, DataType]) -> tuple[Texts, tuple[str, ...]]:
    """Apply transformations in order.

    Args:
        steps: Configured transformations, each with a `type`.
        texts: Column → expression of its text.
        types: Column → type it will be cast to.

    Returns:
        The texts afterwards, and the columns that were not there before.

    Raises:
        UnknownTransformationError: A type is neither built in nor importable.
    """
    before = set(texts)
    for step in steps:
        texts = _find(step.type)(step, dict(texts), types)
    return texts, tuple(name for name in texts if name not in before)


def _find(name: str) -> Transformation:
    if name in BUILT_IN:
        return BUILT_IN[name]
    for point in importlib.metadata.entry_points(group="data_framework.transformation", name=name):
        found: Transformation = point.load()
        return found
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(f"transformation.{module}"), attribute)  # type: ignore[no-any-return]
    except (ImportError, AttributeError) as error:
        raise UnknownTransformationError(name=name, reason=str(error)) from error
