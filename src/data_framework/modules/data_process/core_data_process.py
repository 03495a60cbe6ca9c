"""The choice of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from data_framework.modules.code import Backend, Backends
from data_framework.modules.data_process.interface_data_process import DataProcessInterface

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface
    from data_framework.modules.config import Config
    from data_framework.modules.storage import StorageInterface

ENGINES = Backends(
    "technology",
    {
        "lambda": Backend(
            "data_framework.modules.data_process.integrations.pandas.pandas_data_process:PandasDataProcess"
        ),
        "emr": Backend(None, extra="spark"),
    },
)


def open_data_process(
    technology: str, config: Config, storage: StorageInterface, catalogue: CatalogueInterface
) -> DataProcessInterface[Any]:
    """Open the engine of a technology.

    Raises:
        NotInThisVersionError: The engine is not part of this version.
        MissingLibraryError: A library of its extra is not installed.
    """
    return cast(DataProcessInterface[Any], ENGINES.load(technology)(config, storage, catalogue))
