"""What every connection brings along."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

from data_framework.modules.data_process.integrations.pandas.connection import frugal, open_connection
from data_framework.modules.utils.mask import mask_value


def test_sql_masks_values_as_python_does(tmp_path: Path) -> None:
    letters = (chr(point) for point in range(1, 0x30000) if not 0xD800 <= point < 0xE000)
    known = [letter for letter in letters if unicodedata.category(letter) != "Cn"]
    values = [*known, None, "", "12,50 EUR", "x" * 40, "x" * 41, "e\u0301" * 30, "it's\n1"]
    with open_connection(str(tmp_path)) as connection:
        found = connection.execute("SELECT df_mask(value) FROM (SELECT unnest(?::VARCHAR[]) AS value)", [values])
        different = {
            value for value, (masked,) in zip(values, found.fetchall(), strict=True) if masked != mask_value(value)
        }
    # the two know Unicode in different versions: only letters of the newest scripts may differ
    assert all(value and not value.isascii() and len(value) == 1 for value in different)
    assert len(different) < len(known) / 100


def test_opening_a_connection_loads_no_numpy(tmp_path: Path) -> None:
    program = (
        "import sys; from data_framework.modules.data_process.integrations.pandas.connection import open_connection; "
        f"open_connection({str(tmp_path)!r}).execute(\"SELECT df_mask('a')\").fetchall(); "
        "print(*sorted({'numpy', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_counting_keys_is_given_less_memory_for_as_long_as_it_takes(tmp_path: Path) -> None:
    limit = "SELECT current_setting('memory_limit')"
    with open_connection(str(tmp_path)) as connection:
        with frugal(connection):
            assert connection.execute(limit).fetchall() == [("200.0 MiB",)]
            rows = connection.execute(
                "SELECT count(*) FROM (SELECT i % 4000000 AS k, i % 1000 AS n FROM range(8000000) t(i) GROUP BY ALL "
                "HAVING count(*) > 1)"
            ).fetchall()
        assert rows == [(4_000_000,)]
        assert connection.execute(limit).fetchall() == [("350.0 MiB",)]
    with open_connection(str(tmp_path), 128 * 1024 * 1024) as connection:
        (before,) = connection.execute(limit).fetchall()
        with frugal(connection):
            assert connection.execute(limit).fetchall() == [before]
