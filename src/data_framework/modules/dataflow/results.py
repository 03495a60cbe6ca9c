"""Outcomes of controls on their way to `controls_results`: kept when judged, moved together once a process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from data_framework.modules.validation import ControlContext, ControlResult

if TYPE_CHECKING:
    from data_framework.modules.dataflow.runtime import Runtime

_CONTEXT = ("dataflow", "process", "run_id", "job_id", "file_name", "file_date", "engine")


def keep(runtime: Runtime, unit: str, results: Sequence[ControlResult], context: ControlContext) -> None:
    """Keep the outcomes of one unit in the run store, where a killed run finds them again."""
    if results:
        where = {name: getattr(context, name) for name in _CONTEXT}
        documents = [{"result": result.to_document(), "context": where} for result in results]
        runtime.state.keep_results(context.dataflow, context.process, unit, documents)


def move(runtime: Runtime, dataflow: str, process: str) -> None:
    """Move what is kept of a process into `controls_results`, in one commit; a move that was cut off is ended first."""
    while True:
        token, documents = runtime.state.take_results(dataflow, process)
        if not token:
            return
        runtime.quality_controls.save([_read(document) for document in documents], token)
        runtime.state.results_taken(dataflow, process)


def _read(document: dict[str, Any]) -> tuple[ControlResult, ControlContext]:
    return ControlResult(**document["result"]), ControlContext(**document["context"])
