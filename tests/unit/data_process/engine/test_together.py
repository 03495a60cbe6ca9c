from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from bench import Bench
from data_framework.modules.data_process.integrations.pandas.pandas_data_process import PandasDataProcess
from data_framework.modules.data_process.plan.model import FrameSource, TablePlan


def test_writers_of_one_table_all_succeed(bench, tmp_path):
    first = TablePlan(
        bench.target, FrameSource(pa.table({"id": [0], "v": ["x"]})), (), "merge", ("id",), infer_schema=True
    )
    bench.run(first)
    engines = [Bench(tmp_path, PandasDataProcess, pa.Table.from_pandas) for _ in range(3)]

    def write(number: int) -> int:
        frame = pa.table({"id": [number, 0], "v": [f"w{number}", f"w{number}"]})
        return (
            engines[number - 1]
            .run(TablePlan(bench.target, FrameSource(frame), (), "merge", ("id",), infer_schema=True))
            .rows_written
        )

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(write, [1, 2, 3])) == [2, 2, 2]
    for engine in engines:
        engine.engine.close()
    assert [row[0] for row in bench.rows()] == [0, 1, 2, 3]


_WRITER = """
import sys
from pathlib import Path
import pyarrow as pa
from bench import Bench
from data_framework.modules.data_process.integrations.pandas.pandas_data_process import PandasDataProcess
from data_framework.modules.data_process.plan.model import FrameSource, TablePlan
bench, writer = Bench(Path(sys.argv[1]), PandasDataProcess, pa.Table.from_pandas), int(sys.argv[2])
for turn in range(6):
    frame = pa.table({"id": [0, 1 + writer, 100 * (writer + 1) + turn], "v": [f"w{writer}t{turn}"] * 3})
    written = bench.run(TablePlan(bench.target, FrameSource(frame), (), "merge", ("id",), infer_schema=True))
    assert written.rows_written == 3, written
bench.engine.close()
"""


def test_processes_that_merge_into_one_table_lose_nothing(bench, tmp_path):
    plan = TablePlan(
        bench.target, FrameSource(pa.table({"id": [0], "v": ["x"]})), (), "merge", ("id",), infer_schema=True
    )
    bench.run(plan)
    here = str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), str(number)], env=environment, stderr=subprocess.PIPE
        )
        for number in range(2)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    rows = dict(bench.rows())
    assert sorted(rows) == [0, 1, 2, *range(100, 106), *range(200, 206)]
    assert (rows[1], rows[2]) == ("w0t5", "w1t5")
    assert rows[0] in {"w0t5", "w1t5"}
    assert len(bench.catalogue.history(bench.target)) == 13
