"""DuckDB alone: the yardsticks W1 (convert), W2 (twenty rules in one query) and W3 (anti-join merge)."""

from __future__ import annotations

import sys

import duckdb

from benchmarks.project import KEYS, NOT_NULL, PATTERNS, RANGES, SETS, TYPES, WIDE_KEYS

_NAMES = {"string": "VARCHAR", "int": "INTEGER"}


def _connect(folder: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": "350MB", "temp_directory": f"{folder}/spill"})
    connection.execute("SET preserve_insertion_order = false")
    return connection


def _columns() -> str:
    return "{" + ", ".join(f"'{name}': '{_NAMES.get(kind, kind.upper())}'" for name, kind in TYPES.items()) + "}"


def convert(folder: str, source: str = "lineitem.csv", target: str = "w1.parquet") -> None:
    """W1: CSV to declared types to zstd Parquet."""
    _connect(folder).execute(
        f"COPY (SELECT * FROM read_csv('{folder}/{source}', auto_detect = false, header = true, delim = "
        f"',', quote = '\"', "
        f"columns = {_columns()})) TO '{folder}/{target}' (FORMAT parquet, COMPRESSION zstd)"
    )


def rules(folder: str) -> None:
    """W2: twenty rules in one fused query over W1's Parquet file."""
    tests = [f"count_if({field} IS NULL)" for field in NOT_NULL]
    tests += [f"count_if(NOT {field} BETWEEN {low} AND {high})" for field, (low, high) in RANGES.items()]
    tests += [f"count_if({field} NOT IN {tuple(values)})" for field, values in SETS.items()]
    tests += [f"count_if(NOT regexp_matches({field}, '{pattern}'))" for field, pattern in PATTERNS.items()]
    data = f"read_parquet('{folder}/w1.parquet')"
    unique = [
        f"(SELECT count(*) FROM (SELECT 1 FROM {data} GROUP BY {', '.join(keys)} HAVING count(*) > 1))"
        for keys in (KEYS, WIDE_KEYS)
    ]
    foreign = (
        f"(SELECT count(*) FROM {data} l ANTI JOIN read_csv('{folder}/orders.csv') o ON l.l_orderkey = o.o_orderkey)"
    )
    _connect(folder).execute(f"SELECT {', '.join([*tests, *unique, foreign, 'count(*)'])} FROM {data}").fetchall()


def changes(folder: str) -> str:
    """A SELECT of the rows to be merged."""
    return (f"SELECT * FROM read_csv('{folder}/updates.csv', auto_detect = false, header = true, delim = ',', "
            f"quote = '\"', columns = {_columns()})")  # fmt: skip


def merge(folder: str, *tables: str) -> None:
    """W3: 300,000 rows merged by anti-join into W1's Parquet file, or into others."""
    listed = ", ".join(f"'{table}'" for table in tables or (f"{folder}/w1.parquet",))
    connection = _connect(folder)
    source = changes(folder)
    keys, columns = ", ".join(KEYS), ", ".join(f"t.{name}" for name in TYPES)
    connection.execute(
        f"COPY ({source} UNION ALL BY NAME SELECT {columns} FROM read_parquet([{listed}], union_by_name = true) t "
        f"ANTI JOIN "
        f"({source}) s "
        f"USING ({keys})) TO '{folder}/w3.parquet' (FORMAT parquet, COMPRESSION zstd)"
    )


if __name__ == "__main__":
    {"W1": convert, "W2": rules, "W3": merge}[sys.argv[1]](*sys.argv[2:])
