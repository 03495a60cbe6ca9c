"""The choice of a catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data_framework.modules.catalogue.interface_catalogue import CatalogueInterface
from data_framework.modules.code import Backend, Backends

if TYPE_CHECKING:
    from data_framework.modules.config import Config

_LOCAL = "data_framework.modules.catalogue.integrations.local.catalogue:LocalCatalogue"
_GLUE = "data_framework.modules.catalogue.integrations.aws_glue.catalogue:GlueCatalogue"
_EMPTY = "data_framework.modules.catalogue.integrations.empty.catalogue:EmptyCatalogue"
CATALOGUES = Backends(
    "catalogue", {"local": Backend(_LOCAL), "aws_glue": Backend(_GLUE, "aws"), "empty": Backend(_EMPTY)}
)


def open_catalogue(config: Config) -> CatalogueInterface:
    """Open the catalogue of the environment a configuration is for: Glue where layers are buckets, else SQLite."""
    kept = config.platform.retention.snapshots
    if config.platform.bucket_prefix is not None:
        key = config.platform.encryption.kms_key
        glue: CatalogueInterface = CATALOGUES.load("aws_glue")(config.aws, config.platform.bucket_prefix, key, kept)
        return glue
    catalogue: CatalogueInterface = CATALOGUES.load("local")(config.data_root, keep_snapshots=kept)
    return catalogue


def open_empty_catalogue(root: Path) -> CatalogueInterface:
    """Open a catalogue without tables: rows are staged below a folder and judged, nothing is published."""
    catalogue: CatalogueInterface = CATALOGUES.load("empty")(root)
    return catalogue
