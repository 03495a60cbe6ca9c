from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from data_framework.modules.data_process.plan.model import FrameSource, TablePlan


def test_writers_of_one_table_all_succeed(bench, tmp_path):
    first = TablePlan(
        bench.target, FrameSource(pa.table({"id": [0], "v": ["x"]})), (), "merge", ("id",), infer_schema=True
    )
    bench.run(first)
    engines = [type(bench)(tmp_path) for _ in range(3)]

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
