"""The root of every error the framework raises, and the two sentences each error states."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override


class DataFrameworkError(Exception):
    """The root of the tree: what happened, with the values, and what to do next.

    A subclass states two templates, `what` and `advice`, filled from the keyword arguments it is raised with;
    the arguments stay readable as `context`. Errors survive pickling (Spark workers send them home).

    Attributes:
        exit_code: What the command line answers when this error ends a run.
    """

    exit_code: ClassVar[int] = 3
    what: ClassVar[str] = "{reason}"
    advice: ClassVar[str] = ""

    def __init__(self, **context: Any) -> None:
        self.context = context
        self.message = self.what.format_map(_Shown(context))
        self.hint = str(context.get("hint") or self.advice.format_map(_Shown(context)))
        super().__init__(f"{self.message} {self.hint}".strip())

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.context))

    def to_dict(self) -> dict[str, Any]:
        """Return the error as the answer of a run shows it: type, message, hint, context as text."""
        context = {key: value if _plain(value) else str(value) for key, value in self.context.items()}
        return {"type": type(self).__name__, "message": self.message, "hint": self.hint, "context": context}


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _rebuild(kind: type[DataFrameworkError], context: dict[str, Any]) -> DataFrameworkError:
    return kind(**context)
