"""Settings of Spark for a few rows a table: what plans for many machines costs more than it saves."""

from __future__ import annotations

SMALL = {
    "spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": "1", "spark.sql.codegen.wholeStage": "false",
}  # fmt: skip
