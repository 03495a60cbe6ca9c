"""Building blocks of the house: lazy class properties and tables of backends."""

from data_framework.modules.code.backends import Backend, Backends
from data_framework.modules.code.lazy_class_property import LazyClassProperty

__all__ = ["Backend", "Backends", "LazyClassProperty"]
