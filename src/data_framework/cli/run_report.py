"""What `run` shows a person: progress while it goes, a summary whose counts add up when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.cli.output import Output

if TYPE_CHECKING:
    from data_framework.launcher import Answer
    from data_framework.modules.dataflow import ProcessReport, Unit


class Lines:
    """Progress in one line that is overwritten, on a terminal."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._process, self._total, self._done = "", 0, 0

    def start(self, process: str, units: int) -> None:
        """Begin a process."""
        self._process, self._total, self._done = process, units, 0
        if units:
            self._show("")

    def advance(self, unit: Unit) -> None:
        """Count a unit."""
        self._done += 1
        self._show(unit.file_name or unit.file_date)

    def end(self, report: ProcessReport) -> None:
        """Nothing to add: the summary says the rest."""

    def _show(self, what: str) -> None:
        self._output.progress(f"{self._process}  {self._done}/{self._total}  {what}")


def show(output: Output, answer: Answer) -> None:
    """Print the summary of a run."""
    output.line(f"{answer.dataflow}  {answer.execution_id}  {answer.duration_s:.1f} s  exit code {answer.exit_code}")
    for report in answer.processes:
        _process(output, report)
    if answer.requests:
        peak = max((report.peak_memory_mb or 0 for report in answer.processes), default=0)
        output.line(f"  {sum(answer.requests.values()):,} requests of AWS, {peak:,.0f} MB of memory at most")
    if answer.error:
        output.line(f"  {answer.error.message} {answer.error.hint}")


def _process(output: Output, report: ProcessReport) -> None:
    if report.skipped and not report.errors:
        output.line(f"  {report.process}: nothing to do")
        return
    output.line(f"  {report.process}  {report.duration_s:.1f} s")
    for unit in report.would_run:
        output.line(f"    would run {unit}")
    _files(output, report)
    _tables(output, report)
    for result in report.controls:
        if result.rag != "green" or result.error:
            why = result.error or result.detail or f"{result.invalid} of {result.total} rows"
            blocking = " (blocking)" if result.blocking else ""
            output.line(f"    control {result.name or result.control_master_id} is {result.rag}{blocking}: {why}")
    for out in report.outputs:
        output.line(f"    report {out.name}: {out.rows} rows  {out.path}" if out.success
                    else f"    report {out.name} failed: {out.error}")  # fmt: skip
    for warning in dict.fromkeys(report.warnings):
        output.line(f"    warning: {warning}")
    for said in dict.fromkeys(f"{error.message} {error.hint}" for error in report.errors):  # the same of many dates
        output.line(f"    {said}")


def _files(output: Output, report: ProcessReport) -> None:
    counts: dict[str, int] = {}
    for entry in report.files:
        counts[entry.disposition] = counts.get(entry.disposition, 0) + 1
    if counts:
        output.line("    files: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    for entry in report.files:
        if entry.reasons:
            output.line(f"    {entry.disposition} {entry.file_name}: {'; '.join(entry.reasons)}")


def _tables(output: Output, report: ProcessReport) -> None:
    totals: dict[str, list[int]] = {}
    for entry in report.tables:
        counts = entry.to_answer()
        row = totals.setdefault(str(entry.ref), [0] * 7)
        for index, name in enumerate(("read", "written", "unchanged", "quarantined", "dropped", "merged", "deleted")):
            row[index] += counts[f"rows_{name}"]
    for table, (read, written, unchanged, quarantined, dropped, merged, deleted) in totals.items():
        output.line(f"    {table}: {read} rows read = {written} written + {unchanged} unchanged + "
                    f"{quarantined} quarantined + {dropped} dropped + {merged} merged"
                    + (f"; {deleted} deleted" if deleted else ""))  # fmt: skip
