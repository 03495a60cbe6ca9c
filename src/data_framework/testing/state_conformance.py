"""What every run store has to do: a backend certifies itself by inheriting these tests."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace

import pytest

from data_framework.modules.exception import ClaimedElsewhereError, ProjectMovedError, UnknownRunError
from data_framework.modules.state import Delivery, Metric, Publish, StateInterface
from data_framework.modules.state.documents import Change
from data_framework.modules.state.ledger import Batch


def delivery(number: int, **values: object) -> Delivery:
    """A line of the ledger that raw holds."""
    line = Delivery(
        "sales", f"in/sales_{number}.csv", 10 + number, 1_000 + number, file_name=f"sales_{number}.csv",
        file_date="2026-01-01", database="shop", table="sales", content_hash=f"hash-{number}", in_force=True,
        raw_keys=(f"shop/sales/{number}.csv",), reader={"dialect": {"delimiter": ";"}, "names": ["a", "b"]},
        rows=number, reasons=("because",), run_id="run-1",
    )  # fmt: skip
    return replace(line, **values)  # type: ignore[arg-type]


def restated(state: StateInterface, old: Delivery, new: Delivery) -> Delivery:
    """Record a restatement: the old line goes out of force and the new one is written, together."""
    gone = replace(old, in_force=False, superseded_by=new.content_hash)
    return state.record_all([gone, new])[1]


def _changes(state: StateInterface, lines: list[Delivery]) -> list[Change]:
    batch = Batch(state)
    for line in lines:
        batch.add(line)
    return batch.changes


class StateConformance:
    """Tests of the contract of a run store.

    A backend gives a fixture `state`, an empty one for each test, and `again`, another one on the same store:

        class TestMyState(StateConformance):
            @pytest.fixture
            def state(self, tmp_path):
                return MyState(tmp_path)

            @pytest.fixture
            def again(self, tmp_path):
                return MyState(tmp_path)
    """

    # ledger ---------------------------------------------------------------------------------------------------------
    def test_a_delivery_comes_back_as_it_went(self, state: StateInterface, again: StateInterface) -> None:
        kept = state.record_delivery(delivery(1))
        assert kept == delivery(1, sequence=1, arrived=kept.arrived)
        assert kept.arrived
        assert list(again.deliveries()) == [kept]
        assert again.in_force("shop", "sales") == [kept]

    def test_sequences_count_per_dataflow(self, state: StateInterface) -> None:
        found = [state.record_delivery(delivery(number, dataflow=flow))
                 for number, flow in enumerate(["sales", "sales", "sales/eu", "sales"])]  # fmt: skip
        assert [line.sequence for line in found] == [1, 2, 1, 3]
        assert [line.sequence for line in state.deliveries("sales")] == [1, 2, 3]
        assert [line.dataflow for line in state.deliveries("sales/eu")] == ["sales/eu"]
        assert len(list(state.deliveries())) == 4

    def test_the_same_landed_object_keeps_its_line(self, state: StateInterface) -> None:
        first = state.record_delivery(delivery(1))
        second = state.record_delivery(delivery(1, disposition="duplicate", in_force=False))
        assert second.sequence == first.sequence
        assert [line.disposition for line in state.deliveries("sales")] == ["duplicate"]
        assert state.in_force("shop", "sales") == []

    def test_a_file_put_back_is_new(self, state: StateInterface) -> None:
        state.record_delivery(delivery(1))
        again = state.record_delivery(delivery(1, modified=2_000))
        assert again.sequence == 2
        assert state.seen("sales") == {delivery(1).identity, again.identity}

    def test_what_is_seen_is_asked_of_one_dataflow(self, state: StateInterface) -> None:
        state.record_delivery(delivery(2, key="a/b|c%2F.csv"))
        assert state.seen("sales") == {delivery(2, key="a/b|c%2F.csv").identity}
        assert state.seen("sal") == set()

    def test_a_recording_cut_off_leaves_no_object_seen_that_is_not_in_force(self, state: StateInterface) -> None:
        """Where changes are not made together, a process may die between any two of them."""
        for done in range(12):
            old = state.record_delivery(delivery(1, dataflow=f"s{done}", table=f"t{done}"))
            new = delivery(2, dataflow=f"s{done}", table=f"t{done}", disposition="restated")
            gone = replace(old, in_force=False, superseded_by=new.content_hash)
            for change in _changes(state, [gone, new])[:done]:
                assert state._commit([change])
            held = [line.content_hash for line in state.in_force("shop", f"t{done}")]
            if new.identity in state.seen(f"s{done}"):
                assert held == [new.content_hash]
            if new.content_hash not in held:  # otherwise the next run finds a duplicate
                restated(state, old, new)
            assert [line.content_hash for line in state.in_force("shop", f"t{done}")] == [new.content_hash]

    def test_in_force_is_by_date_then_sequence_and_of_one_table(self, state: StateInterface) -> None:
        for number, date in enumerate(["2026-01-02", "2026-01-01", "2026-01-02", ""], 1):
            state.record_delivery(delivery(number, file_date=date))
        state.record_delivery(delivery(5, in_force=False))
        state.record_delivery(delivery(6, table="sales_2"))
        assert [line.rows for line in state.in_force("shop", "sales")] == [4, 2, 1, 3]
        assert [line.rows for line in state.in_force("shop", "sales", "2026-01-02")] == [1, 3]
        assert [line.rows for line in state.in_force("shop", "sales", "")] == [4]
        assert state.in_force("shop", "sale") == []

    def test_a_restatement_takes_the_place_of_the_old_version(self, state: StateInterface) -> None:
        old = state.record_delivery(delivery(1))
        before = state.raw_dates("shop", "sales")
        new = restated(state, old, delivery(2, disposition="restated"))
        assert state.in_force("shop", "sales") == [new]
        gone = next(state.deliveries("sales"))
        assert (gone.in_force, gone.superseded_by, gone.sequence) == (False, "hash-2", 1)
        assert state.raw_dates("shop", "sales").keys() == before.keys()
        assert state.raw_dates("shop", "sales") != before
        back = restated(state, new, delivery(1, modified=5_000))
        assert state.raw_dates("shop", "sales") == before
        assert state.in_force("shop", "sales", "2026-01-01") == [back]

    def test_a_line_that_comes_into_force_again_is_the_latest(self, state: StateInterface) -> None:
        old = state.record_delivery(delivery(1, raw_keys=("_history/1",)))
        new = restated(state, old, delivery(2, disposition="restated"))
        back = restated(state, new, delivery(1, disposition="restated"))
        assert [line.sequence for line in (old, new, back)] == [1, 2, 3]
        assert [(line.sequence, line.in_force, line.superseded_by) for line in state.deliveries("sales")] == [
            (1, False, "hash-2"), (2, False, "hash-1"), (3, True, ""),
        ]  # fmt: skip
        assert state.in_force("shop", "sales") == [back]
        assert state.seen("sales") == {old.identity, new.identity}
        counted = state.record_delivery(replace(back, rows=7))
        assert (counted.sequence, state.in_force("shop", "sales")) == (3, [counted])

    def test_a_rejected_file_taken_after_all_leaves_no_second_line(self, state: StateInterface) -> None:
        state.record_delivery(delivery(1, disposition="rejected", in_force=False))
        state.record_delivery(delivery(2))
        taken = state.record_delivery(delivery(1))
        assert [line.sequence for line in state.deliveries("sales")] == [2, 3]
        assert [line.sequence for line in state.in_force("shop", "sales")] == [2, 3]
        assert taken.sequence == 3

    def test_a_landed_object_read_otherwise_replaces_itself(self, state: StateInterface) -> None:
        old = state.record_delivery(delivery(1))
        new = restated(state, old, replace(delivery(1), content_hash="other", disposition="restated"))
        assert [(line.sequence, line.in_force) for line in state.deliveries("sales")] == [(1, False), (2, True)]
        assert state.in_force("shop", "sales") == [new]

    def test_deliveries_of_a_base_name(self, state: StateInterface) -> None:
        kept = [
            state.record_delivery(delivery(1, key=key)) for key in ("b/a|1.csv", "a|1.csv", "xa|1.csv", "a|1.csv/b")
        ]
        state.record_delivery(delivery(1, key="a|1.csv", dataflow="stock"))
        assert state.named("sales", "a|1.csv") == kept[:2]

    def test_dates_a_base_name_is_in_force_for(self, state: StateInterface) -> None:
        first = state.record_delivery(delivery(1, key="a/x|1.csv", file_name="x|1.csv"))
        state.record_delivery(delivery(2, key="b/x|1.csv", file_name="x|1.csv", file_date="2026-01-02"))
        state.record_delivery(delivery(3, key="x|1.csv", file_name="x|1.csv", file_date="2026-01-03", in_force=False))
        state.record_delivery(delivery(4, file_name="x|1.csv.gz", file_date="2026-01-04"))
        state.record_delivery(delivery(1, dataflow="stock", file_name="x|1.csv", file_date="2026-01-05"))
        assert state.dates_in_force("sales", "x|1.csv") == {"2026-01-01", "2026-01-02"}
        restated(state, first, delivery(5, file_name="y.csv"))
        assert state.dates_in_force("sales", "x|1.csv") == {"2026-01-02"}

    def test_raw_dates_tell_what_changed(self, state: StateInterface) -> None:
        state.record_all([delivery(1), delivery(2), delivery(3, file_date="2026-01-02")])
        first = state.raw_dates("shop", "sales")
        assert list(first) == ["2026-01-01", "2026-01-02"]
        state.record_delivery(delivery(4, file_date="2026-01-02"))
        second = state.raw_dates("shop", "sales")
        assert second["2026-01-01"] == first["2026-01-01"]
        assert second["2026-01-02"] != first["2026-01-02"]
        assert state.raw_dates("shop", "none") == {}

    def test_writers_at_once_get_sequences_of_their_own(self, state: StateInterface, again: StateInterface) -> None:
        def write(store: StateInterface, begin: int) -> None:
            for number in range(begin, begin + 10):
                store.record_delivery(delivery(number))

        threads = [threading.Thread(target=write, args=each) for each in ((state, 0), (again, 100), (state, 200))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [line.sequence for line in state.deliveries("sales")] == list(range(1, 31))
        assert len(state.in_force("shop", "sales")) == 30

    # publishes and completion ---------------------------------------------------------------------------------------
    def test_an_intent_is_open_until_it_is_closed(self, state: StateInterface, again: StateInterface) -> None:
        intent = Publish(
            "p-1", "run-1", "sales", "raw_to_staging", "staging", "shop", "sales", "2026-01-01", started="1"
        )
        other = replace(intent, publish_id="p-0", started="2")
        state.begin_publish(intent)
        state.begin_publish(other)
        state.begin_publish(replace(intent, dataflow="stock"))
        assert again.open_publishes("sales") == [intent, other]
        closed = replace(intent, run_id="run-2", status="committed", counts={"rows_written": 3})
        again.close_publish(closed)
        assert state.open_publishes("sales") == [other]
        assert state.publishes("run-2") == [closed]
        assert len(state.open_publishes("stock")) == 1

    def test_units_are_done_for_an_input(self, state: StateInterface) -> None:
        state.finish("sales", "raw_to_staging", {"2026-01-01": "f1"}, ())
        state.finish("sales", "raw_to_staging", {"2026-01-02/a.csv": "f2"}, ())
        state.finish("sales", "raw_to_staging", {"2026-01-01": "f3"}, ())
        state.finish("sales", "raw_to_staging_2", {"run": "f4"}, ())
        assert state.completed("sales", "raw_to_staging") == {"2026-01-01": "f3", "2026-01-02/a.csv": "f2"}
        assert state.completed("sales", "none") == {}

    def test_outcomes_are_moved_under_one_token(
        self, state: StateInterface, again: StateInterface, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        state.keep_results("sales", "landing_to_raw", "a", [{"name": "n"}])
        keys, first = state._keys, list[tuple[str, list[dict[str, object]]]]()

        def another_is_faster(*arguments: str) -> list[str]:
            found = keys(*arguments)
            first.append(again.take_results("sales", "landing_to_raw"))
            return found

        monkeypatch.setattr(state, "_keys", another_is_faster)
        assert state.take_results("sales", "landing_to_raw") == first[0]
        assert first[0][1] == [{"name": "n"}]
        state.results_taken("sales", "landing_to_raw")
        assert again.take_results("sales", "landing_to_raw") == ("", [])

    # runs, metrics, payloads ----------------------------------------------------------------------------------------
    def test_runs_are_listed_newest_first(self, state: StateInterface) -> None:
        for number in range(5):
            flow = "sales" if number % 2 else "stock"
            state.save_run(f"run-{number}", {"execution_id": f"run-{number}", "dataflow": flow, "status": "done"})
        assert [run["execution_id"] for run in state.runs()] == ["run-4", "run-3", "run-2", "run-1", "run-0"]
        assert [run["execution_id"] for run in state.runs("sales", limit=1)] == ["run-3"]
        assert state.runs("none") == []

    def test_a_run_saved_again_keeps_its_place(self, state: StateInterface) -> None:
        state.save_run("a", {"execution_id": "a", "dataflow": "sales", "status": "running"})
        state.save_run("b", {"execution_id": "b", "dataflow": "sales", "status": "done"})
        state.save_run("a", {"execution_id": "a", "dataflow": "sales", "status": "done", "exit_code": 0})
        assert [(run["execution_id"], run["status"]) for run in state.runs()] == [("b", "done"), ("a", "done")]

    def test_a_run_is_found_by_the_beginning_of_its_id(self, state: StateInterface) -> None:
        for name in ("abc1", "abc2", "xyz"):
            state.save_run(name, {"execution_id": name, "dataflow": "sales", "status": "done"})
        found = state.run("x")
        assert found is not None
        assert found["execution_id"] == "xyz"
        assert state.run("none") is None
        assert state.run("") is None
        with pytest.raises(UnknownRunError, match="2 runs"):
            state.run("abc")
        exact = state.run("abc1")
        assert exact is not None

    def test_a_run_whose_process_lives_is_running(self, state: StateInterface, again: StateInterface) -> None:
        state.save_run("a", {"execution_id": "a", "dataflow": "sales", "status": "running"})
        assert [run["status"] for run in again.runs()] == ["running"]
        assert [run["status"] for run in state.runs()] == ["running"]
        state.close()
        assert [run["status"] for run in again.runs()] == ["interrupted"]

    def test_metrics_come_back_newest_first(self, state: StateInterface) -> None:
        def metric(name: str, run: str, at: int) -> Metric:
            return Metric(name, float(at), "Count", {"ExecutionId": run, "Table": "t"}, f"2026-01-01T00:00:0{at}+00:00")

        state.save_metrics([metric("A", "r1", 1), metric("B", "r1", 2)])
        state.save_metrics([])
        state.save_metrics([metric("A", "r2", 3)])
        assert [found.value for found in state.metrics()] == [3, 2, 1]
        assert [found.value for found in state.metrics("A")] == [3, 1]
        assert [found.value for found in state.metrics(ExecutionId="r1")] == [2, 1]
        assert [found.value for found in state.metrics("A", limit=1, Table="t")] == [3]
        assert state.metrics(Table="none") == []
        assert state.metrics("B") == [metric("B", "r1", 2)]

    def test_a_payload_is_the_last_one(self, state: StateInterface, again: StateInterface) -> None:
        path = "/dataflow/shop/sales-landing_to_raw/result"
        assert state.payload(path) is None
        state.save_payload(path, {"success": False})
        state.save_payload(path, {"success": True, "file_name": "año \udcff.csv"})
        assert again.payload(path) == {"success": True, "file_name": "año \udcff.csv"}

    def test_old_runs_are_forgotten_and_the_ledger_is_not(self, state: StateInterface) -> None:
        state.record_delivery(delivery(1))
        for name in ("old", "older"):
            state.save_run(name, {"execution_id": name, "dataflow": "sales", "status": "done"})
            state.save_metrics([Metric("A", 1.0, "Count", {"ExecutionId": name}, "2026")])
            state.save_payload(f"/runs/{name}/notifications", {"others": 1})
            state.close_publish(Publish("p", name, "sales", "raw_to_staging", "staging", "shop", "sales"))
        time.sleep(0.01)
        assert state.expire_runs(1) == 0
        assert len(state.runs()) == 2
        assert state.expire_runs(0) == 2
        assert (state.runs(), state.runs("sales"), state.metrics(), state.publishes("old")) == ([], [], [], [])
        assert state.payload("/runs/old/notifications") is None
        assert len(list(state.deliveries())) == 1

    # claims ---------------------------------------------------------------------------------------------------------
    def test_a_claim_has_one_owner(self, state: StateInterface, again: StateInterface) -> None:
        with state.claim("dataflow/sales", "run-1"):
            with pytest.raises(ClaimedElsewhereError, match="run-1") as caught:
                again.claim("dataflow/sales", "run-2", wait_seconds=0.05).__enter__()
            assert caught.value.exit_code == 3
            with pytest.raises(ClaimedElsewhereError):
                state.claim("dataflow/sales", "run-3", wait_seconds=0).__enter__()
            with again.claim("dataflow/stock", "run-2", wait_seconds=0):
                pass
        with again.claim("dataflow/sales", "run-2", wait_seconds=0):
            pass

    def test_an_error_ends_a_claim(self, state: StateInterface, again: StateInterface) -> None:
        with pytest.raises(ZeroDivisionError), state.claim("x", "run-1"):
            raise ZeroDivisionError
        with again.claim("x", "run-2", wait_seconds=0):
            pass

    def test_who_waits_says_so_and_gets_it(
        self, state: StateInterface, again: StateInterface, caplog: pytest.LogCaptureFixture
    ) -> None:
        held = state.claim("dataflow/sales", "run-1")
        held.__enter__()

        def release_when_it_waits() -> None:
            end = time.monotonic() + 30
            while "Waiting" not in caplog.text and time.monotonic() < end:
                time.sleep(0.02)
            held.__exit__(None, None, None)

        owner = threading.Thread(target=release_when_it_waits)
        owner.start()
        with caplog.at_level(logging.WARNING), again.claim("dataflow/sales", "run-2", wait_seconds=60):
            pass
        owner.join()
        assert "Waiting" in caplog.text
        assert "run-1" in caplog.text

    # home -----------------------------------------------------------------------------------------------------------
    def test_a_data_root_that_moved_is_refused(self, state: StateInterface, again: StateInterface) -> None:
        state.check_home("/somewhere/data")
        again.check_home("/somewhere/data")
        again.check_home("/somewhere/x/../data")
        with pytest.raises(ProjectMovedError, match="/somewhere/data") as caught:
            again.check_home("/elsewhere/data")
        assert caught.value.exit_code == 2
        assert "/elsewhere/data/landing" in caught.value.hint
