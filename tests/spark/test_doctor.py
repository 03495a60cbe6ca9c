"""`doctor --engine emr`: a real round trip, libraries fetched and checked, the JVM's last words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.data_process.integrations.spark.session import jars
from data_framework.modules.data_process.integrations.spark.session.doctor import check_spark
from data_framework.modules.exception import JarFetchError, SparkVersionError

pytestmark = pytest.mark.quick


def test_a_machine_that_has_all(spark: Any) -> None:
    checks = list(check_spark(fetch=True))
    assert [check for check in checks if not check.ok] == []
    libraries = next(check.found for check in checks if check.name == "libraries of Spark")
    assert [
        name for name in ("iceberg-spark-runtime", "sqlite-jdbc", "iceberg-aws-bundle") if name not in libraries
    ] == []
    assert "create, append, read and drop" in checks[-1].found


def test_a_jvm_that_dies_is_quoted(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_SUBMIT_OPTS", "-agentlib:no-such-agent")
    found = list(check_spark(fetch=False))[-1]
    assert not found.ok
    assert "no-such-agent" in found.found


def small(folder: Path, text: bytes) -> jars.Jar:
    """A library of a Maven repository in a folder."""
    import hashlib

    jar = jars.Jar("org.example", "small", "1.0", len(text), hashlib.sha256(text).hexdigest())
    (folder / jar.path).parent.mkdir(parents=True)
    (folder / jar.path).write_bytes(text)
    return jar


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, a repository served from a folder, a folder for libraries; no `mvn`."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(jars.MAVEN_VARIABLE, (tmp_path / "repository").as_uri())
    monkeypatch.setenv(jars.FOLDER_VARIABLE, str(tmp_path / "jars"))
    return tmp_path


def test_a_library_is_fetched_once(places: Path) -> None:
    jar = small(places / "repository", b"jar")
    (found,) = jars.fetch([jar])
    assert found.read_bytes() == b"jar"
    (places / "repository" / jar.path).unlink()
    assert jars.fetch([jar]) == jars.find([jar]) == [found]
    assert [path.name for path in (places / "jars").iterdir()] == ["small-1.0.jar"]


def test_a_copy_of_maven_is_used(places: Path) -> None:
    jar = small(places / "home" / ".m2" / "repository", b"jar")
    assert ".m2" in jars.find([jar])[0].parts
    assert jars.fetch([jar])[0].parent == places / "jars"


def test_without_a_way_every_way_is_told(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(jars.MAVEN_VARIABLE)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(JarFetchError, match=r"Maven's folder: .*DATA_FRAMEWORK_MAVEN_URL: not set; Ivy: .*; mvn: not"):
        jars.fetch([jars.SQLITE])


def test_a_library_comes_by_the_ivy_of_pyspark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest pinned library, from Maven Central; a machine without a network skips it."""
    monkeypatch.delenv(jars.MAVEN_VARIABLE, raising=False)
    taken = tmp_path / jars.SQLITE.file_name
    try:
        jars._ask_ivy(jars.SQLITE, taken)
    except OSError as error:
        pytest.skip(f"no network: {error}")
    assert jars.SQLITE.is_same(taken)


def test_another_file_than_the_pinned_one_is_refused(places: Path) -> None:
    jar = replace(small(places / "repository", b"jar"), sha256="0" * 64)
    with pytest.raises(JarFetchError, match="another file"):
        jars.fetch([jar])
    assert list((places / "jars").iterdir()) == []


def test_a_version_without_libraries_is_refused() -> None:
    assert jars.needed("3.5.9")[0].artifact == "iceberg-spark-runtime-3.5_2.12"
    assert jars.needed("4.1.4", aws=True)[1].artifact == "iceberg-aws-bundle"
    with pytest.raises(SparkVersionError, match=r"4\.0\.1"):
        jars.needed("4.0.1")
