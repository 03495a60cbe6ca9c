"""The wall behind the allow-list: what a locked database cannot do, whatever is asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_framework.modules.data_process.sql import parse_select, sandboxed, schema_of, tables_of, to_duckdb

SECRET = pa.table({"secret": [1]})


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    for name in ("t", "other"):
        pq.write_table(pa.table({"a": [1, 2, 3]}), tmp_path / f"{name}'s.parquet")
    work = tmp_path / "work"
    work.mkdir()
    allowed = str(tmp_path / "t's.parquet")
    with duckdb.connect(config={"temp_directory": str(work)}) as opened:
        for name in ("t", "other"):
            path = str(tmp_path / f"{name}'s.parquet").replace("'", "''")
            opened.execute(f"create view {name} as select * from read_parquet(['{path}'])")
        yield sandboxed(opened, [allowed], str(work))


def test_its_tables_can_be_read(connection: Any) -> None:
    select = parse_select("select sum(a) / 2 as half from t")
    sql = to_duckdb(select, schema_of(connection, tables_of(select)))
    assert connection.execute(sql).fetchall() == [(3.0,)]
    assert connection.cursor().execute("select count(*) from t").fetchall() == [(3,)]


@pytest.mark.parametrize(
    "attack",
    [
        "select * from other", "select * from read_csv('/etc/passwd')", "from '/etc/passwd'",
        "from read_text('/etc/passwd')",
        "from glob('/etc/*')", "from sniff_csv('/etc/passwd')", "copy (select 1) to '{folder}/o.csv'",
        "copy (select 1 as a) to '{folder}/t''s.parquet'", "attach '{folder}/x.db'", "install httpfs", "load httpfs",
        "export database '{folder}/x'", "from read_csv('https://example.org/x.csv')", "from 's3://bucket/x.parquet'",
        "set enable_external_access = true", "set allowed_paths = ['/etc/passwd']", "reset lock_configuration",
        "set lock_configuration = false", "set memory_limit = '1TB'", "from SECRET", "select getenv('HOME')",
        "from duckdb_secrets()", "set python_enable_replacements = true", "from read_parquet('{folder}/*.parquet')",
    ],
)  # fmt: skip
def test_attacks_fail(connection: Any, tmp_path: Path, attack: str) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(duckdb.Error):
        connection.execute(attack.replace("{folder}", str(tmp_path))).fetchall()
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert connection.execute("select count(*) from t").fetchall() == [(3,)]
