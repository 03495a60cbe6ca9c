"""The choice of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_framework.modules.code import Backend, Backends
from data_framework.modules.data_process.interface_data_process import DataProcessInterface

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface
    from data_framework.modules.config import Config
    from data_framework.modules.storage import StorageInterface

_PANDAS = Backend("data_framework.modules.data_process.integrations.pandas.pandas_data_process:PandasDataProcess")
_SPARK = Backend(None, extra="spark")
ENGINES = Backends(
    "technology",
    {"lambda": _PANDAS, "pandas": _PANDAS, "local": _PANDAS, "emr": _SPARK, "spark": _SPARK},
)


def open_data_process(
    technology: str, config: Config, storage: StorageInterface, catalogue: CatalogueInterface
) -> DataProcessInterface[Any]:
    """Open the engine of a technology (`lambda` or `emr`, or one of their other names)."""
    engine: DataProcessInterface[Any] = ENGINES.load(technology).of(config, storage, catalogue)
    return engine
