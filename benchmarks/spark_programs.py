"""What `benchmarks.spark` measures: each program in a process of its own, the start of its session apart.

`hand_load` and `hand_merge` are what one who knows Spark writes for this one feed: a CSV read as text, casts that set
aside what does not fit, the twenty rules' aggregates, an append and a MERGE of Iceberg. `ours` runs the project of
`benchmarks.project`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any, Literal

from benchmarks.measuring import tree_cpu
from benchmarks.project import KEYS, NOT_NULL, ORDERS, PATTERNS, RANGES, SETS, TYPES, WIDE_KEYS, controls

_LAKE = "iceberg_catalog.bench_staging"
_TABLE = (
    "USING iceberg TBLPROPERTIES ('format-version' = '2', 'write.merge.mode' = 'copy-on-write', "
    "'write.parquet.compression-codec' = 'zstd')"
)


# what it costs ------------------------------------------------------------------------------------------------------
def answered(session: Any) -> int:
    """The bytes tasks answered to the driver so far."""
    store = session.sparkContext._jsc.sc().statusStore()
    stages = store.stageList(None, False, False, getattr(store, "stageList$default$4")(), None)
    return sum(stages.apply(place).resultSize() for place in range(stages.size()))


def session_of(root: Path) -> Any:
    """A session as ours is: the same libraries, settings and memory."""
    from data_framework.modules.data_process.integrations.spark.session.sessions import open_session
    from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings, local_catalogue

    root.mkdir(parents=True, exist_ok=True)
    session = open_session(SparkSettings(local_catalogue(root)))
    session.range(1).count()
    return session


# by hand ------------------------------------------------------------------------------------------------------------
def _typed(session: Any, path: str, types: dict[str, str]) -> Any:
    """The rows of a CSV: cast, the text beside, and whether they are bad."""
    text = session.read.csv(path, header=True, schema=", ".join(f"{name} string" for name in types))
    cells = [f"{name} AS t_{name}" for name in types]
    cells += [f"try_cast({name} AS {kind}) AS {name}" for name, kind in types.items()]
    bad = " OR ".join(f"({name} IS NULL AND t_{name} IS NOT NULL)" for name in types)
    return text.selectExpr(*cells).selectExpr("*", f"({bad}) AS bad")


def _rules() -> list[str]:
    """Seventeen of the rules as aggregates."""
    tests = [f"{field} IS NULL" for field in NOT_NULL]
    tests += [f"NOT {field} BETWEEN {low} AND {high}" for field, (low, high) in RANGES.items()]
    tests += [f"{field} NOT IN ({', '.join(map(repr, values))})" for field, values in SETS.items()]
    tests += [f"NOT {field} RLIKE {pattern!r}" for field, pattern in PATTERNS.items()]
    return [f"sum(CASE WHEN NOT bad AND {test} THEN 1 ELSE 0 END)" for test in tests]


def _columns(types: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in types.items())


def hand_orders(folder: Path, session: Any) -> None:
    """The table that one rule refers to."""
    session.sql("CREATE NAMESPACE IF NOT EXISTS iceberg_catalog.bench_staging")
    session.sql(f"CREATE TABLE {_LAKE}.orders ({_columns(ORDERS)}) {_TABLE}")
    _typed(session, str(folder / "orders.csv"), ORDERS).select(*ORDERS).writeTo(f"{_LAKE}.orders").append()


def hand_load(folder: Path, session: Any, source: str) -> None:
    """Judge, then write what is bad and what is good."""
    session.sql(f"CREATE TABLE {_LAKE}.lineitem ({_columns(TYPES)}) {_TABLE}")
    rows = _typed(session, str(folder / source), TYPES)
    count, bad, *broken = rows.selectExpr("count(*)", "count_if(bad)", *_rules()).first()
    good = rows.where("NOT bad")
    broken += [good.groupBy(*keys).count().where("count > 1").count() for keys in (KEYS, WIDE_KEYS)]
    orders = session.table(f"{_LAKE}.orders").selectExpr("o_orderkey AS l_orderkey")
    broken.append(good.select("l_orderkey").join(orders, "l_orderkey", "left_anti").count())
    assert count
    assert not any(broken), broken
    if bad:
        session.sql(f"CREATE TABLE {_LAKE}.lineitem_bad (delivered string) {_TABLE}")
        delivered = f"to_json(struct({', '.join(f't_{name}' for name in TYPES)})) AS delivered"
        rows.where("bad").selectExpr(delivered).writeTo(f"{_LAKE}.lineitem_bad").append()
    good.select(*TYPES).writeTo(f"{_LAKE}.lineitem").append()


def hand_merge(folder: Path, session: Any) -> None:
    """One MERGE by the primary key."""
    _typed(session, str(folder / "updates.csv"), TYPES).where("NOT bad").createOrReplaceTempView("updates")
    on = " AND ".join(f"t.{key} = s.{key}" for key in KEYS)
    sets = ", ".join(f"t.{name} = s.{name}" for name in TYPES)
    names, values = ", ".join(TYPES), ", ".join(f"s.{name}" for name in TYPES)
    session.sql(f"MERGE INTO {_LAKE}.lineitem t USING updates s ON {on} WHEN MATCHED THEN UPDATE SET {sets} "
                f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})")  # fmt: skip


# ours ---------------------------------------------------------------------------------------------------------------
def ours(folder: Path, project: str, dataflow: str, mode: Literal["delta", "full"] = "delta") -> None:
    """One process of the project, its raw files landed before."""
    from data_framework.launcher import Request, run
    from data_framework.modules.config import open_config

    config = open_config(folder / project, arguments={"technology": "emr"})
    answer = run(config, Request(dataflow, process="raw_to_staging", mode=mode))
    assert answer.exit_code == 0, answer.to_dict()


def parquet(folder: Path, session: Any, data: str) -> None:
    """Lineitem as one Parquet file with its types."""
    written = folder / "written"
    _typed(session, str(folder / "lineitem.csv"), TYPES).select(*TYPES).coalesce(1).write.parquet(str(written))
    next(written.glob("part-*.parquet")).rename(data)


def rules(folder: Path, data: str) -> None:
    """The rules the other engines have words for, over a Parquet file."""
    from data_framework.modules.config import read_controls
    from data_framework.modules.validation import check_file

    said = [one for one in controls() if one["algorithm"] not in {"is_foreign_key", "row_count"}]
    written = folder / "rules.json"
    written.write_text(json.dumps({"controls": [one for one in said if one.get("field") != WIDE_KEYS]}))
    found = check_file(Path(data), read_controls(written), engine="emr")
    assert {one.rag for one in found.controls} == {"green"}, found.controls


def main() -> None:
    """Run one program, and print what it cost beside the start of its session."""
    name, folder, *rest = sys.argv[1:]
    session = session_of(Path(folder) / "hand")
    before, start = tree_cpu(), time.perf_counter()
    if name in {"ours", "rules"}:
        {"ours": ours, "rules": rules}[name](Path(folder), *rest)
    else:
        by_hand = {"hand_orders": hand_orders, "hand_load": hand_load, "hand_merge": hand_merge, "parquet": parquet}
        by_hand[name](Path(folder), session, *rest)
    found = {
        "cpu": tree_cpu() - before, "wall": time.perf_counter() - start,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "answered": answered(session) / 1e6,
    }  # fmt: skip
    print(json.dumps(found))


if __name__ == "__main__":
    main()
