"""What processes do with tables: targets, casting, sources, reports, messages, variables."""

from __future__ import annotations

from typing import Any

from stories.keys.landing import CONTRACT, PROCESS, documents
from stories.keys.world import Case, Place, World

FLOW: Place = ("transformation", "dataflows", "sales")
PROCESSES: Place = (*FLOW, "processes")
TARGET: Place = (*PROCESSES, "raw_to_staging", "target_tables", "sales")
SQL = "transformation/dataflow/sales/staging_to_business.sql"
ROWS = "id,shop,at,booked,sub\n1,a,2026-01-05,09/01/2026,{k=1}\n2,b,2026-01-06,06/01/2026,{k=2}\n"
MORE = "id,shop,at,booked,sub\n2,c,2026-01-06,06/01/2026,{k=3}\n4,d,2026-01-06,06/01/2026,{k=4}\n"
SHOUT = """from sqlglot import exp


def shout(step, texts, types):
    changed = {name: exp.Concat(expressions=[texts[name], exp.Literal.string(step.arguments["mark"])])
               for name in step.columns}
    return {**texts, **changed}
"""
TYPED = [{"name": "id", "type": "bigint"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "date"},
         {"name": "booked", "type": "string"}, {"name": "sub", "type": "string"},
         {"name": "filename", "type": "string"}, {"name": "origin", "type": "string"},
         {"name": "data_date", "type": "date"}]  # fmt: skip
BUSINESS = {"source_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
            "target_tables": {"totals": {"database": "shop_business", "table": "totals"}}}  # fmt: skip
REPORT: dict[str, Any] = {"name": "Totals", "source_table": "totals", "filename_pattern": "totals_{file_date}.csv"}
OUTPUT = {"source_tables": {"totals": {"database": "shop_business", "table": "totals"}}, "output_reports": [REPORT]}
TOTALS = """select shop, count(*) as sales, '=1+1' as formula, 'ñ' as letter
from sales where shop <> {vars.left_out} group by shop"""
CODE = """from data_framework import DataFlowInterface


class ProcessingCoordinator(DataFlowInterface):
    def process(self):
        self.write(self.read_table("sales"), "totals")
        self.notifications.send("done", {})
"""


def _documents(contract: bool = True) -> dict[str, Any]:
    made = documents({"file_format": "csv"})
    made["tables"] = {"sales": {**CONTRACT, "columns": TYPED}} if contract else {}
    made["platform"]["local"]["notifications"] = {
        "topics": {"internal": ["in@example.org"], "external": ["ex@example.org"]}
    }
    return made


def _whole(**processes: Any) -> dict[str, Any]:
    made = _documents()
    flow = made["transformation"]["dataflows"]["sales"]["processes"]
    flow |= {"staging_to_business": {**BUSINESS, "vars": {"default": {"left_out": "a"}}}, "business_to_output": OUTPUT}
    flow |= processes
    return made


_ONE, _TWO = {"sales_2026-01-01.csv": ROWS}, {"sales_2026-01-02.csv": MORE}
WORLDS = {
    "typed": World(_documents(), _ONE, files={"transformation/texts.py": SHOUT}),
    "mastered": World(
        {**_documents(contract=False), "tables": {"master": {**CONTRACT, "table": "master", "columns": TYPED}}},
        _ONE,
        commands=(("tables", "apply"), ("run", "sales")),
    ),
    "untyped": World(_documents(contract=False), _ONE, restated=_TWO),
    "whole": World(_whole(), _ONE, files={SQL: TOTALS}),
    "planned": World(_whole(), files={SQL: TOTALS}, commands=(("plan", "sales"),)),
    "python": World(_whole(business_to_output={}), {**_ONE, **_TWO}, files={SQL.replace(".sql", ".py"): CODE}),
    "develop": World(_whole(), _ONE, files={SQL: TOTALS}, commands=(("run", "sales", "--environment", "develop"),)),
    "preproduction": World(
        _whole(), _ONE, files={SQL: TOTALS}, commands=(("run", "sales", "--environment", "preproduction"),)
    ),
    "production": World(
        _whole(), _ONE, files={SQL: TOTALS}, commands=(("run", "sales", "--environment", "production"),)
    ),
}
STEPS: Place = (*TARGET, "casting", "transformations")
DATES = {"type": "parse_dates", "columns": ["booked"], "source_format": ["%d/%m/%Y"]}
MASTERED: Place = (*TARGET, "data_controls")
MASTER_FIELDS = [{"type": "master_fields", "column": "shop", "master_table": "shop_staging.master"}]


def _target(world: str, name: str, value: Any, sees: str, *given: Any) -> Case:
    place = [int(step) if step.isdigit() else step for step in name.split(".")]
    key = name.replace(".0.", "[].")
    return Case(f"{PROCESS}target_tables.*.{key}", world, (*TARGET, *place), value, sees, given)


def _step(name: str, value: Any, step: dict[str, Any], sees: str = "tables.shop_staging.sales") -> Case:
    key = f"{PROCESS}target_tables.*.casting.transformations[].{name}"
    return Case(key, "typed", (*STEPS, 0, name), value, sees, ((STEPS, [step]),))


REPORTS: Place = (*PROCESSES, "business_to_output", "output_reports")


def _report(name: str, value: Any, *given: Any, sees: str = "reports") -> Case:
    at = (*REPORTS, 0, *name.split("."))
    changes = tuple(((*REPORTS, 0, *other.split(".")), stays) for other, stays in given)
    return Case(f"{PROCESS}output_reports[].{name}", "whole", at, value, sees, changes)


def _message(name: str, value: Any, sees: str = "mails") -> Case:
    at: Place = (*PROCESSES, "staging_to_business", "notifications")
    message = {"subject": "All is done", "body": "Look."}
    return Case(
        f"{PROCESS}notifications.*.{name}", "python", (*at, "done", name), value, sees, ((at, {"done": message}),)
    )


def _environment(name: str) -> Case:
    entry: Place = ("platform", name)
    given = ((entry, {"environment": name, "data_root": "data"}),)
    at: Place = (*PROCESSES, "staging_to_business", "vars", name)
    return Case(f"{PROCESS}vars.{name}", name, at, {"left_out": "b"}, "reports", given)


def _process(name: str, process: str, value: Any, sees: str, world: str = "whole") -> Case:
    return Case(f"{PROCESS}{name}", world, (*PROCESSES, process, *name.split(".")), value, sees)


def _project(name: str, value: Any, sees: str) -> Case:
    place = name.replace("*", "sales").split(".")
    return Case(f"transformation: {name}", "whole", ("transformation", *place), value, sees)


_READ: Place = (*PROCESSES, "business_to_output", "source_tables", "sales")
_SOURCE: Place = (*PROCESSES, "staging_to_business", "source_tables", "sales")
CASES = [
    _target("untyped", "database", "mall_staging", "counts"),
    _target("untyped", "table", "sold", "counts"),
    _target("untyped", "layer", "common", "counts"),
    _target("untyped", "primary_keys", ["id"], "tables.shop_staging.sales"),
    _target("untyped", "partition_field", "data_date", "tables.shop_staging.sales"),
    _target("untyped", "write_mode", "append", "tables.shop_staging.sales"),
    _target("untyped", "casting.strategy", "dynamic", "tables.shop_staging.sales"),
    _target("typed", "casting.add_missing_columns", False, "tables.shop_staging.sales"),
    _target("mastered", "casting.master_table", "shop_staging.master", "tables.shop_staging.sales"),
    _target("typed", "casting.fix_incompatible_characters", True, "tables.shop_staging.sales",
            (("tables", "sales", "columns", 4, "type"), "struct<k:int>")),
    *(_target("mastered", f"data_controls.0.{key}", value, sees, (MASTERED, MASTER_FIELDS))
      for key, value, sees in (("type", "other", "codes"), ("column", "at", "controls"),
                               ("master_table", "shop_staging.nowhere", "controls"))),
    _step("type", "add_filename_column", {"type": "nothing:at_all"}, "codes"),
    _step("columns", ["at"], DATES),
    _step("source_format", ["%Y"], DATES),
    _step("target_format", "%Y", DATES),
    _step("target_column", "origin", {"type": "add_filename_column"}),
    _step("arguments", {"mark": "?"}, {"type": "texts:shout", "columns": ["shop"], "arguments": {"mark": "!"}}),
    Case(f"{PROCESS}source_tables.*.database", "whole", (*_SOURCE, "database"), "mall_staging", "codes"),
    Case(f"{PROCESS}source_tables.*.table", "whole", (*_SOURCE, "table"), "sold", "codes"),
    Case(f"{PROCESS}source_tables.*.layer", "whole", (*_SOURCE, "layer"), "common", "said"),
    Case(f"{PROCESS}source_tables.*.partition_field", "python", (*_SOURCE, "partition_field"), "data_date", "counts"),
    _report("name", "Sums"),
    _report("source_table", "shop_staging.sales"),
    _report("columns", ["shop"]),
    _report("columns_alias", ["a", "b", "c", "d"]),
    _report("where", "shop <> 'b'"),
    _report("file_format", "json"),
    _report("filename_pattern", "sums.csv"),
    _report("filename_date_format", "%d%m%Y"),
    _report("csv_specs.header", False),
    _report("csv_specs.index", True),
    _report("csv_specs.encoding", "latin-1"),
    _report("csv_specs.delimiter", ";"),
    _report("csv_specs.formula_escape", False),
    _report("json_specs.format", "columns", ("file_format", "json")),
    _report("replaces", [{"b": "bee"}]),
    _report("on_empty", "write", ("where", "shop = 'nowhere'")),
    _process("vars.default", "staging_to_business", {"left_out": "b"}, "reports"),
    _process("vars.local", "staging_to_business", {"left_out": "b"}, "reports"),
    *(_environment(name) for name in ("develop", "preproduction", "production")),
    Case(f"{PROCESS}source_tables.*.primary_keys", "whole", (*_READ, "primary_keys"), ["booked"], "reports",
         ((_READ, {"database": "shop_staging", "table": "sales"}), ((*REPORTS, 0, "source_table"), "sales"))),
    _process("per", "staging_to_business", "date", "counts"),
    _message("topics", ["external"]),
    _message("subject", "It is done"),
    _message("body", "Look again."),
    _message("active", False),
    _process("cancel_next_stage", "raw_to_staging", True, "processes"),
    _process("processing_specifications.technology", "raw_to_staging", "emr", "said", "planned"),
    _project("project_id", "mall", "reports"),
    _project("data_framework.core_version", "99.1", "codes"),
    _project("dataflows.*.data_framework.core_version", "99.1", "codes"),
    _project("dataflows.*.config_match_by.file_name", ["x*"], "files"),
]  # fmt: skip
