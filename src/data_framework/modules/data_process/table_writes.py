"""The verbs that write tables: a plan of the frame, published as any other."""

from __future__ import annotations

import uuid
from typing import Any

from typing_extensions import override

from data_framework.modules.catalogue import CatalogueInterface, TableSchema
from data_framework.modules.config.model.tables import WriteMode
from data_framework.modules.data_process.helpers.table_names import mode_of, table_of
from data_framework.modules.data_process.interface_data_process import DataProcessInterface, Frame
from data_framework.modules.data_process.plan.model import FrameSource, TablePlan, Written
from data_framework.modules.exception import PlanError


class TableWrites(DataProcessInterface[Frame]):
    """The same on every engine; an engine mixes them in."""

    _catalogue: CatalogueInterface

    @override
    def merge(self, dataframe: Any, table_config: Any, custom_strategy: str | None = None) -> Written:
        return self._written(dataframe, table_config, mode_of(custom_strategy or "merge"))

    @override
    def insert_overwrite(self, dataframe: Any, table_config: Any) -> Written:
        return self._written(dataframe, table_config, "overwrite_partition")

    @override
    def insert_dataframe(self, dataframe: Any, table_config: Any) -> Written:
        return self._written(dataframe, table_config, "append")

    def _written(self, dataframe: Any, table_config: Any, mode: WriteMode) -> Written:
        ref = table_of(self._catalogue, table_config, must_exist=False)
        schema = self._catalogue.schema(ref) if self._catalogue.exists(ref) else TableSchema(())
        keys = tuple(getattr(table_config, "primary_keys", ()) or schema.primary_keys)
        partition = getattr(table_config, "partition_field", None) or schema.partition_field
        transform = schema.partition_transform if partition == schema.partition_field else ""
        if mode == "merge" and not keys:
            raise PlanError(table=str(ref), reason="a merge needs primary keys, and it has none")
        plan = TablePlan(ref, FrameSource(dataframe), (), mode, keys, partition, transform, infer_schema=True)
        prepared = self.prepare(plan)
        try:
            properties = {"run-id": uuid.uuid4().hex}
            self.set_aside(prepared, properties)
            return self.commit(prepared, properties)
        finally:
            self.discard(prepared)
