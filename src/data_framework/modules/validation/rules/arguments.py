"""Arguments of a rule as a control gives them, checked and turned into what the rule's function takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from data_framework.modules.utils.data_types import DataType, parse_type
from data_framework.modules.utils.nearest import suggest
from data_framework.modules.utils.regex import portability_problem
from data_framework.modules.validation.rules.literals import number
from data_framework.modules.validation.rules.model import Argument, Rule, RuleError

#: Reads the arguments that mean something only beside a table, by kind.
Readers = Mapping[str, Callable[[Any], Any]]

_DURATION = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*\Z", re.IGNORECASE)
_SHARED_ONLY = re.compile(r"(\\\\)|\\([pPz])(?:(?<!z)(?:\{\^?\w+\}|[A-Z]))?")
_AS_PYTHON = {"p": r"\w", "P": r"\W", "z": ""}
_SECONDS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "": 86400,
            "d": 86400, "day": 86400, "w": 604800, "week": 604800}  # fmt: skip


def bind_arguments(rule: Rule, given: Mapping[str, Any], readers: Readers) -> dict[str, Any]:
    """Check the arguments of a control against what its rule declares.

    Args:
        rule: The rule.
        given: The control's `arguments`; null counts as not given.
        readers: Read conditions, columns, rules and queries; what has no reader here is checked alone.

    Raises:
        RuleError: An argument is unknown, missing or not what it must be.
    """
    declared = {argument.name: argument for argument in rule.arguments}
    for name in given:
        if name not in declared:
            raise RuleError(f"{rule.name} has no argument {name!r}.{near(name, declared)}")
    bound: dict[str, Any] = {}
    for argument in rule.arguments:
        value = given.get(argument.name)
        if value is None and argument.required:
            raise RuleError(f"{rule.name} needs the argument {argument.name!r}: {argument.about}")
        if value is None:
            value = argument.default
        if value is None:
            bound[argument.name] = None
        else:
            checked = _CHECKS[argument.kind](argument, value)
            bound[argument.name] = readers[argument.kind](checked) if argument.kind in readers else checked
    return bound


def near(name: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest of a closed set, or the set.

    Example:
        >>> near("vlaues", ["values"])
        " Did you mean 'values'?"
    """
    return f" {suggest(name, known) or 'It takes none.'}"


def seconds(value: object, what: str = "max_age") -> float:
    """Read a duration: a number of days, or a number with a unit.

    Example:
        >>> seconds("36 hours"), seconds("90m"), seconds(2)
        (129600.0, 5400.0, 172800.0)
    """
    match = _DURATION.match(str(value)) if not isinstance(value, bool) else None
    unit = match[2].lower() if match else "?"
    size = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
    if match is None or size is None:
        raise RuleError(f"{what} must be a duration such as '36 hours', '2 days' or '90m', not {value!r}")
    return float(match[1]) * size


def order_terms(value: object, what: str = "order_by") -> tuple[tuple[str, bool], ...]:
    """Read `a desc, b` as columns and whether each descends.

    Example:
        >>> order_terms("a desc, b")
        (('a', True), ('b', False))
    """
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) and text.split() for text in texts):
        raise RuleError(f"{what} must name columns such as 'a desc, b', not {value!r}")
    terms = []
    for text in texts:
        name, *direction = text.split()
        if len(direction) > 1 or (direction and direction[0].lower() not in {"asc", "desc"}):
            raise RuleError(f"{what} must name columns such as 'a desc, b', not {value!r}")
        terms.append((name.strip('`"'), bool(direction) and direction[0].lower() == "desc"))
    return tuple(terms)


def names_of(value: object, what: str = "fields") -> tuple[str, ...]:
    """Read one name, a comma list of names, or a list of names."""
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise RuleError(f"{what} must be names of columns, not {value!r}")
    return tuple(text.strip() for text in texts)


def _text(argument: Argument, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise RuleError(f"{argument.name} must be text, not {value!r}")
    return value


def _value(argument: Argument, value: object) -> object:
    if isinstance(value, Collection) and not isinstance(value, str):
        raise RuleError(f"{argument.name} must be one value, not {value!r}")
    return value


def _values(argument: Argument, value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise RuleError(f"{argument.name} must be a list of values, not {value!r}")
    if any(item is None for item in value):
        raise RuleError(f"{argument.name} must not hold null: `nulls` says how nulls are judged")
    return [_value(argument, item) for item in value]


def _count(argument: Argument, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise RuleError(f"{argument.name} must be a whole number of at least 0, not {value!r}")
    return value


def _pattern(argument: Argument, value: object) -> str:
    if not isinstance(value, str):
        raise RuleError(f"{argument.name} must be a regular expression, not {value!r}")
    return portable(value)


def portable(pattern: str, key: str = "arguments") -> str:
    """Check that a pattern means the same on both engines and return it.

    Raises:
        RuleError: It does not; the message says where.
    """
    reason = portability_problem(_SHARED_ONLY.sub(lambda found: found[1] or _AS_PYTHON[found[2]], pattern))
    if reason:
        raise RuleError(f"the pattern {pattern!r} cannot be used: {reason}", key)
    return pattern


def _choice(argument: Argument, value: object) -> str:
    if value not in argument.choices:
        raise RuleError(f"{argument.name} cannot be {value!r}.{near(str(value), argument.choices)}")
    return str(value)


def _flag(argument: Argument, value: object) -> bool:
    if not isinstance(value, bool):
        raise RuleError(f"{argument.name} must be true or false, not {value!r}")
    return value


def _list(argument: Argument, value: object) -> list[Any]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not found:
        raise RuleError(f"{argument.name} must be a list with one item at least, not {value!r}")
    return list(found)


def _pairs(argument: Argument, value: object) -> list[list[Any]]:
    return [_values(argument, item) for item in _list(argument, value)]


def _like(argument: Argument, value: object) -> str:
    if not isinstance(value, str):
        raise RuleError(f"{argument.name} must be a pattern with % and _, not {value!r}")
    if re.search(r"\\(?![%_\\])", re.sub(r"\\\\", "", value)):
        raise RuleError(f"{argument.name}: a \\ in {value!r} stands before none of %, _ and \\")
    return value


def _type(argument: Argument, value: object) -> DataType:
    try:
        found = parse_type(str(value))
    except ValueError as error:
        raise RuleError(f"{argument.name}: {error}") from error
    bare = isinstance(value, str) and value.strip().lower() in {"decimal", "numeric"}
    return DataType("decimal") if bare and argument.kind == "types" else found


def _schema(argument: Argument, value: object) -> str:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise RuleError(f"{argument.name} is no JSON: {error}") from error
    if not isinstance(value, Mapping | bool):
        raise RuleError(f"{argument.name} must be a JSON Schema, an object, not {value!r}")
    return json.dumps(value if isinstance(value, bool) else dict(value), ensure_ascii=False)


def _rules(argument: Argument, value: object) -> list[Mapping[str, Any]]:
    items = _list(argument, value)
    for item in items:
        unknown = set(item) - {"algorithm", "arguments"} if isinstance(item, Mapping) else {"?"}
        if unknown or not isinstance(item.get("algorithm"), str):
            raise RuleError(f'{argument.name} must be a list of {{"algorithm", "arguments"}}, not {item!r}')
    return items


def _contract(argument: Argument, value: object) -> str | Mapping[str, str]:
    if isinstance(value, Mapping):
        kinds = Argument(argument.name, "type", argument.about)
        return {str(name): str(_type(kinds, kind)) for name, kind in value.items()}
    return _text(argument, value)


_CHECKS: Mapping[str, Callable[[Argument, Any], Any]] = {
    "value": _value,
    "values": _values,
    "number": lambda argument, value: number(value, argument.name),
    "count": _count,
    "text": _text,
    "pattern": _pattern,
    "choice": _choice,
    "flag": _flag,
    "table": _text,
    "names": lambda argument, value: names_of(value, argument.name),
    "pairs": _pairs,
    "patterns": lambda argument, value: [_pattern(argument, item) for item in _list(argument, value)],
    "like": _like,
    "likes": lambda argument, value: [_like(argument, item) for item in _list(argument, value)],
    "condition": _text,
    "column": _text,
    "type": _type,
    "types": lambda argument, value: [_type(argument, item) for item in _list(argument, value)],
    "schema": _schema,
    "rules": _rules,
    "contract": _contract,
    "query": _text,
    "duration": lambda argument, value: seconds(value, argument.name),
    "order": lambda argument, value: order_terms(value, argument.name),
}
