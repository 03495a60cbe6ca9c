"""What Spark answers for every case: `python golden.py` beside pyspark 4.1 and Java 17 writes golden.json again."""

from __future__ import annotations

import datetime
import decimal
import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROWS = """
select cast(i as int) i, cast(l as bigint) l, cast(d as decimal(10,2)) d, cast(e as decimal(18,4)) e,
       cast(f as double) f, cast(s as string) s, cast(b as boolean) b, cast(dt as date) dt,
       cast(ts as timestamp) ts, cast(n as int) n, cast(k as string) k
from (select 1 i, 10000000000 l, 10.25 d, 1.0001 e, 0.1 f, 'ano' s, true b, '2026-03-05' dt, '2026-03-05 10:11:12.5' ts,
             3 n, 'a' k
      union all select 2, -7, -3.05, 2.5, 2.25, 'Straße', false, '2026-02-28', '2026-02-28 00:00:00', null, 'a'
      union all select 3, 5, 0.99, 33.3333, -1.5, null, true, '2024-12-31', '2024-12-31 23:59:59', 2, 'b') q
"""


def cases() -> list[str]:
    """The cases: the lines of cases.txt and the examples of the functions."""
    lines = (HERE / "cases.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")] + examples()


def query(case: str) -> str:
    """A case as a query: columns named without a FROM are those of row 1."""
    if re.search(r" from (t\b(?!s)|\()", case.lower()) and not case.startswith("extract("):
        return f"select {case}"
    return f"select {case} from t where i = 1"


def canonical(value: Any) -> Any:
    """A value of a result as JSON, told apart by its kind."""
    if isinstance(value, float):
        return f"double {value!r}"
    if isinstance(value, decimal.Decimal):
        return f"decimal {value:f}"
    if isinstance(value, datetime.datetime):
        return f"timestamp {value.replace(tzinfo=None).isoformat(sep=' ')}"
    if isinstance(value, datetime.date):
        return f"date {value.isoformat()}"
    if isinstance(value, list | tuple):
        return [canonical(one) for one in value]
    return value


def for_spark(text: str) -> str:
    """A query of the dialect with its texts escaped as Spark reads them."""
    return re.sub(r"'((?:[^']|'')*)'", lambda m: "'" + m[1].replace("\\", "\\\\").replace("''", "\\'") + "'", text)


def examples() -> list[str]:
    """The examples of the functions, as cases over `t`."""
    from data_framework.modules.data_process.sql import functions

    ends = {"aggregate": " from t", "window": " from t order by i"}
    names = {r"\bx\b": "i", r"\by\b": "f"}
    found = []
    for one in functions():
        text = one.example
        if one.group in ends:
            for old, new in names.items():
                text = re.sub(old, new, text)
        found.append(text + ends.get(one.group, ""))
    return found


def main(extra: list[str]) -> None:
    """Ask Spark and write golden.json."""
    from pyspark.sql import SparkSession  # type: ignore[import-not-found]

    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.sql.session.timeZone", "UTC").config("spark.sql.ansi.enabled", "true")
             .config("spark.sql.ansi.doubleQuotedIdentifiers", "true").config("spark.log.level", "OFF")
             .config("spark.sql.shuffle.partitions", "1")
             .getOrCreate())  # fmt: skip
    spark.sql(ROWS).createOrReplaceTempView("t")
    answers = {}
    for case in [*cases(), *extra]:
        try:
            frame = spark.sql(for_spark(query(case)))
            types = [kind for _, kind in frame.dtypes]
            answers[case] = {"types": types, "rows": [canonical(tuple(row)) for row in frame.collect()]}
        except Exception as error:  # noqa: BLE001 - any refusal of Spark is an answer
            answers[case] = {"error": str(error).partition("]")[0].lstrip("[")[:60]}
    lines = [f"{json.dumps(case)}: {json.dumps(answer, ensure_ascii=False)}" for case, answer in answers.items()]
    (HERE / "golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    import sys

    main(json.loads(sys.argv[1]) if len(sys.argv) > 1 else [])
