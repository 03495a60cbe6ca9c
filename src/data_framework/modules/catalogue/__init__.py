"""Tables, schemas, snapshots and partitions: Apache Iceberg in a local catalogue."""

from data_framework.modules.catalogue.applying import Application, apply, plan_application
from data_framework.modules.catalogue.committing import Standing, committed, standing
from data_framework.modules.catalogue.contracts import contract_schema
from data_framework.modules.catalogue.core_catalogue import CATALOGUES, open_catalogue, open_empty_catalogue
from data_framework.modules.catalogue.interface_catalogue import (
    CatalogueInterface,
    Change,
    Column,
    DataFile,
    SchemaChange,
    Snapshot,
    TableSchema,
)
from data_framework.modules.catalogue.raw_shape import RawShape

__all__ = [
    "CATALOGUES", "Application", "CatalogueInterface", "Change", "Column", "DataFile", "RawShape", "SchemaChange",
    "Snapshot", "Standing", "TableSchema", "apply", "committed", "contract_schema", "open_catalogue",
    "open_empty_catalogue", "plan_application", "standing",
]  # fmt: skip
