"""The engine of one machine: DuckDB inside, out of core; Arrow-backed pandas at the user's surface."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb
from sqlglot import exp
from typing_extensions import override

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.data_process.integrations.pandas.aside.marking import Engine, lines_aside, mark
from data_framework.modules.data_process.integrations.pandas.aside.quarantine import set_aside
from data_framework.modules.data_process.integrations.pandas.connection import (
    PYTHON_WORDS,
    add_python_word,
    cursor_of,
    open_connection,
)
from data_framework.modules.data_process.integrations.pandas.explain import explain
from data_framework.modules.data_process.integrations.pandas.frames import to_frame
from data_framework.modules.data_process.integrations.pandas.one_pass.audit import Auditor
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged
from data_framework.modules.data_process.integrations.pandas.one_pass.query import Query
from data_framework.modules.data_process.integrations.pandas.one_pass.relation import relation
from data_framework.modules.data_process.integrations.pandas.one_pass.stage import Stager
from data_framework.modules.data_process.integrations.pandas.verbs.tables import TableVerbs
from data_framework.modules.data_process.integrations.pandas.writing.publish import publish
from data_framework.modules.data_process.interface_data_process import Marking, Prepared, QuarantineKeeper
from data_framework.modules.data_process.plan.model import (
    QueryCheck,
    QuerySource,
    TablePlan,
    TableSource,
    Verdict,
    Written,
)
from data_framework.modules.data_process.sql import bind, parse_select
from data_framework.modules.utils.names import quote_identifier as quoted

if TYPE_CHECKING:
    import pandas as pd

    from data_framework.modules.config import Config
    from data_framework.modules.data_process.sizing import Sizing
    from data_framework.modules.storage import StorageInterface


class PandasDataProcess(TableVerbs, QuarantineKeeper["pd.DataFrame"]):
    """DuckDB inside, pandas at the surface.

    Args:
        storage: Where scratch folders come from.
        catalogue: The tables.
        memory: The bytes this process may use, None for the default.
        limits: What a raw file may be at most.
    """

    name = "lambda"

    def __init__(
        self, storage: StorageInterface, catalogue: CatalogueInterface, *, memory: int | None = None,
        limits: FileLimits | None = None,
    ) -> None:  # fmt: skip
        self._storage, self._catalogue = storage, catalogue
        self._memory, self._limits = memory, limits or FileLimits()
        self._open = ExitStack()
        self._scratch = ""
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._python_words: set[str] = set()

    @classmethod
    @override
    def of(cls, config: Config, storage: StorageInterface, catalogue: CatalogueInterface, sizing: Sizing) -> Self:
        limits = config.platform.limits
        return cls(storage, catalogue, memory=limits.memory_bytes, limits=FileLimits.of(limits))

    # a table's plan -------------------------------------------------------------------------------------------------
    @override
    def explain(self, plan: TablePlan) -> list[str]:
        return explain(plan)

    @override
    def prepare(self, plan: TablePlan) -> Staged:
        staged, errors = self._stager(plan).stage(plan)
        try:
            staged.verdict = Auditor(staged, self._relation, self._check_query).audit(errors)
        except BaseException:
            self.discard(staged)
            raise
        return staged

    @override
    def judge(self, plan: TablePlan) -> Verdict:
        try:
            looked_at = self._stager(plan).look(plan)
            if looked_at is not None:
                staged, errors = looked_at
                with closing(staged.cursor):
                    return Auditor(staged, self._relation, self._check_query).audit(errors)
        except duckdb.Error:  # a check that raises: staging finds out which
            pass
        return super().judge(plan)

    @override
    def set_aside(self, prepared: Prepared, properties: Mapping[str, str]) -> int:
        return set_aside(self._catalogue, _staged(prepared), properties)

    @override
    def commit(self, prepared: Prepared, properties: Mapping[str, str]) -> Written:
        return publish(self._catalogue, _staged(prepared), properties, self._prepared)

    @override
    def discard(self, prepared: Prepared) -> None:
        staged = _staged(prepared)
        staging = {*staged.files, *staged.leftovers}
        self._catalogue.discard_files(sorted(staging - staged.published))
        staged.cursor.close()
        for scratch in Path(staged.scratch).glob("*"):
            scratch.unlink(missing_ok=True)

    @override
    def accepted(self, plan: TablePlan) -> pd.DataFrame:
        with self._prepared(plan) as staged:
            names = ", ".join(quoted(column.name) for column in staged.layout.columns if column.name != "_data_date")
            return to_frame(staged.cursor.sql(staged.sound(names)).to_arrow_table())

    # quarantines ----------------------------------------------------------------------------------------------------
    @override
    def lines_aside(self, prepared: Prepared) -> list[tuple[int, int]]:
        return lines_aside(_staged(prepared))

    @override
    def mark(self, ref: TableRef, marking: Marking, properties: Mapping[str, str]) -> int:
        return mark(Engine(self._catalogue, cursor_of(self._database()), self._folder()), ref, marking, properties)

    # queries --------------------------------------------------------------------------------------------------------
    @override
    def batches(self, source: QuerySource, parameters: Mapping[str, Any] | None = None) -> Iterator[Any]:
        select = bind(source.select, parameters) if parameters else source.select
        return self._query().batches(QuerySource(select, source.tables))

    @override
    def frame(self, source: TableSource | QuerySource) -> pd.DataFrame:
        if isinstance(source, TableSource):
            source = QuerySource(parse_select("select * from source_table"), {"source_table": source})
        batches = list(self.batches(source))
        return to_frame(pa.Table.from_batches(batches))

    @override
    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection, self._python_words = None, set()
        self._open.close()
        self._scratch = ""

    @contextmanager
    def _prepared(self, plan: TablePlan) -> Iterator[Staged]:
        staged = self.prepare(plan)
        try:
            yield staged
        finally:
            self.discard(staged)

    # inside ---------------------------------------------------------------------------------------------------------
    @override
    def _database(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = open_connection(self._folder(), self._memory, self._catalogue.filesystem())
        return self._connection

    @override
    def _folder(self) -> str:
        if not self._scratch:
            self._scratch = self._open.enter_context(self._storage.work_folder())
        return self._scratch

    def _stager(self, plan: TablePlan) -> Stager:
        cursor = cursor_of(self._database())
        for word in _python_words(plan) - self._python_words:
            add_python_word(cursor, word)
            self._python_words.add(word)
        scratch = tempfile.mkdtemp(dir=self._scratch)
        return Stager(self._catalogue, cursor, scratch, self._limits, self._query().reader)

    def _query(self) -> Query:
        return Query(self._catalogue, self._folder(), self._memory)

    def _relation(self, ref: TableRef, columns: list[str]) -> str:
        schema, files = self._catalogue.schema(ref), self._catalogue.files(ref)
        names = ", ".join(quoted(name) for name in columns)
        return f"SELECT {names} FROM ({relation(self._catalogue, ref, schema, files, self._folder())})"

    def _check_query(self, check: QueryCheck, staged: Staged) -> Iterator[Any]:
        return self._query().answers(QuerySource(check.select, check.tables), staged, check.seconds)


def _python_words(plan: TablePlan) -> set[str]:
    """The words of a plan that need a Python function."""
    trees = [column.text for column in plan.columns]
    for check in plan.checks:
        trees += [tree for tree in vars(check).values() if isinstance(tree, exp.Expression)]
    names = {node.name for tree in trees if tree is not None for node in tree.find_all(exp.Anonymous)}
    return names & set(PYTHON_WORDS)


def _staged(prepared: Prepared) -> Staged:
    assert isinstance(prepared, Staged)
    return prepared
