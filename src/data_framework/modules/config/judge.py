"""From a validator's errors to problems with file, line, place, found, expected and the nearest known name."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from data_framework.modules.config.nodes import Key, Node, join_place, plain
from data_framework.modules.config.secrets import is_sensitive, masked
from data_framework.modules.exception import Problem
from data_framework.modules.utils.nearest import suggest

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "bool_parsing": "true or false", "bool_type": "true or false", "string_type": "a text in double quotes",
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number",
    "dict_type": "an object {…}", "mapping_type": "an object {…}",
    "model_type": "an object {…}", "model_attributes_type": "an object {…}", "tuple_type": "a list […]",
    "list_type": "a list […]", "missing": "this key, which is required", "none_required": "null",
}  # fmt: skip


def validate(model: type[M], node: Node, problems: list[Problem]) -> M | None:
    """Make a model of a node; None and all its problems where it does not fit."""
    try:
        return model.model_validate(plain(node))
    except ValidationError as error:
        problems.extend(problems_of(error, model, node))
        return None


def problems_of(error: ValidationError, model: type[BaseModel], node: Node) -> Iterator[Problem]:
    """Translate a validator's errors; several about one place (a union's members) become one."""
    by_place: dict[tuple[str, int | None, str], Problem] = {}
    for detail in _telling(error.errors(include_url=False)):
        problem = _problem(detail, model, node)
        key = (problem.file, problem.line, problem.place)
        known = by_place.get(key)
        if known is None:
            by_place[key] = problem
        elif problem.expected not in known.expected:
            expected = f"{known.expected} or {problem.expected}"
            by_place[key] = Problem(known.file, known.line, known.place, known.found, expected, known.hint)
    yield from by_place.values()


def _telling(details: Sequence[Any]) -> list[Any]:
    """Leave out that a list is too short where that is only because its items are wrong."""
    places = [detail["loc"] for detail in details]
    return [
        detail for detail in details
        if detail["type"] != "too_short"
        or not any(len(place) > len(detail["loc"]) and place[: len(detail["loc"])] == detail["loc"] for place in places)
    ]  # fmt: skip


def fields_at(annotation: Any, path: Sequence[Key]) -> dict[str, Any]:
    """Return the keys a model knows at a path, with their types."""
    reached = list(_members(annotation))
    for key in path:
        reached = [inner for kind in reached for inner in _step(kind, key)] or reached
    models = [kind for kind in map(_bare, reached) if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return {name: field.annotation for model in models for name, field in model.model_fields.items()}


def shown(value: Any, key: str = "") -> str:
    """Write a value as JSON, shortened, secrets masked."""
    text = json.dumps(masked(value, key), ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _problem(detail: Mapping[str, Any], model: type[BaseModel], node: Node) -> Problem:
    path = list(detail["loc"])
    target, rest = _follow(node, path)
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = fields_at(model, path[:-1])
        expected = f"one of {', '.join(sorted(known))}" if known else "no such key"
        return _at(target, f"the unknown key {path[-1]!r}", expected, suggest(str(path[-1]), known) if known else "")
    if kind == "missing":
        place = join_place(target.place, rest[-1] if rest else path[-1])
        return Problem(target.file, target.line, place, "nothing", _EXPECTED[kind])
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    found = "a value that is not shown" if is_sensitive(key) else shown(plain(target), key)
    return _at(target, found, _expected(kind, context, detail["msg"]), _hint(kind, context, plain(target)))


def _at(node: Node, found: str, expected: str, hint: str) -> Problem:
    return Problem(node.file, node.line, node.place, found, expected, hint)


def _follow(node: Node, path: Iterable[Key]) -> tuple[Node, list[Key]]:
    """Walk as far as the path leads; parts that are no key (names of a union's members) are passed over."""
    passed: list[Key] = []
    for key in path:
        child = node.get(key)
        passed = [] if child is not None else [*passed, key]
        node = child if child is not None else node
    return node, passed


def _expected(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind == "literal_error":
        return f"one of {str(context['expected']).replace(' or ', ', ')}"
    if kind == "config":
        return str(context["expected"])
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind in {"too_short", "too_long", "string_too_short", "string_too_long"}:
        return message.partition(" should have ")[2].partition(" after ")[0]
    return message.removeprefix("Value error, ").removeprefix("Input should be ")


def _hint(kind: str, context: Mapping[str, Any], value: Any) -> str:
    if kind == "literal_error" and isinstance(value, str):
        choices = [choice.strip("' ") for choice in str(context["expected"]).replace(" or ", ",").split(",")]
        return suggest(value, [choice for choice in choices if choice])
    return str(context.get("hint") or "")


def _members(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated and not _tag(annotation):
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _step(kind: Any, key: Key) -> Iterator[Any]:
    if _tag(kind) == key:
        yield get_args(kind)[0]
        return
    kind = _bare(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and key in kind.model_fields:
        yield from _members(kind.model_fields[str(key)].annotation)
    elif origin in {tuple, list} and isinstance(key, int):
        yield from _members(arguments[0])
    elif isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(key, str):
        yield from _members(arguments[1])


def _tag(annotation: Any) -> str:
    marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((mark.tag for mark in marks if isinstance(mark, Tag)), "")


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
