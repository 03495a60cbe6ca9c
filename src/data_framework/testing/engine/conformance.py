"""What every engine has to do: one certifies itself by inheriting these tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from data_framework.modules.data_process.core_data_process import ENGINES
from data_framework.testing.engine import cases  # noqa: F401 - registers the cases
from data_framework.testing.engine.bench import Bench
from data_framework.testing.engine.parity import PARITY, subjects

CASES = tuple(PARITY.cases)


class EngineConformance:
    """Tests of the contract of an engine: it answers every case as the engine `lambda` does.

    An engine gives a fixture `bench` over an empty folder, and says what it is never asked:

        class TestMyEngine(EngineConformance):
            never = {("rule", "in_cidr"): "it has no addresses"}

            @pytest.fixture
            def bench(self, tmp_path):
                with closing(Bench(tmp_path, MyEngine, MyEngine.to_arrow)) as bench:
                    yield bench

    Rules are asked by `data_framework.modules.validation.show_rules`, by the engine's name.

    Attributes:
        never: (kind, name) of `subjects` → why this engine is not asked: the case that shows it is left out.
    """

    never: ClassVar[Mapping[tuple[str, str], str]] = {}

    @pytest.fixture
    def reference(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
        """The engine whose answers count."""
        import pyarrow

        made = Bench(tmp_path_factory.mktemp("reference"), ENGINES.load("lambda"), pyarrow.Table.from_pandas)
        yield made
        made.engine.close()

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
