"""The choice of an engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from data_framework.modules.code import Backend, Backends
from data_framework.modules.data_process.interface_compaction import CompactorInterface
from data_framework.modules.data_process.interface_data_process import DataProcessInterface
from data_framework.modules.data_process.sizing import Measured, Sizing
from data_framework.modules.utils.check import Check

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface
    from data_framework.modules.config import Config, Process
    from data_framework.modules.data_process.plan.model import Check as PlanCheck
    from data_framework.modules.storage import StorageInterface
    from data_framework.modules.utils.data_types import DataType

_PANDAS = Backend("data_framework.modules.data_process.integrations.pandas.pandas_data_process:PandasDataProcess")
_SPARK = Backend(
    "data_framework.modules.data_process.integrations.spark.spark_data_process:SparkDataProcess", extra="spark"
)
ENGINES = Backends(
    "technology",
    {"lambda": _PANDAS, "pandas": _PANDAS, "local": _PANDAS, "emr": _SPARK, "spark": _SPARK},
)

_SPARK_CHECKS = Backend(
    "data_framework.modules.data_process.integrations.spark.session.doctor:check_spark", extra="spark"
)
CHECKS = Backends("engine check", {"emr": _SPARK_CHECKS})

_SPARK_SIZE = Backend("data_framework.modules.data_process.integrations.spark.dynamic_config:size_spark")
SIZES = Backends("engine size", {"emr": _SPARK_SIZE})

_WRITER = "data_framework.modules.data_process.integrations.{}.check_text:check_sql"
WRITERS = Backends(
    "writer of checks", {"lambda": Backend(_WRITER.format("pandas")), "emr": Backend(_WRITER.format("spark"))}
)

_DUCKDB = Backend("data_framework.modules.data_process.integrations.pandas.writing.compact:Compactor")
COMPACTORS = Backends("compaction", {"lambda": _DUCKDB})


_LIBRARIES = {"lambda": "duckdb", "emr": "pyspark"}


def installed_engines() -> list[str]:
    """The technologies that can be opened here: their library is installed, for Spark Java as well."""
    import os
    import shutil
    from importlib.util import find_spec

    java = bool(os.environ.get("JAVA_HOME") or shutil.which("java"))
    return [name for name, library in _LIBRARIES.items() if find_spec(library) and (java or library != "pyspark")]


def is_sized(technology: str) -> bool:
    """Whether an engine is made larger or smaller for a process."""
    return technology in SIZES.table


def size_engine(process: Process, mode: str, measured: Measured) -> Sizing:
    """How large the engine of a process is made for a delta or full run.

    Args:
        process: The process, with the volume its configuration expects.
        mode: delta or full.
        measured: What its latest runs of that mode were measured at.
    """
    configuration = process.processing_specifications.spark_configuration
    sizing: Sizing = SIZES.load(process.technology)(configuration, mode, measured)
    return sizing


def check_engine(technology: str, fetch: bool) -> Iterator[Check]:
    """Look at what an engine needs beside Python's libraries, and (`fetch`) bring what is missing."""
    if technology not in CHECKS.table:
        return
    yield from CHECKS.load(technology)(fetch)


def check_sql(check: PlanCheck, types: Mapping[str, DataType]) -> dict[str, str]:
    """The SQL of a check over columns of these types on each engine, by technology; no engine is opened for it."""
    return {name: WRITERS.load(name)(check, types) for name in WRITERS.table}


def open_data_process(
    technology: str, config: Config, storage: StorageInterface, catalogue: CatalogueInterface,
    sizing: Sizing,
) -> DataProcessInterface[Any]:  # fmt: skip
    """Open the engine of a technology (`lambda`, `emr` or another of their names), as large as a process needs it."""
    engine: DataProcessInterface[Any] = ENGINES.load(technology).of(config, storage, catalogue, sizing)
    return engine


def open_compactor(config: Config, storage: StorageInterface, catalogue: CatalogueInterface) -> CompactorInterface:
    """Open what joins the small files of tables: DuckDB, whichever engine writes them."""
    compactor: CompactorInterface = COMPACTORS.load("lambda").of(config, storage, catalogue)
    return compactor
