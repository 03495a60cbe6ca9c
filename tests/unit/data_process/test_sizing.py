"""How large Spark is made: the table of the domain to the letter, fitted to EMR Serverless, and what past runs add."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_framework.launcher import Request, planned
from data_framework.modules.config import SparkConfiguration, open_config
from data_framework.modules.data_process.integrations.spark.dynamic_config import (
    WORKERS,
    Size,
    expected_size,
    fitted,
    size_spark,
)
from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings
from data_framework.modules.data_process.sizing import Measured, Sizing
from data_framework.modules.exception import ConfigErrors
from data_framework.modules.state import Metric, open_state

BELOW = math.nextafter(1, 0)


def at_and_below(limit: float) -> tuple[float, float]:
    return math.nextafter(limit, 0), limit


@pytest.mark.parametrize(
    ("limit", "below", "at"), [(10, 2, 4), (100, 4, 8), (500, 8, 12), (1000, 12, 16)]
)  # fmt: skip
def test_executor_cores_change_at_their_limits(limit: float, below: int, at: int) -> None:
    assert [expected_size(data).executor_cores for data in at_and_below(limit)] == [below, at]


@pytest.mark.parametrize(
    ("data_gb", "memory"), [(0, 2), (9.99, 2), (10, 3), (99, 11), (100, 12), (1179, 119), (1180, 120), (9000, 120)]
)
def test_executor_memory_is_two_and_one_for_every_ten(data_gb: float, memory: int) -> None:
    assert expected_size(data_gb).executor_memory == memory


@pytest.mark.parametrize(
    ("limit", "below", "at"), [(1, (2, 1), (4, 2)), (10, (4, 2), (8, 2)), (500, (8, 2), (16, 4))]
)  # fmt: skip
def test_driver_changes_at_its_limits(limit: float, below: tuple[int, int], at: tuple[int, int]) -> None:
    sizes = [expected_size(data) for data in at_and_below(limit)]
    assert [(size.driver_memory, size.driver_cores) for size in sizes] == [below, at]


@pytest.mark.parametrize(("limit", "below", "at"), [(1, 20, 50), (10, 50, 100), (200, 100, 200)])
def test_disk_changes_at_its_limits(limit: float, below: int, at: int) -> None:
    assert [expected_size(data).disk for data in at_and_below(limit)] == [below, at]


@pytest.mark.parametrize(
    ("limit", "below", "at"), [(1, 0.1, 0.15), (10, 0.15, 0.2), (100, 0.2, 0.25), (500, 0.25, 0.3)]
)  # fmt: skip
def test_overhead_changes_at_its_limits(limit: float, below: float, at: float) -> None:
    assert [expected_size(data).overhead for data in at_and_below(limit)] == [below, at]


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ((1, 1), (1, 2)), ((1, 9), (1, 8)), ((2, 2), (2, 4)), ((2, 17), (2, 16)), ((3, 10), (2, 10)),
        ((4, 31), (4, 30)), ((8, 12), (8, 16)), ((8, 19), (8, 16)), ((8, 20), (8, 20)),
        ((12, 70), (8, 60)), ((16, 33), (16, 32)),
        ((16, 39), (16, 32)), ((16, 40), (16, 40)), ((16, 120), (16, 120)), ((20, 130), (16, 120)),
    ],
)  # fmt: skip
def test_workers_are_rounded_down_to_what_is_allowed(asked: tuple[int, int], allowed: tuple[int, int]) -> None:
    size = fitted(Size(*asked, *asked, disk=20, overhead=0.1))
    assert (size.executor_cores, size.executor_memory) == allowed
    assert (size.driver_cores, size.driver_memory) == allowed


@given(data_gb=st.floats(0, 5000), file_mb=st.floats(0.01, 10_000), peak_gb=st.floats(0, 500))
def test_no_worker_is_ever_above_what_emr_serverless_allows(data_gb: float, file_mb: float, peak_gb: float) -> None:
    volume = {"data_size_gb": data_gb, "avg_file_size_mb": file_mb}
    configuration = SparkConfiguration.model_validate({"delta_volumetric_expectation": volume})
    settings = size_spark(configuration, "delta", Measured(1, data_gb / 2, peak_gb)).settings
    for worker in ("executor", "driver"):
        cores = int(settings[f"spark.{worker}.cores"])
        heap = int(settings[f"spark.{worker}.memory"].removesuffix("g"))
        beside = max(0.375, heap * float(settings[f"spark.{worker}.memoryOverheadFactor"]))
        assert heap >= 1
        assert heap + beside <= WORKERS[cores].most
        assert 20 <= int(settings[f"spark.emr-serverless.{worker}.disk"].removesuffix("G")) <= 200
    assert 4 <= int(settings["spark.sql.shuffle.partitions"]) <= 10_000


def sized(spark: dict[str, Any], mode: Any = "delta", measured: Measured | None = None) -> tuple[dict[str, str], str]:
    sizing = size_spark(SparkConfiguration.model_validate(spark), mode, measured or Measured())
    return dict(sizing.settings), sizing.reason


def test_an_empty_expectation_is_a_tenth_of_a_gigabyte() -> None:
    settings, reason = sized({"delta_volumetric_expectation": {}})
    assert settings["spark.executor.cores"] == "2"
    assert reason == "nothing is known yet of its volume: 0.1 GB is assumed"


def test_each_mode_has_its_expectation() -> None:
    spark = {"full_volumetric_expectation": {"data_size_gb": 700}, "delta_volumetric_expectation": {"data_size_gb": 5}}
    (full, said_full), (delta, said_delta) = sized(spark, "full"), sized(spark, "delta")
    assert (full["spark.executor.cores"], delta["spark.executor.cores"]) == ("8", "2")
    assert said_full == "full_volumetric_expectation says 700 GB"
    assert said_delta == "delta_volumetric_expectation says 5 GB"


def test_the_largest_executors_leave_room_beside_their_heap() -> None:
    settings, _ = sized({"full_volumetric_expectation": {"data_size_gb": 2000}}, "full")
    assert (settings["spark.executor.cores"], settings["spark.executor.memory"]) == ("16", "92g")
    assert settings["spark.executor.memoryOverheadFactor"] == "0.3"


def test_smaller_files_make_more_partitions() -> None:
    few, _ = sized({"delta_volumetric_expectation": {"data_size_gb": 50, "avg_file_size_mb": 512}})
    many, _ = sized({"delta_volumetric_expectation": {"data_size_gb": 50, "avg_file_size_mb": 64}})
    assert (few["spark.sql.shuffle.partitions"], many["spark.sql.shuffle.partitions"]) == ("100", "800")


@pytest.mark.parametrize(
    ("stated", "seen", "cores", "reason"),
    [
        ({}, 20.0, "4", "the latest 3 runs read at most 20 GB at a time, a fifth is added"),
        ({"data_size_gb": 5}, 20.0, "4", "the latest 3 runs read at most 20 GB at a time, a fifth is added"),
        ({"data_size_gb": 50}, 20.0, "4", "delta_volumetric_expectation says 50 GB"),
    ],
)
def test_what_past_runs_read_counts_where_it_is_more_than_expected(
    stated: dict[str, Any], seen: float, cores: str, reason: str
) -> None:
    settings, said = sized({"delta_volumetric_expectation": stated}, measured=Measured(3, seen))
    assert (settings["spark.executor.cores"], said) == (cores, reason)


def test_an_executor_that_was_nearly_full_is_made_larger() -> None:
    settings, reason = sized({}, measured=Measured(2, 1.0, peak_gb=13.0))
    assert (settings["spark.executor.cores"], settings["spark.executor.memory"]) == ("4", "17g")
    assert reason.endswith("; an executor held 13.0 GB, too much for 4 GB")


def test_a_custom_map_replaces_the_sizing_and_the_custom_configuration_is_laid_over_either() -> None:
    laid = [{"parameter": "spark.executor.cores", "value": 3}, {"parameter": "spark.speculation", "value": True}]
    settings, reason = sized({"delta_custom": {"spark.executor.memory": "9g"}, "custom_configuration": laid})
    assert settings == {"spark.executor.memory": "9g", "spark.executor.cores": "3", "spark.speculation": "true"}
    assert reason == ("delta_custom says so; custom_configuration lays spark.executor.cores, spark.speculation over it")
    full, _ = sized({"delta_custom": {"spark.executor.memory": "9g"}, "custom_configuration": laid}, "full")
    assert (full["spark.executor.cores"], full["spark.speculation"], full["spark.driver.cores"]) == ("3", "true", "1")


def test_workers_are_sized_on_a_cluster_only_and_the_projects_own_settings_go_everywhere() -> None:
    sizing = Sizing({"spark.executor.cores": "4", "spark.speculation": "false"}, {"spark.speculation": "true"})
    settings = SparkSettings({}, workers=sizing.workers, extra=sizing.own)
    submitted, local = settings.submitted(), settings.local([], Path("/code"))
    assert (submitted["spark.executor.cores"], submitted["spark.speculation"]) == ("4", "true")
    assert local["spark.speculation"] == "true"
    assert "spark.executor.cores" not in local
    assert sizing.settings == {"spark.executor.cores": "4", "spark.speculation": "true"}


# through a project -------------------------------------------------------------------------------------------------
def project(root: Path, spark: dict[str, Any]) -> Path:
    specifications = {"technology": "emr", "spark_configuration": spark}
    process = {
        "incoming_file": {"file_format": "csv", "filename_pattern": r"a_\d{8}\.csv"},
        "output_file": {"database": "shop_raw", "table": "sales"},
    }
    staging = {
        "target_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
        "processing_specifications": specifications,
    }
    flows = {"sales": {"processes": {"landing_to_raw": process, "raw_to_staging": staging}}}
    root.mkdir(exist_ok=True)
    (root / "transformation.json").write_text(json.dumps({"project_id": "shop", "dataflows": flows}))
    (root / "platform.json").write_text(json.dumps({"local": {"data_root": "data"}}))
    return root


def test_plan_shows_the_sizing_of_each_mode_with_its_reason_and_learns_from_the_run_store(tmp_path: Path) -> None:
    config = open_config(project=project(tmp_path / "shop", {"full_volumetric_expectation": {"data_size_gb": 20}}))
    landing, staging = planned(config, Request(dataflow="sales"))
    assert landing["sizing"] == {}
    assert staging["sizing"]["full"]["reason"] == "full_volumetric_expectation says 20 GB"
    state = open_state(config)
    answer = {
        "execution_id": "r1", "dataflow": "sales", "execution_mode": "delta", "status": "done",
        "processes": [{"process": "raw_to_staging", "engine": "emr", "peak_memory_mb": 9000.0}],
    }  # fmt: skip
    state.save_run("r1", answer)
    for megabytes, process in ((30_000.0, "raw_to_staging"), (12_000.0, "raw_to_staging"), (9e6, "landing_to_raw")):
        named = {"ExecutionId": "r1", "DataFlow": "sales", "Process": process}
        state.save_metrics([Metric("TableReadSize", megabytes, "Megabytes", named, "2026-01-01T00:00:00+00:00")])
    state.close()
    sizing = planned(config, Request(dataflow="sales"))[1]["sizing"]["delta"]
    assert sizing["reason"] == (
        "the latest 1 runs read at most 30 GB at a time, a fifth is added; an executor held 9.0 GB, too much for 8 GB"
    )
    assert sizing["settings"]["spark.executor.memory"] == "12g"


def test_what_is_no_setting_of_spark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match="executor_cores"):
        open_config(project=project(tmp_path / "shop", {"delta_custom": {"executor_cores": 2}}))
