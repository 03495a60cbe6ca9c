"""What every engine has to do: one certifies itself by inheriting these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

from data_framework.testing.engine import cases  # noqa: F401 - registers the cases
from data_framework.testing.engine.bench import Bench, opened
from data_framework.testing.engine.parity import PARITY, subjects

CASES = tuple(PARITY.cases)


class EngineConformance:
    """Tests of the contract of an engine: it answers every case as the engine `lambda` does.

    An engine says its name (an entry point `data_framework.technology` makes it known), how its frames become Arrow
    tables, and what it is never asked:

        class TestMyEngine(EngineConformance):
            technology = "mine"
            never = {("type", "map<string,int>"): "it has no maps"}

            @staticmethod
            def arrow(frame):
                return frame.to_arrow()

    Rules are asked by `data_framework.modules.validation.show_rules`, by the engine's name.

    Attributes:
        technology: The engine's name.
        arrow: Makes an Arrow table of one of its frames (a static method).
        never: (kind, name) of `subjects` → why this engine is not asked: the case that shows it is left out.
    """

    technology: ClassVar[str]
    arrow: ClassVar[Callable[[Any], Any]]
    never: ClassVar[Mapping[tuple[str, str], str]] = {}

    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
        """The engine."""
        with opened(self.technology, tmp_path_factory.mktemp("engine"), type(self).arrow) as made:
            yield made

    @pytest.fixture
    def reference(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
        """The engine whose answers count."""
        import pyarrow

        with opened("lambda", tmp_path_factory.mktemp("reference"), pyarrow.Table.from_pandas) as made:
            yield made

    def test_everything_is_shown_or_never_asked(self) -> None:
        every = {(kind, name) for kind, names in subjects().items() for name in names}
        known = {*PARITY.shown, *PARITY.unasked}
        assert every - known == set(), "neither shown to be the same nor marked never(reason)"
        assert known - every == set(), "shown or never asked, and not there any more"
        assert {*PARITY.shown} & {*PARITY.unasked} == set()
        assert {*self.never} - {*PARITY.shown} == set(), "never asked of this engine, and of no other either"

    @pytest.mark.parametrize("name", CASES)
    def test_it_answers_as_the_reference(self, name: str, bench: Bench, reference: Bench) -> None:
        reasons = [reason for subject, reason in self.never.items() if PARITY.shown[subject] == name]
        if reasons:
            pytest.skip("; ".join(reasons))
        assert PARITY.cases[name](bench) == PARITY.cases[name](reference)
