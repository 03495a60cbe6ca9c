"""The libraries Spark needs beside pyspark: pinned, fetched once into the user's cache, checked by their hashes.

Neither Ivy nor the JVM fetches anything when a run starts: files on a class path are the fastest way to start, and the
only one that works without a network (SPARK.md, section 1). On EMR the libraries are there already.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_framework.modules.data_process.integrations.spark.session.java import find_java
from data_framework.modules.exception import (
    DataFrameworkError,
    JarFetchError,
    JarMissingError,
    MissingLibraryError,
    SparkVersionError,
)

FOLDER_VARIABLE = "DATA_FRAMEWORK_SPARK_JARS"
MAVEN_VARIABLE = "DATA_FRAMEWORK_MAVEN_URL"
PROVIDED = "provided"
_SECONDS = 60


@dataclass(frozen=True)
class Jar:
    """One library of the JVM, to the byte."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name as a file."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> str:
        """Where a Maven repository has it."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file_name}"

    def is_in(self, place: Path) -> bool:
        """Whether a file looks like it; only whole and checked files get its name, so the size tells."""
        return place.is_file() and place.stat().st_size == self.size

    def is_same(self, place: Path) -> bool:
        """Whether a file is this library to the byte."""
        if not self.is_in(place):
            return False
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


_ICEBERG = "org.apache.iceberg"
RUNTIMES: Mapping[str, Jar] = {
    "4.1": Jar(_ICEBERG, "iceberg-spark-runtime-4.1_2.13", "1.11.0", 47959591,
               "d6ea6c5d099288daeb7d5a92061bd3d7d8f296492632b42378e5f2f0e3066242"),
    "3.5": Jar(_ICEBERG, "iceberg-spark-runtime-3.5_2.12", "1.11.0", 47964645,
               "94b8e36fc329f0293d44ba9e01b784a56e9501affec1842d898144c51f6e486a"),
}  # fmt: skip
SQLITE = Jar("org.xerial", "sqlite-jdbc", "3.50.3.0", 14346720,
             "a3f53a2aa15ae9425a9e793bbe9c8e5288febeb4b65ef5c1a4e80d4c2045cf08")  # fmt: skip
AWS = Jar(_ICEBERG, "iceberg-aws-bundle", "1.11.0", 63613165,
          "38f01da7e96850cdd05e6616d758b77b43314b712a8808e3f9a824d56976162f")  # fmt: skip
_SDK = "software.amazon.awssdk"
#: Hadoop's client of S3 for the work files of a cluster, on the classes of AWS's bundle; that of Spark 3.5 is older.
BUCKETS: Mapping[str, tuple[Jar, ...]] = {
    "4.1": (
        Jar("org.apache.hadoop", "hadoop-aws", "3.4.2", 936997,
            "d2d24e6b715b5656b9d238bf13b6682a07e2004dd36aad74a73aeb854319f4d9"),
        Jar(_SDK, "s3-transfer-manager", "2.44.4", 256301,
            "dbcad736b19f6eb8471f9edf027d9fffe994228f25f415894efd01fd80cb6c02"),
        Jar(_SDK, "netty-nio-client", "2.44.4", 298487,
            "f1035c27d74ee79becf582ccd7fb25694ab2ec215437b1fb30860690073cd337"),
    ),
}  # fmt: skip


def spark_version() -> str:
    """The version of pyspark that is installed.

    Raises:
        MissingLibraryError: None is.
    """
    try:
        return importlib.metadata.version("pyspark")
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingLibraryError(feature="The engine emr", library="pyspark", extra="spark") from error


def needed(version: str, *, aws: bool = False) -> tuple[Jar, ...]:
    """The libraries that go with a version of pyspark: Iceberg and SQLite, on AWS Iceberg, its bundle and Hadoop's S3.

    Raises:
        SparkVersionError: There are none for it.
    """
    known = ".".join(version.split(".")[:2])
    if known not in RUNTIMES:
        raise SparkVersionError(found=version, known=" and ".join(RUNTIMES))
    return (RUNTIMES[known], AWS, *BUCKETS.get(known, ())) if aws else (RUNTIMES[known], SQLITE)


def are_provided(variables: Mapping[str, str] = os.environ) -> bool:
    """Whether Spark has its libraries already (`DATA_FRAMEWORK_SPARK_JARS=provided`)."""
    return variables.get(FOLDER_VARIABLE) == PROVIDED


def folder(variables: Mapping[str, str] = os.environ) -> Path:
    """Where the libraries are kept: what `DATA_FRAMEWORK_SPARK_JARS` names, or the user's cache."""
    named = variables.get(FOLDER_VARIABLE, "")
    if named and named != PROVIDED:
        return Path(named).expanduser()
    return _user_cache(variables) / "data-framework" / "spark-jars"


def find(jars: Iterable[Jar]) -> list[Path]:
    """Where libraries are: in the folder of the framework or Maven's own.

    Raises:
        JarMissingError: Some are nowhere.
    """
    found = {jar: place for jar in jars for place in _places(jar) if jar.is_in(place)}
    missing = [jar.file_name for jar in jars if jar not in found]
    if missing:
        raise JarMissingError(names=" and ".join(missing), folder=folder())
    return [next(place for place in _places(jar) if jar.is_in(place)) for jar in found]


def fetch(jars: Sequence[Jar]) -> list[Path]:
    """Bring libraries into the folder, unless they are there.

    Ways, in order: a copy in Maven's folder, the mirror `DATA_FRAMEWORK_MAVEN_URL` names, the Ivy that pyspark ships
    (it knows Maven Central), `mvn` (whose settings may know a mirror).

    Raises:
        JarFetchError: None of these ways led there.
    """
    return [_fetched(jar) for jar in jars]


def _places(jar: Jar) -> tuple[Path, Path]:
    return folder() / jar.file_name, Path.home() / ".m2" / "repository" / jar.path


def _fetched(jar: Jar) -> Path:
    target, maven = _places(jar)
    if jar.is_same(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as scratch:
            taken = Path(scratch) / jar.file_name
            _take(jar, maven, taken)
            taken.replace(target)
    except OSError as error:
        raise JarFetchError(name=jar.file_name, reason=str(error)) from error
    return target


def _take(jar: Jar, maven: Path, taken: Path) -> None:
    reasons = []
    ways: dict[str, Callable[[], object]] = {
        "Maven's folder": lambda: shutil.copyfile(maven, taken),
        MAVEN_VARIABLE: lambda: _download(jar, taken),
        "Ivy": lambda: _ask_ivy(jar, taken),
        "mvn": lambda: _ask_maven(jar, taken),
    }
    for name, way in ways.items():
        try:
            way()
        except (OSError, ValueError, subprocess.SubprocessError, DataFrameworkError) as error:
            reasons.append(f"{name}: {error}")
            continue
        if jar.is_same(taken):
            return
        reasons.append(f"{name}: what came is another file (its SHA-256 is not {jar.sha256})")
        taken.unlink(missing_ok=True)
    raise JarFetchError(name=jar.file_name, reason="; ".join(reasons))


def _download(jar: Jar, taken: Path) -> None:
    base = os.environ.get(MAVEN_VARIABLE)
    if not base:
        raise OSError("not set")
    address = f"{base.rstrip('/')}/{jar.path}"
    if not address.startswith(("https://", "http://", "file://")):
        raise OSError(f"{MAVEN_VARIABLE} is no address: {base}")
    with urllib.request.urlopen(address, timeout=_SECONDS) as answer, taken.open("wb") as file:
        shutil.copyfileobj(answer, file)


def _ask_ivy(jar: Jar, taken: Path) -> None:
    """Ivy is a jar of pyspark's that Spark itself resolves packages with."""
    shipped = Path(str(importlib.metadata.distribution("pyspark").locate_file("pyspark/jars")))
    (ivy,) = shipped.glob("ivy-*.jar")
    proxy = urllib.parse.urlsplit(urllib.request.getproxies().get("https", ""))
    flags = [f"-Dhttps.proxyHost={proxy.hostname}", f"-Dhttps.proxyPort={proxy.port or 443}"] if proxy.hostname else []
    _run([str(find_java()), *flags, "-jar", str(ivy), "-cache", str(taken.parent / "ivy"), "-notransitive", "-types",
          "jar", "-dependency", jar.group, jar.artifact, jar.version,
          "-retrieve", f"{taken.parent}/[artifact]-[revision].[ext]"])  # fmt: skip


def _ask_maven(jar: Jar, taken: Path) -> None:
    """Maven's own settings may name a mirror that nothing else here knows of."""
    program = shutil.which("mvn")
    if program is None:
        raise OSError("not installed")
    _run([program, "-q", "-B", "dependency:copy", f"-Dartifact={jar.group}:{jar.artifact}:{jar.version}",
          f"-DoutputDirectory={taken.parent}"])  # fmt: skip


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise OSError(((done.stdout + done.stderr).strip().splitlines() or ["it failed"])[0])


def _user_cache(variables: Mapping[str, str]) -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(variables.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path(variables.get("XDG_CACHE_HOME") or Path.home() / ".cache")
