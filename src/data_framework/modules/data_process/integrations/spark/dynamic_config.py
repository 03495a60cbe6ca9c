"""How large Spark is made for a process: from the volume that is expected or was measured, fitted to EMR Serverless.

The tables are those of the domain; what EMR Serverless allows is its page "Worker configurations". Nothing of Spark is
imported: the sizing is printed where no Spark is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from data_framework.modules.config import SparkConfiguration, VolumetricExpectation
from data_framework.modules.data_process.sizing import Measured, Sizing

Mode = Literal["delta", "full"]

_GROWTH = 1.2  # the next delivery may be larger than the largest one so far
_FULL = 0.8  # of its memory: an executor whose peak was above it is made larger
_PARTITIONS = 10_000
_LEAST_OVERHEAD_GB = 0.375  # what Spark takes beside the heap at least


class Workers(NamedTuple):
    """The memory a worker of so many cores may have on EMR Serverless, in GB, in steps from the least."""

    least: int
    most: int
    step: int


WORKERS: Mapping[int, Workers] = {
    1: Workers(2, 8, 1), 2: Workers(4, 16, 1), 4: Workers(8, 30, 1), 8: Workers(16, 60, 4), 16: Workers(32, 120, 8),
}  # fmt: skip

_Steps = tuple[tuple[float, float], ...]
_EXECUTOR_CORES: _Steps = ((10, 2), (100, 4), (500, 8), (1000, 12), (math.inf, 16))
_DRIVER_MEMORY: _Steps = ((1, 2), (10, 4), (500, 8), (math.inf, 16))
_DRIVER_CORES: _Steps = ((1, 1), (500, 2), (math.inf, 4))
_DISK: _Steps = ((1, 20), (10, 50), (200, 100), (math.inf, 200))
_OVERHEAD: _Steps = ((1, 0.1), (10, 0.15), (100, 0.2), (500, 0.25), (math.inf, 0.3))


@dataclass(frozen=True)
class Size:
    """The size of Spark's workers: cores, memory and disk in GB, and the share of memory beside the heap."""

    executor_cores: int
    executor_memory: int
    driver_cores: int
    driver_memory: int
    disk: int
    overhead: float


def expected_size(data_gb: float) -> Size:
    """The size for so much data, by the table of the domain, before it is fitted to anything.

    Example:
        >>> expected_size(10)
        Size(executor_cores=4, executor_memory=3, driver_cores=2, driver_memory=8, disk=100, overhead=0.2)
    """
    return Size(
        executor_cores=int(_at(_EXECUTOR_CORES, data_gb)),
        executor_memory=min(120, 2 + math.floor(data_gb / 10)),
        driver_cores=int(_at(_DRIVER_CORES, data_gb)),
        driver_memory=int(_at(_DRIVER_MEMORY, data_gb)),
        disk=int(_at(_DISK, data_gb)),
        overhead=_at(_OVERHEAD, data_gb),
    )


def fitted(size: Size) -> Size:
    """The largest size EMR Serverless allows that is not above a size; what lies below its least is raised to it.

    Example:
        >>> fitted(expected_size(700))
        Size(executor_cores=8, executor_memory=60, driver_cores=4, driver_memory=16, disk=200, overhead=0.3)
    """
    executor_cores, executor_memory = _worker(size.executor_cores, size.executor_memory)
    driver_cores, driver_memory = _worker(size.driver_cores, size.driver_memory)
    return Size(executor_cores, executor_memory, driver_cores, driver_memory, size.disk, size.overhead)


def size_spark(configuration: SparkConfiguration, mode: Mode, measured: Measured) -> Sizing:
    """Size Spark for a process.

    A `*_custom` map replaces everything; else the larger of what the configuration expects and what past runs
    measured decides. `custom_configuration` is laid over either.
    """
    custom = configuration.full_custom if mode == "full" else configuration.delta_custom
    if custom:
        workers, reason = {name: _text(value) for name, value in custom.items()}, f"{mode}_custom says so"
    else:
        workers, reason = _from_volume(configuration, mode, measured)
    own = {entry.parameter: _text(entry.value) for entry in configuration.custom_configuration}
    if own:
        reason += f"; custom_configuration lays {', '.join(own)} over it"
    return Sizing(workers, own, reason)


def _from_volume(configuration: SparkConfiguration, mode: Mode, measured: Measured) -> tuple[dict[str, str], str]:
    key = f"{mode}_volumetric_expectation"
    expectation: VolumetricExpectation = getattr(configuration, key)
    data_gb, reason = _volume(expectation, key, measured)
    size = fitted(expected_size(data_gb))
    larger = _with_room(size, measured.peak_gb)
    if larger != size:
        reason += f"; an executor held {measured.peak_gb:.1f} GB, too much for {size.executor_memory} GB"
    return _settings(larger, data_gb, expectation.avg_file_size_mb), reason


def _volume(expectation: VolumetricExpectation, key: str, measured: Measured) -> tuple[float, str]:
    stated = "data_size_gb" in expectation.model_fields_set
    seen = round(measured.data_gb * _GROWTH, 3)
    said = f"the latest {measured.runs} runs read at most {measured.data_gb:.3g} GB at a time"
    if measured.runs and (seen > expectation.data_size_gb or not stated):
        return seen, f"{said}, a fifth is added"
    if stated:
        return expectation.data_size_gb, f"{key} says {expectation.data_size_gb:g} GB"
    return expectation.data_size_gb, f"nothing is known yet of its volume: {expectation.data_size_gb:g} GB is assumed"


def _with_room(size: Size, peak_gb: float) -> Size:
    """The next larger executor when its peak came near its memory; the largest stays."""
    wanted = math.ceil(peak_gb / _FULL)
    if wanted <= size.executor_memory:
        return size
    for cores, workers in WORKERS.items():
        if cores >= size.executor_cores and workers.most >= wanted:
            memory = workers.least + math.ceil(max(0, wanted - workers.least) / workers.step) * workers.step
            return Size(cores, min(memory, workers.most), size.driver_cores, size.driver_memory, size.disk,
                        size.overhead)  # fmt: skip
    largest = max(WORKERS)
    return Size(largest, WORKERS[largest].most, size.driver_cores, size.driver_memory, size.disk, size.overhead)


def _settings(size: Size, data_gb: float, file_mb: float) -> dict[str, str]:
    partitions = math.ceil(data_gb * 1024 / file_mb)
    return {
        "spark.executor.cores": str(size.executor_cores),
        "spark.executor.memory": f"{_heap(size.executor_cores, size.executor_memory, size.overhead)}g",
        "spark.executor.memoryOverheadFactor": f"{size.overhead:g}",
        "spark.driver.cores": str(size.driver_cores),
        "spark.driver.memory": f"{_heap(size.driver_cores, size.driver_memory, size.overhead)}g",
        "spark.driver.memoryOverheadFactor": f"{size.overhead:g}",
        "spark.emr-serverless.executor.disk": f"{size.disk}G",
        "spark.emr-serverless.driver.disk": f"{size.disk}G",
        "spark.sql.shuffle.partitions": str(min(_PARTITIONS, max(2 * size.executor_cores, partitions))),
    }


def _heap(cores: int, memory: int, overhead: float) -> int:
    """The memory as sized, or what leaves room for the share beside it in the largest worker of so many cores."""
    most = WORKERS[cores].most
    while memory + max(_LEAST_OVERHEAD_GB, memory * overhead) > most:
        memory -= 1
    return memory


def _worker(cores: int, memory: int) -> tuple[int, int]:
    allowed = max(number for number in WORKERS if number <= max(cores, 1))
    workers = WORKERS[allowed]
    within = min(max(memory, workers.least), workers.most)
    return allowed, workers.least + (within - workers.least) // workers.step * workers.step


def _at(steps: _Steps, data_gb: float) -> float:
    return next(value for limit, value in steps if data_gb < limit)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
