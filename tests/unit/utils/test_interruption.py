"""Ctrl-C and SIGTERM reach native code at once, inside a block and only there."""

from __future__ import annotations

import os
import signal
import threading
import time

import duckdb
import pytest

from data_framework.modules.utils.interruption import Interruption

LONG = "select sum(a.i * b.i) from range(100000) a(i) cross join range(100000) b(i)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_computation_is_stopped_while_the_main_thread_is_inside_it(number: int) -> None:
    connection = Interruption.reaches(duckdb.connect())
    sender = threading.Timer(0.3, os.kill, (os.getpid(), number))
    with Interruption() as interruption:
        sender.start()
        assert stopped(connection)
        assert interruption.asked
        assert connection.execute("select 1").fetchall() == [(1,)]


def stopped(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a computation of minutes ended by the signal, which Python or DuckDB may be the first to say."""
    try:
        try:
            connection.execute(LONG).fetchall()
        finally:
            time.sleep(0.05)
    except (KeyboardInterrupt, RuntimeError, duckdb.Error):
        return True
    return False


def test_everything_is_as_before_after_the_block_and_blocks_nest() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    threads = threading.active_count()
    with Interruption():
        with Interruption():
            pass
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert threading.active_count() == threads
    assert signal.set_wakeup_fd(-1) == -1


def test_outside_the_main_thread_nothing_changes() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def enter() -> None:
        with Interruption():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert found == [before]
