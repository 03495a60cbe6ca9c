"""What takes too long is stopped: the Spark jobs of this thread, cancelled as a group."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS
from data_framework.modules.exception import DataFrameworkError, QueryFailedError

if TYPE_CHECKING:
    from data_framework.modules.data_process.integrations.spark.desk import Desk

_AGAIN = 0.1


@contextmanager
def stopped_after(desk: Desk, seconds: float) -> Iterator[None]:
    """Stop the jobs that are started within when they take too long together.

    Raises:
        QueryFailedError: They were stopped.
    """
    context, group = desk.session.sparkContext, f"df-{uuid.uuid4().hex}"
    done, stopped = threading.Event(), threading.Event()

    def watch() -> None:
        if done.wait(seconds):
            return
        stopped.set()
        while not done.wait(_AGAIN):  # the next job of a query may have begun just after the last was cancelled
            context.cancelJobGroup(group)

    context.setJobGroup(group, "a query with a time limit", interruptOnCancel=True)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except (*SPARK_ERRORS, DataFrameworkError) as error:
        if not stopped.is_set():
            raise
        raise QueryFailedError(reason=f"it was stopped after {seconds:g} seconds, its time limit") from error
    finally:
        done.set()
        watcher.join()
        context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
