"""The choice of a catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.modules.catalogue.interface_catalogue import CatalogueInterface
from data_framework.modules.code import Backend, Backends

if TYPE_CHECKING:
    from data_framework.modules.config import Config

_LOCAL = "data_framework.modules.catalogue.integrations.local.catalogue:LocalCatalogue"
CATALOGUES = Backends("catalogue", {"local": Backend(_LOCAL), "aws_glue": Backend(None, "aws")})


def open_catalogue(config: Config) -> CatalogueInterface:
    """Open the catalogue of the environment a configuration is for."""
    kept = config.platform.retention.snapshots
    catalogue: CatalogueInterface = CATALOGUES.load("local")(config.data_root, keep_snapshots=kept)
    return catalogue
