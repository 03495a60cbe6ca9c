from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from bench import Bench
from data_framework.modules.data_process.integrations.pandas.pandas_data_process import PandasDataProcess


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, PandasDataProcess, pa.Table.from_pandas)
    yield made
    made.engine.close()
