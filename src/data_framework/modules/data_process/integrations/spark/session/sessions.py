"""Spark sessions: one JVM a process, started when it is first needed; in it a session for each project.

Locally the JVM is ours: pinned libraries on its class path, everything in one process. Under spark-submit and on EMR it
is there already, and only what belongs to a session is set.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

import data_framework
from data_framework.modules.code import LazyClassProperty
from data_framework.modules.data_process.integrations.spark.session import jars
from data_framework.modules.data_process.integrations.spark.session.java import check_java
from data_framework.modules.data_process.integrations.spark.session.jvm import SUBMITTED_VARIABLE, start_jvm
from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings
from data_framework.modules.data_process.integrations.spark.sql import functions
from data_framework.modules.exception import SparkLibraryError, SparkStartError

_CATALOG_CLASS = "org.apache.iceberg.spark.SparkCatalog"


def open_session(settings: SparkSettings) -> SparkSession:
    """The session of a project: the same one for the same settings.

    The first one starts Spark (or joins the Spark that spark-submit started); later ones share its JVM and have their
    own catalogue and views.

    Raises:
        JavaMissingError, JavaVersionError: There is no Java that Spark runs on.
        SparkVersionError, JarMissingError: The libraries of the JVM are not there.
        SparkStartError: The JVM did not start.
    """
    return SparkProcess.sessions.open(settings)


def stop_sessions() -> None:
    """Stop Spark and forget every session: for tests, and before a process forks."""
    SparkProcess.sessions.stop()
    SparkProcess.__dict__["sessions"].forget(SparkProcess)


class Sessions:
    """One Spark, and a session of it for each set of settings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._root: SparkSession | None = None
        self._opened: dict[tuple[tuple[str, str], ...], SparkSession] = {}

    def open(self, settings: SparkSettings) -> SparkSession:
        """The session for settings."""
        key = tuple(sorted(settings.session().items()))
        with self._lock:
            if self._root is None:
                self._root = self._opened[key] = start(settings)
            elif key not in self._opened:
                self._opened[key] = _beside(self._root, settings)
            session = self._opened[key]
        _jvm(session).SparkSession.setActiveSession(session._jsparkSession)
        return session

    def stop(self) -> None:
        """Stop Spark."""
        with self._lock:
            if self._root is not None:
                self._root.stop()
            self._root, self._opened = None, {}


class SparkProcess:
    """What is truly one per process: its Spark, started by the first session."""

    sessions = LazyClassProperty(lambda _process: Sessions())


def start(settings: SparkSettings) -> SparkSession:
    """Start Spark and open its first session."""
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)  # each SQL error again, as JSON
    ours = SUBMITTED_VARIABLE not in os.environ and not jars.are_provided()
    conf = SparkConf().setAll(sorted((_own(settings) if ours else settings.submitted()).items()))
    session = _started(conf)
    _check_library(session)
    functions.register(session)
    return session


def _own(settings: SparkSettings) -> dict[str, str]:
    check_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    found = jars.find(jars.needed(jars.spark_version(), aws=settings.on_aws))
    return settings.local(found, Path(data_framework.__file__).parents[1])


def _started(conf: SparkConf) -> SparkSession:
    if SparkContext._gateway is None:
        gateway, voice = start_jvm(conf)
        try:
            SparkContext(conf=conf, gateway=gateway)
        except Py4JJavaError as error:
            reason = str(error.java_exception.toString()).splitlines()[0]
            raise SparkStartError(reason=reason, stderr=voice.last_words() if voice else "nothing") from error
        if voice is not None:
            voice.hand_on()
    return SparkSession.builder.config(conf=conf).getOrCreate()


def _beside(root: SparkSession, settings: SparkSettings) -> SparkSession:
    session = root.newSession()
    for name, value in settings.session().items():
        if session.conf.isModifiable(name) or name.startswith("spark.sql.catalog."):
            session.conf.set(name, value)
    functions.register(session)
    return session


def _check_library(session: SparkSession) -> None:
    loader = _jvm(session).java.lang.Thread.currentThread().getContextClassLoader()
    try:
        loader.loadClass(_CATALOG_CLASS)
    except Py4JError as error:
        needed = jars.needed(session.version)
        names = ",".join(str(jars.folder() / jar.file_name) for jar in needed)
        raise SparkLibraryError(name=_CATALOG_CLASS, jars=names) from error


def _jvm(session: SparkSession) -> Any:
    return session.sparkContext._jvm
