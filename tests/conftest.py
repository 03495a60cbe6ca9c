"""Spark for the tests that ask for it: one JVM for the whole run, started by the first of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# the JVM of tests and of the commands they start: quick to start, little memory
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
# a loaded machine draws slowly; that says nothing of the code
settings.register_profile("loaded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loaded")
_FOLDERS = ("tests/spark/", "tests/conformance/")
_OWN = [  # warnings of pyspark's own
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes are deprecated:DeprecationWarning"),  # Spark 3.5
]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of Spark carry its mark."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()) or any(folder in item.nodeid for folder in _FOLDERS):
            for marker in ("spark", *_OWN, pytest.mark.xdist_group("spark")):  # one worker, so one JVM
                item.add_marker(marker)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session with a catalogue of its own. Without Java or libraries tests are skipped, but never in CI."""
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    from data_framework.modules.data_process.integrations.spark.session.sessions import open_session
    from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings, local_catalogue
    from data_framework.modules.exception.spark_exceptions import SparkError
    from spark.small import SMALL

    try:
        yield open_session(SparkSettings(local_catalogue(tmp_path_factory.mktemp("spark")), extra=SMALL))
    except SparkError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
