"""The run store on S3: the conformance suite, and what only it promises."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aws.conftest import PREFIX
from aws.faults import failing, refusal
from data_framework.modules.aws import AwsClients
from data_framework.modules.exception import ClaimedElsewhereError, LeaseLostError, RunStoreError
from data_framework.modules.state.documents import Put
from data_framework.modules.state.integrations.s3_state import S3State
from data_framework.testing import StateConformance
from data_framework.testing.state_conformance import delivery

Opener = Callable[..., S3State]


@pytest.fixture
def opened(aws: AwsClients, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    found: list[S3State] = []

    def open_one(lease_seconds: float = 180.0) -> S3State:
        monkeypatch.setattr(S3State, "lease_seconds", lease_seconds)
        found.append(S3State(aws, PREFIX, "shop"))
        return found[-1]

    yield open_one
    for state in found:
        state.close()


class TestS3State(StateConformance):
    @pytest.fixture
    def state(self, opened: Opener) -> S3State:
        return opened()

    @pytest.fixture
    def again(self, opened: Opener) -> S3State:
        return opened()


def test_a_claim_is_renewed_as_long_as_its_owner_lives(opened: Opener) -> None:
    first, second = opened(lease_seconds=2.0), opened(lease_seconds=2.0)
    with first.claim("sales", "run-1"):
        time.sleep(4.5)
        with pytest.raises(ClaimedElsewhereError, match="run-1"), second.claim("sales", "run-2", 0.0):
            pass
    with second.claim("sales", "run-2", 0.0):
        pass


def test_the_claim_of_a_dead_owner_is_taken_over(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    dead, alive = opened(lease_seconds=2.0), opened(lease_seconds=2.0)
    assert dead._try_claim("sales", "run-1")
    dead._claims._ended.set()  # as if it had been killed: nothing renews
    began = time.monotonic()
    with alive.claim("sales", "run-2", 10.0):
        assert 1.0 < time.monotonic() - began < 6.0
    assert "taken over" in caplog.text


def test_who_lost_a_claim_writes_no_more(opened: Opener) -> None:
    slow, fast = opened(lease_seconds=2.0), opened(lease_seconds=2.0)
    assert slow._try_claim("sales", "run-1")
    held = slow._claims._held["sales"]
    slow._claims._ended.set()
    time.sleep(3.1)
    assert fast._try_claim("sales", "run-2")
    slow._claims._renew("sales", held)
    with pytest.raises(LeaseLostError, match="sales"):
        slow.finish("sales", "p", {"u": "f"}, ())
    slow._release("sales")
    assert "run-2" in fast._holder("sales")


def test_a_key_longer_than_s3_allows_is_kept_and_listed(opened: Opener) -> None:
    state, again = opened(), opened()
    keys = ["in/" + "ñ" * 500 + ".csv", "in/" + "ñ" * 500 + "2.csv", "in/a.csv"]
    for number, key in enumerate(keys):
        state.record_delivery(delivery(number, key=key))
    assert {identity.split("|")[0] for identity in again.seen("sales")} == set(keys)
    assert state.record_delivery(delivery(0, key=keys[0], rows=7)).sequence == 1


def test_a_write_whose_answer_was_lost_counts(aws: AwsClients, opened: Opener) -> None:
    state = opened()
    real = aws.client("s3").raw.meta.events
    lost: list[str] = []

    def lose(response: Any, **_: Any) -> int | None:
        # The first answer never arrives; botocore sends the same again, and S3 says that there is one.
        if not lost and response and response[0].status_code == 200:
            lost.append("once")
            return 0
        return None

    real.register("needs-retry.s3.PutObject", lose)
    try:
        assert state._commit([Put("sequence", "k", {"last": 1}, expected=0)])
    finally:
        real.unregister("needs-retry.s3.PutObject", lose)
    assert lost == ["once"]
    assert state._get("sequence", "k").document == {"last": 1}  # type: ignore[union-attr]


def test_trouble_names_the_place(aws: AwsClients, opened: Opener) -> None:
    state = opened()
    denied = refusal("s3", "AccessDenied", 403, "Access Denied")
    with failing(aws, "s3", "GetObject", denied), pytest.raises(RunStoreError, match="s3://acme-dev-state/shop") as it:
        state.payload("/x")
    assert "s3:GetObject" in it.value.hint
    with pytest.raises(RunStoreError, match="other-state"):
        S3State(aws, "other", "shop").finish("sales", "p", {"u": "f"}, ())
