"""Every key of the schema does something: only one is changed at a time, and something else comes out.

Keys that by design change nothing in this version are named in `stories.keys.inert`, each with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword

from data_framework.modules.config import leaf_keys
from stories.keys import flow, formats, landing, platform, promises
from stories.keys.inert import GIVEN, INERT
from stories.keys.world import Case, Seen, World, look

WORLDS: dict[str, World] = {**landing.WORLDS, **formats.WORLDS, **flow.WORLDS, **promises.WORLDS, **platform.WORLDS}
CASES: list[Case] = [*landing.CASES, *formats.CASES, *flow.CASES, *promises.CASES, *platform.CASES]
ENVIRONMENTS = ("develop", "preproduction", "production")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is seen in a world before the key is changed, with what stands there anyway; looked at once."""
    known: list[tuple[Any, Seen]] = []

    def seen(world: str, given: Any = ()) -> Seen:
        for found, there in known:
            if found == (world, given):
                return there
        known.append(((world, given), look(tmp_path_factory.mktemp("base"), WORLDS[world], given)))
        return known[-1][1]

    return seen


@pytest.fixture(scope="module", autouse=True)
def mail_server() -> Iterator[None]:
    """Takes messages from one user, without TLS."""

    def authenticate(*told: Any) -> AuthResult:
        data = told[-1]
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"robot", b"s3cret-word")
        return AuthResult(success=right, handled=False)

    server = Controller(
        Sink(), hostname="127.0.0.1", port=platform.PORT, authenticator=authenticate, auth_require_tls=False
    )
    server.start()
    yield
    server.stop()


def part(seen: Seen, name: str) -> Any:
    aspect, _, table = name.partition(".")
    return seen[aspect].get(table) if table else seen[aspect]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key.replace("dataflows.*.processes.*.", ""))
def test_a_changed_key_changes_what_comes_out(case: Case, untouched: Any, tmp_path: Path) -> None:
    before = part(untouched(case.world, case.given), case.sees)
    changes = (*case.given, (case.at, case.value))
    seen = look(tmp_path, WORLDS[case.world], changes, tables=case.sees.startswith("tables"))
    after = part(seen, case.sees)
    assert before != after, f"{case.key} is parsed and ignored"


@pytest.mark.parametrize("world", ["csv", "whole", "restating"])
def test_nothing_changed_changes_nothing(world: str, untouched: Any, tmp_path: Path) -> None:
    assert look(tmp_path, WORLDS[world], ()) == untouched(world)


def test_the_keys_without_effect_have_none(untouched: Any, tmp_path: Path) -> None:
    """All of them at once: one that acts makes something else come out."""
    seen = look(tmp_path, WORLDS["whole"], (*GIVEN, *((one.at, one.value) for one in INERT)))
    before = untouched("whole", GIVEN)
    assert {name: seen[name] for name in seen if name != "log"} == {
        name: before[name] for name in before if name != "log"
    }


def test_every_key_is_shown_to_act_or_named_with_a_reason() -> None:
    """A key in both lists, in none, or not in the schema at all is wrong."""
    shown, inert = {case.key for case in CASES}, {one.key for one in INERT}
    schema = {
        f"{document}: {leaf}"
        for document in ("platform", "transformation", "tables", "controls")
        for leaf in leaf_keys(document)
        if not same_elsewhere(document, leaf.place)
    }
    covered = {key for key in shown if not key.startswith(tuple(f"platform: {name}." for name in ENVIRONMENTS))}
    assert not covered & inert
    assert all(one.reason for one in INERT)
    assert {"in the schema only": schema - covered - inert, "not in the schema": (covered | inert) - schema} == {
        "in the schema only": set(), "not in the schema": set(),
    }  # fmt: skip


def same_elsewhere(document: str, place: tuple[str, ...]) -> bool:
    """Whether it is the same model in a second place of the schema, which the tests below go to."""
    return (document == "platform" and place[0] in ENVIRONMENTS) or (document == "tables" and place[0] == "tables")


def test_second_places_have_the_same_keys() -> None:
    platform_keys = [leaf.place for leaf in leaf_keys("platform")]
    local = {place[1:] for place in platform_keys if place[0] == "local"}
    for name in ENVIRONMENTS:
        assert {place[1:] for place in platform_keys if place[0] == name} == local
    flows = {leaf.place[2:] for leaf in leaf_keys("transformation") if leaf.place[:2] == ("dataflows", "*")}
    assert {leaf.place for leaf in leaf_keys("dataflow")} == flows
    contracts = [leaf.place for leaf in leaf_keys("tables")]
    assert {place[2:] for place in contracts if place[0] == "tables"} == {p for p in contracts if p[0] != "tables"}


def test_second_places_are_read_alike(untouched: Any, tmp_path: Path) -> None:
    """A dataflow in a file of its own, and contracts in one list, come to the same."""
    world = WORLDS["whole"]
    documents = world.documents
    flows = dict(documents["transformation"]["dataflows"])
    moved = World(
        {**documents, "transformation": {"project_id": "shop", "dataflows": {}},
         "tables": {"all": {"tables": list(documents["tables"].values())}}},
        world.landed, {**world.files, "dataflows/sales.json": flows["sales"]}, world.commands,
    )  # fmt: skip
    seen, before = look(tmp_path, moved, ()), untouched("whole")
    assert {name: seen[name] for name in ("counts", "reports", "tables")} == {
        name: before[name] for name in ("counts", "reports", "tables")
    }
