"""Raw files as text: DuckDB's reader where it is certain to agree with the exact one, else the exact one.

DuckDB's CSV reader is fast and sets ragged lines aside, but an unclosed quote may swallow lines and only the exact
reader says what is broken where. So whatever DuckDB finds broken beyond a wrong number of cells is read again exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from data_framework.modules.data_process.files.csv_blocks import batches
from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.helpers.libraries import pa, pq
from data_framework.modules.data_process.integrations.pandas.one_pass.layers import Opened
from data_framework.modules.data_process.integrations.pandas.one_pass.rejected import REJECTED
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import RawFile, RawSource, TablePlan
from data_framework.modules.utils.names import quote_identifier as quoted

FAULTS = "df_faults"
_RAGGED = ("MISSING COLUMNS", "TOO MANY COLUMNS")
_GROUP = 32


@dataclass
class FileState:
    """How one raw file is read, decided on the way.

    Attributes:
        number: Its place among the source's files.
        file: The file.
        exact: The Parquet file the exact reader filled, or None while DuckDB reads the file itself.
    """

    number: int
    file: RawFile
    exact: str | None = None

    @property
    def dialect(self) -> CsvDialect:
        """Its CSV dialect."""
        return CsvDialect.from_dict(self.file.dialect)

    @property
    def names(self) -> list[str]:
        """Its columns' normalised names."""
        return list(self.file.columns.values())

    @property
    def rejects(self) -> str:
        """The name of the table DuckDB notes its broken lines in."""
        return f"df_rejects_{self.number}"


class RawReader:
    """Reads the files of one plan."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, plan: TablePlan, scratch: str, limits: FileLimits,
        filesystem: Any | None,
    ) -> None:  # fmt: skip
        assert isinstance(plan.source, RawSource)
        self._cursor, self._scratch, self._limits, self._filesystem = cursor, scratch, limits, filesystem
        self.files = [FileState(number, file) for number, file in enumerate(plan.source.files)]
        self._typed = _typed(plan)
        self.columns = list(dict.fromkeys(name for state in self.files for name in state.names))
        self.deliveries = Deliveries(
            [state.file.file_name for state in self.files],
            [state.file.data_date for state in self.files],
            plan.time_zone,
        )
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE {FAULTS} (file INTEGER, record BIGINT, line BIGINT, text "
            f"VARCHAR, message VARCHAR)"
        )

    def groups(self) -> Iterable[Sequence[FileState]]:
        """The files in portions that are read by one statement."""
        for start in range(0, len(self.files), _GROUP):
            yield self.files[start : start + _GROUP]

    def open(self, group: Sequence[FileState]) -> Opened:
        """These files as one source of the layers."""
        for state in group:
            if state.exact is None and state.file.format == "csv" and not simple(state.dialect, len(state.names)):
                self.read_exactly(state)
        selects = [self._select(state) for state in group]
        return Opened(" UNION ALL ".join(selects), self.columns, _row(group), self.deliveries)

    def settle(self, group: Sequence[FileState], staged: Sequence[str]) -> bool:
        """After one pass: note the broken lines; False when a file must be read exactly and the pass made again."""
        counts = self._counts(group, staged)
        suspects = [state for state in group if self._suspect(state, counts.get(state.number, 0))]
        for state in suspects:
            self.read_exactly(state)
        if suspects:
            return False
        numbers = ", ".join(str(state.number) for state in group)
        self._cursor.execute(f"DELETE FROM {FAULTS} WHERE file IN ({numbers})")
        for state in group:
            if state.exact:
                self._note_exact(state)
            elif state.file.format == "csv":
                self._note_ragged(state)
        return True

    def read_exactly(self, state: FileState) -> None:
        """Read a file with the exact reader into a scratch file that DuckDB can read."""
        path = Path(self._scratch) / f"exact-{state.number}.parquet"
        uri = state.file.uri
        with self._filesystem.open(uri, "rb") if self._filesystem else Path(uri).open("rb") as stream:
            writer = None
            for batch in batches(stream, state.dialect, state.names, self._limits):
                writer = writer or pq.ParquetWriter(path, batch.schema, compression="zstd")
                writer.write_table(pa.Table.from_batches([batch]))
            if writer is not None:
                writer.close()
        state.exact = str(path)

    def line_numbers(self, state: FileState) -> str | None:
        """SQL of (record, line) of a file, None where a record's line follows from its number alone."""
        if state.exact:
            return f"SELECT _record AS record, _line AS line FROM {_kept(state)}"
        return None

    def good_lines(self, state: FileState) -> str:
        """SQL of (record, line) of a file read exactly after the pass, its sound records numbered as DuckDB did."""
        path = casts.literal(str(state.exact))
        state.exact = None
        return (f"SELECT row_number() OVER (ORDER BY _record) AS record, _line AS line FROM read_parquet({path}, "
                "hive_partitioning = false) "
                "WHERE _fault IS NULL")  # fmt: skip

    def _select(self, state: FileState) -> str:
        text: Callable[[str], str] = quoted
        if state.exact:
            source = f"SELECT * FROM {_kept(state)} WHERE _fault IS NULL"
            record = "_record"
        elif state.file.format == "csv":
            source = _read_csv(state)
            record, text = "row_number() OVER ()", partial(self._trimmed, state)
        else:
            source = _read_parquet(state) if state.file.format == "parquet" else _read_json(state)
            record = "row_number() OVER ()"
        own = set(state.names)
        cells = [f"{text(name) if name in own else 'NULL::VARCHAR'} AS {quoted(name)}" for name in self.columns]
        return (
            f"SELECT {state.number}::INTEGER AS {hidden.FILE}, {record} AS {hidden.RECORD}, "
            f"{', '.join(cells)} FROM ({source})"
        )

    def _trimmed(self, state: FileState, name: str) -> str:
        """SQL of a cell as the dialect reads it; cells of plain typed columns are left to their casts."""
        dialect, cell = state.dialect, quoted(name)
        marked = bool(dialect.null_values or dialect.nan_values)
        found = cell
        if dialect.trim and (marked or name not in self._typed):
            found = _without_blanks(cell, dialect.null_values)
        if dialect.nan_values:
            words = ", ".join(casts.literal(word) for word in dialect.nan_values)
            found = f"CASE WHEN {found} IN ({words}) THEN 'NaN' ELSE {found} END"
        return found

    def _counts(self, group: Sequence[FileState], staged: Sequence[str]) -> dict[int, int]:
        """File number → rows read of it: those in staged files and those the pass rejected."""
        parts = []
        listed = ", ".join(casts.literal(path) for path in staged)
        if staged and len(group) == 1:
            parts.append(f"SELECT {group[0].number}, sum(num_rows) FROM parquet_file_metadata([{listed}])")
        elif staged:
            parts.append(f"SELECT {hidden.FILE}, count(*) FROM read_parquet([{listed}], hive_partitioning = false) "
                         "GROUP BY ALL")  # fmt: skip
        parts.append(f"SELECT {hidden.FILE}, count(*) FROM {REJECTED} GROUP BY ALL")
        found = self._cursor.execute(
            f"SELECT number, sum(rows)::BIGINT FROM ({' UNION ALL '.join(parts)}) t(number, rows) GROUP BY ALL"
        )
        return dict(found.fetchall())

    def _suspect(self, state: FileState, rows: int) -> bool:
        """Whether DuckDB found worse than a wrong number of cells, or its records do not add up to the file's lines."""
        if state.exact or state.file.format != "csv":
            return False
        kinds = ", ".join(casts.literal(kind) for kind in _RAGGED)
        worse, ragged = self._cursor.execute(
            f"SELECT count(*) FILTER (error_type NOT IN ({kinds})), count(DISTINCT line) FROM {state.rejects}"
        ).fetchall()[0]
        lines = max(state.dialect.lines - state.dialect.skip_lines, 0)
        if state.dialect.quoted_lines:  # a record may span lines, and DuckDB's `line` counts records
            return bool(worse or ragged) or not min(lines, 1) <= rows <= lines
        return bool(worse) or rows + ragged != lines

    def _note_ragged(self, state: FileState) -> None:
        width = len(state.names)
        self._cursor.execute(
            f"INSERT INTO {FAULTS} SELECT {state.number}, NULL, line, any_value(csv_line), "
            f"any_value('ragged: ' || regexp_replace(error_message, '.*Found: ', '') || ' cells, expected {width}') "
            f"FROM {state.rejects} GROUP BY line"
        )

    def _note_exact(self, state: FileState) -> None:
        assert state.exact is not None
        self._cursor.execute(
            f"INSERT INTO {FAULTS} SELECT {state.number}, _record, _line, _text, _fault "
            f"FROM {_kept(state)} WHERE _fault IS NOT NULL"
        )


def _without_blanks(cell: str, words: Sequence[str]) -> str:
    """SQL of a cell without blanks at its ends, quick where it has none or one space; "" that was quoted stays.

    Null words are judged after trimming: those without blanks around them are null already unless they were quoted.
    """
    bare, clean_end = casts.trim(cell), f"{cell}[-1] > ' '"
    if words:
        nothing = ", ".join(casts.literal(word) for word in ["", *words])
        rest = f"WHEN {bare} = {cell} THEN {cell} WHEN {bare} IN ({nothing}) THEN NULL ELSE {bare}"
    else:
        rest = (f"WHEN {cell} >= '!' AND suffix({cell}, ' ') AND {cell}[-2] > ' ' "
                f"THEN substr({cell}, 1, length({cell}) - 1) "
                f"WHEN {clean_end} AND prefix({cell}, ' ') AND {cell}[2] > ' ' THEN substr({cell}, 2) "
                f"WHEN {cell} = '' THEN {cell} ELSE nullif({bare}, '')")  # fmt: skip
    return f"CASE WHEN {cell} >= '!' AND {clean_end} THEN {cell} {rest} END"


def _typed(plan: TablePlan) -> set[str]:
    """Source columns that only feed casts, which trim by themselves."""
    found, other = set[str](), set[str]()
    for column in plan.columns:
        names = {node.name for node in column.text.find_all(exp.Column)} if column.text is not None else set()
        plain = isinstance(column.text, exp.Column) and column.cast == "exact" and not column.null_values
        (found if plain and column.type.kind not in {"string", "binary"} else other).update(names)
    return found - other


def simple(dialect: CsvDialect, width: int) -> bool:
    """Whether DuckDB reads a dialect as the exact reader does, but for the lines it sets aside."""
    quote_is_plain = not dialect.quoted_lines or (
        dialect.quote is not None and len(dialect.quote) == 1 and dialect.escape in {None, dialect.quote}
    )
    return (
        dialect.codec in {"utf-8", "utf8", "ascii", "utf-8-sig"}
        and width > 1
        and len(dialect.delimiter.encode()) <= 4
        and quote_is_plain
        and not dialect.quoted_blanks
        and dialect.comment is None
        and dialect.row_delimiter in {"\n", "\r\n"}
        and not dialect.footnote_lines
        and dialect.ragged_rows == "quarantine"
        and dialect.multiline
    )


def _kept(state: FileState) -> str:
    """The records of a file the exact reader has read."""
    return f"read_parquet({casts.literal(str(state.exact))}, hive_partitioning = false)"


def _read_csv(state: FileState) -> str:
    dialect = state.dialect
    quote = (dialect.quote or "") if dialect.quoted_lines else ""
    columns = ", ".join(f"{casts.literal(name)}: 'VARCHAR'" for name in state.names)
    nulls = ", ".join(casts.literal(word) for word in ["", *dialect.null_values])
    options = {
        "auto_detect": "false", "hive_partitioning": "false", "header": "false", "skip": str(dialect.skip_lines),
        "columns": f"{{{columns}}}",
        "delim": casts.literal(dialect.delimiter), "quote": casts.literal(quote), "escape": casts.literal(quote),
        "nullstr": f"[{nulls}]", "allow_quoted_nulls": "false", "store_rejects": "true", "rejects_limit": "0",
        "rejects_table": casts.literal(state.rejects), "rejects_scan": casts.literal(f"df_scan_{state.number}"),
        "strict_mode": "true",  # no new_line: DuckDB 2.0 answers no row at all for new_line = '\\r\\n'
    }  # fmt: skip
    return (
        f"SELECT * FROM read_csv({casts.literal(state.file.uri)}, "
        f"{', '.join(f'{k} = {v}' for k, v in options.items())})"
    )


def _read_parquet(state: FileState) -> str:
    """By position: DuckDB takes no notice of case in names."""
    names = ", ".join(quoted(name) for name in state.names)
    source = f"SELECT * FROM read_parquet({casts.literal(state.file.uri)}, hive_partitioning = false)"
    return f"SELECT * FROM ({source}) t({names})" if names else "SELECT 1 WHERE false"


def _read_json(state: FileState) -> str:
    pointers = ", ".join(casts.literal("/" + name.replace("~", "~0").replace("/", "~1")) for name in state.file.columns)
    lines = f"read_json_objects({casts.literal(state.file.uri)}, format = 'newline_delimited')"
    cells = f"SELECT json_extract_string(json, [{pointers}]) AS cells FROM {lines}"
    names = ", ".join(f"cells[{position}] AS {quoted(name)}" for position, name in enumerate(state.names, 1))
    return f"SELECT {names} FROM ({cells})"


def _row(group: Sequence[FileState]) -> str:
    """The row as it was delivered: a JSON object of delivered names and text."""
    shapes: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for state in group:
        shapes.setdefault(tuple(state.file.columns.items()), []).append(state.number)
    branches = []
    for shape, numbers in shapes.items():
        pairs = ", ".join(f"{casts.literal(name)}, {quoted('_df_s:' + column)}" for name, column in shape)
        branches.append((f"{hidden.FILE} IN ({', '.join(map(str, numbers))})", f"json_object({pairs})::VARCHAR"))
    if len(branches) == 1:
        return branches[0][1]
    return "CASE " + " ".join(f"WHEN {when} THEN {then}" for when, then in branches) + " END"
