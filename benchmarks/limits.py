"""What DuckDB alone needs for the same work: `python benchmarks/limits.py W1|W2|W3 DATA`.

W1 CSV → declared types → zstd Parquet. W2 one fused query of the 20 rules. W3 the anti-join merge of the changes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from feed import COLUMNS, RANGES, REGEXES, REQUIRED, SETS, UNIQUE


def main() -> None:
    """Run one of the three."""
    work, data = sys.argv[1], Path(sys.argv[2])
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '600MB'; SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{data / 'duckdb_temp'}'")
    connection.execute({"W1": typed, "W2": judged, "W3": merged}[work](data))


def read_csv(path: Path) -> str:
    """Read a file with the declared types."""
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    return f"read_csv('{path}', header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{types}}})"


def typed(data: Path) -> str:
    """W1."""
    return (
        f"COPY (FROM {read_csv(data / 'lineitem.csv')}) TO '{data / 'w1.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
    )


def judged(data: Path) -> str:
    """W2, over what W1 wrote."""
    text = [*(f"{name} IS NOT NULL" for name in REQUIRED), *(f"{name} BETWEEN {a} AND {b}" for name, a, b in RANGES)]
    text += [f"{name} IN ({', '.join(repr(value) for value in values)})" for name, values in SETS]
    text += [f"regexp_matches({name}, '{pattern}')" for name, pattern in REGEXES]
    rows = ", ".join(f"count(*) FILTER (WHERE NOT ({condition})) AS r{number}" for number, condition in enumerate(text))
    table, keys = f"'{data / 'w1.parquet'}'", [", ".join(names) for names in UNIQUE]
    single = [f"(SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY {key} HAVING count(*) > 1))" for key in keys]
    orders = f"read_csv('{data / 'orders.csv'}', header = true)"
    foreign = f"(SELECT count(*) FROM {table} ANTI JOIN (SELECT o_orderkey FROM {orders}) ON l_orderkey = o_orderkey)"
    return f"SELECT count(*), {rows}, {', '.join(single)}, {foreign} FROM {table}"


def merged(data: Path) -> str:
    """W3: the changes win over what is there, everything is written again."""
    changes, table, key = read_csv(data / "changes.csv"), f"'{data / 'w1.parquet'}'", "l_orderkey, l_linenumber"
    answer = f"FROM {changes} UNION ALL BY NAME SELECT t.* FROM {table} t ANTI JOIN {changes} c USING ({key})"
    return f"COPY ({answer}) TO '{data / 'w3.parquet'}' (FORMAT parquet, COMPRESSION zstd)"


if __name__ == "__main__":
    main()
