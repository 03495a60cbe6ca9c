"""What contracts promise and controls judge."""

from __future__ import annotations

from typing import Any

from stories.keys.landing import documents
from stories.keys.world import ABSENT, Case, Place, World

CONTRACT: Place = ("tables", "sales")
CONTROL: Place = ("controls", "controls", 0)
DAY_1 = "id,shop,amount,sold,code,extra\n1,a,1.00,05/01/2026,x,1\n2,b,-,06/01/2026,,2\n3,c,3.00,,,\n"
DAY_2 = "id,shop,amount,sold,code\n1,a,9.00,04/01/2026,y\n1,a,9.00,04/01/2026,y\n2,b,12345.00,07/01/2026,y\n"
COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "type": "bigint"}, {"name": "shop", "type": "string"}, {"name": "amount", "type": "decimal(6,2)"},
    {"name": "sold", "type": "date", "formats": ["%d/%m/%Y"]}, {"name": "code", "type": "string"},
    {"name": "data_date", "type": "date"},
]  # fmt: skip
JUDGED: dict[str, Any] = {
    "control_master_id": "C1", "control_table_id": "T1", "layer": "staging", "database": "shop_staging",
    "table": "sales", "field": "shop", "algorithm": "is_in", "arguments": {"values": ["a", "b"]},
}  # fmt: skip
MATCHES = "select code as identifier, length(shop) as result from {data}"


def _documents(controls: bool = True) -> dict[str, Any]:
    made = documents({"file_format": "csv"})
    contract = {"layer": "staging", "database": "shop_staging", "table": "sales", "columns": COLUMNS}
    made["tables"] = {"sales": {**contract, "partition_field": "data_date"}}
    if controls:
        made["controls"] = {"controls": [JUDGED]}
    return made


_SHOW = (("run", "sales"), ("tables", "show", "shop_staging.sales"))
_TWO_DAYS = {"sales_2026-01-01.csv": DAY_1, "sales_2026-01-02.csv": DAY_2}
_REPORTED: dict[str, Any] = {
    "business_to_output": {
        "source_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
        "output_reports": [{"name": "All", "source_table": "sales", "filename_pattern": "all.csv"}],
    }
}


def _reported() -> dict[str, Any]:
    made = _documents(controls=False)
    made["transformation"]["dataflows"]["sales"]["processes"] |= _REPORTED
    return made


WORLDS = {
    "promised": World(_documents(controls=False), _TWO_DAYS, commands=_SHOW),
    "reported": World(_reported(), _TWO_DAYS),
    "judged": World(_documents(), {"sales_2026-01-01.csv": DAY_1}, commands=(("run", "sales"), ("controls", "list"))),
    "shown": World(_documents(), commands=(("controls", "test", "T1", "--engine", "lambda"),)),
}  # fmt: skip
_TABLE = "tables.shop_staging.sales"
MERGE = (((*CONTRACT, "partition_field"), ABSENT), ((*CONTRACT, "primary_keys"), ["id"]))


def _contract(name: str, value: Any, sees: str = _TABLE, *given: Any, world: str = "promised") -> Case:
    place = tuple(int(step) if step.isdigit() else step for step in name.split("."))
    key = ".".join("[]" if isinstance(step, int) else step for step in place).replace(".[]", "[]")
    return Case(f"tables: {key}", world, (*CONTRACT, *place), value, sees, given)


def _control(name: str, value: Any, sees: str = "controls", **given: Any) -> Case:
    changes = tuple(((*CONTROL, *other.split("__")), stays) for other, stays in given.items())
    return Case(f"controls: controls[].{name}", "judged", (*CONTROL, *name.split(".")), value, sees, changes)


_SQL = {"algorithm": MATCHES, "algorithm_type": "SQL", "arguments": {}}
CASES = [
    _contract("layer", "common", "counts"),
    _contract("database", "mall_staging"),
    _contract("table", "sold"),
    _contract("description", "What was sold.", "said"),
    _contract("owner", "Ana", "said"),
    _contract("tags", ["money"], "said"),
    _contract("columns.0.name", "number"),
    _contract("columns.0.type", "string"),
    _contract("columns.0.description", "Its number."),
    _contract("columns.4.nullable", False),
    _contract("columns.4.aliases", ["extra"], _TABLE, ((*CONTRACT, "columns", 4, "name"), "coded")),
    _contract("columns.2.null_values", ["-"]),
    _contract("columns.3.formats", ["%m/%d/%Y"]),
    _contract("columns.4.default", "none"),
    _contract("columns.1.pii", True, "said"),
    _contract("primary_keys", ["id"], _TABLE),
    _contract("partition_field", ABSENT),
    _contract("partition_transform", "month", _TABLE, ((*CONTRACT, "write_mode"), "overwrite_partition")),
    _contract("write_mode", "overwrite"),
    _contract("sequence_by", "sold", _TABLE, *MERGE),
    _contract("delete_when", "id = 1", _TABLE, *MERGE),
    _contract("schema_policy.new_columns", "evolve"),
    _contract("schema_policy.missing_columns", "freeze", "files", ((*CONTRACT, "columns", 6, "name"), "unseen")),
    _contract("schema_policy.type_change", "freeze"),
    _contract("order_by", ["amount desc"], "reports", world="reported"),
    *(_control(name, value)
      for name, value in (("control_master_id", "C2"), ("control_table_id", "T2"), ("name", "shops"),
                          ("dimension", "accuracy"), ("layer", "common"), ("database", "mall_staging"),
                          ("table", "sold"), ("field", "code"), ("level", "File"), ("algorithm", "is_not_in"),
                          ("arguments", {"values": ["a"]}), ("where", "shop = 'a'"), ("active", False))),
    *(_control(name, value, "said") for name, value in (("description", "Known shops."), ("owner", "Ana"),
                                                        ("tags", ["money"]))),
    _control("algorithm_type", "Regex", algorithm="a|b", arguments={}),
    _control("threshold.type", "Absolute", threshold__max=0, **_SQL),
    _control("threshold.min", 2, **_SQL),
    _control("threshold.max", 0, **_SQL),
    _control("threshold.rag_min", 0.1),
    _control("threshold.rag_max", 0.1),
    _control("blocking", True, "codes"),
    _control("on_failure", "quarantine", _TABLE),
    _control("nulls", "fail", field="code"),
    *(Case(f"controls: controls[].{name}", "shown", (*CONTROL, name), [{"shop": shop}], "said")
      for name, shop in (("pass_examples", "a"), ("fail_examples", "c"))),
]  # fmt: skip
