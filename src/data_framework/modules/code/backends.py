"""The table of backends of a module: name → class, and what to install when its library is missing."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data_framework.modules.exception import MissingLibraryError, NotInThisVersionError, UnknownChoiceError


@dataclass(frozen=True)
class Backend:
    """One line of a table.

    Attributes:
        target: `module:Class`, or None for a name whose backend comes in a later version.
        extra: The extra of data-framework that brings its libraries.
    """

    target: str | None
    extra: str = "local"


@dataclass(frozen=True)
class Backends:
    """A table of backends; entry points `data_framework.<what>` are the door for strangers.

    Attributes:
        what: What the backends are, in one word, e.g. `storage`.
        table: The built-in ones by name.
    """

    what: str
    table: Mapping[str, Backend]

    def load(self, name: str) -> Any:
        """Import and return the class registered under a name.

        Raises:
            UnknownChoiceError: The name is neither built in nor registered by an entry point.
            NotInThisVersionError: The name is known, its backend is not part of this version.
            MissingLibraryError: A library of its extra is not installed.
        """
        backend = self.table.get(name) or self._registered(name)
        if backend.target is None:
            choices = ", ".join(key for key, entry in self.table.items() if entry.target)
            raise NotInThisVersionError(kind=self.what, name=name, choices=choices)
        module, _, attribute = backend.target.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("data_framework"):
                raise
            feature = f"The {self.what} {name!r}"
            raise MissingLibraryError(feature=feature, library=error.name, extra=backend.extra) from error

    def _registered(self, name: str) -> Backend:
        import importlib.metadata  # slow to import, and hardly ever needed

        group = f"data_framework.{self.what.replace(' ', '_')}"
        for point in importlib.metadata.entry_points(group=group, name=name):
            return Backend(point.value)
        near = difflib.get_close_matches(name, self.table, n=1)
        suggestion = f"Did you mean {near[0]!r}?" if near else f"Choose one of: {', '.join(self.table)}."
        raise UnknownChoiceError(kind=self.what, name=name, suggestion=suggestion)
