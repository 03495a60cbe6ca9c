"""What may be done to the text of columns before it is cast: an open registry of functions from texts to texts."""

from data_framework.modules.data_process.transformations.built_in import Texts
from data_framework.modules.data_process.transformations.registry import transform

__all__ = ["Texts", "transform"]
