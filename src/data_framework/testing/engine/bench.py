"""An engine over a real catalogue, and short ways to make plans for it: what tests of both engines share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface, open_catalogue
from data_framework.modules.config import open_config
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process import DataProcessInterface, Sizing, open_data_process
from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.data_process.plan.model import PlanColumn, RawFile, RawSource, TablePlan, Written
from data_framework.modules.data_process.plan.vocabulary import column
from data_framework.modules.storage import open_storage
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.utils.names import normalise_names


@contextmanager
def opened(technology: str, root: Path, arrow: Callable[[Any], pa.Table]) -> Iterator[Bench]:
    """An engine by its name, over the empty project of a folder."""
    project = root / "project"
    project.mkdir()
    platform = {"local": {"environment": "local", "data_root": str(root)}}
    (project / "platform.json").write_text(json.dumps(platform), encoding="utf-8")
    (project / "transformation.json").write_text('{"dataflows": {}}', encoding="utf-8")
    config = open_config(project, environment="local")
    catalogue = open_catalogue(config)
    with closing(open_data_process(technology, config, open_storage(config), catalogue, Sizing())) as engine:
        yield Bench(root, catalogue, engine, arrow)


class Bench:
    """An engine over a real catalogue, and short ways to make plans for it.

    Args:
        root: The data root.
        catalogue: Its tables.
        engine: The engine over them.
        arrow: Turns a frame of the engine's into an Arrow table.
    """

    def __init__(
        self, root: Path, catalogue: CatalogueInterface, engine: DataProcessInterface[Any],
        arrow: Callable[[Any], pa.Table],
    ) -> None:  # fmt: skip
        self.root, self.catalogue, self.arrow = root, catalogue, arrow
        self.engine: Any = engine
        self.target = TableRef("staging", "sales_staging", "orders")
        self._files = 0

    def csv(self, text: str, date: str = "2026-01-01", name: str = "", **dialect: Any) -> RawFile:
        self._files += 1
        path = self.root / "given" / f"{self._files}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, newline="")
        header = text.split("\n", 1)[0].strip().split(",")
        lines = text.count("\n") + (not text.endswith("\n"))
        options = CsvDialect(lines=lines, quoted_lines='"' in text, **dialect)
        return RawFile(
            uri=str(path), file_name=name or f"orders_{date}_{self._files}.csv",
            content_hash=hashlib.sha256(text.encode()).hexdigest(), data_date=date, sequence=self._files, format="csv",
            dialect=options.to_dict(), columns=dict(zip(header, normalise_names(header), strict=True)),
        )  # fmt: skip

    def json(self, text: str, columns: list[str], date: str = "2026-01-01") -> RawFile:
        path = self.root / "given.jsonl"
        path.write_text(text)
        return RawFile(
            str(path),
            "given.jsonl",
            "hash",
            date,
            1,
            "json_lines",
            {},
            dict(zip(columns, normalise_names(columns), strict=True)),
        )

    def plan(self, files: list[RawFile], types: dict[str, str], **options: Any) -> TablePlan:
        delivered = {name for file in files for name in file.columns.values()}
        columns = tuple(
            PlanColumn(name, parse_type(kind), column(name) if name in delivered else None)
            for name, kind in types.items()
        )
        date = files[0].data_date if files and len({file.data_date for file in files}) == 1 else ""
        plan = TablePlan(
            self.target, RawSource(tuple(files)), columns, options.pop("write_mode", "append"), data_date=date,
            rebuilds=not date,
        )  # fmt: skip
        return replace(plan, **options)

    def run(self, plan: TablePlan) -> Written:
        prepared = self.engine.prepare(plan)
        try:
            self.verdict = prepared.verdict
            self.engine.set_aside(prepared, {"run-id": "r1"})
            written: Written = self.engine.commit(prepared, {"run-id": "r1"})
            return written
        finally:
            self.engine.discard(prepared)

    def rows(self, ref: TableRef | None = None, order: str = "1") -> list[tuple[Any, ...]]:
        ref = ref or self.target
        frame = self.engine.query(f"select * from {ref.database}.{ref.table} order by {order}")
        return [tuple(row.values()) for row in self.arrow(frame).to_pylist()]

    def quarantine(self) -> list[dict[str, Any]]:
        ref = self.target.quarantine
        frame = self.engine.query(f"select * from {ref.database}.{ref.table} order by _data_date, _line, _row")
        rows: list[dict[str, Any]] = self.arrow(frame).to_pylist()
        return rows

    def snapshots(self) -> int:
        return len(self.catalogue.history(self.target))
