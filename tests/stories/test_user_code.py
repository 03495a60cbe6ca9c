"""Project code on every member of the base class: casting reads, variables, notifications, Python controls, payload."""

from __future__ import annotations

from pathlib import Path

from shop import BUSINESS, LANDING, SQL, STAGING, control, deliver, process_of, shop

PLAIN = """
import pyarrow as pa
from data_framework import DataFlowInterface


class ProcessingCoordinator(DataFlowInterface):
    def process(self):
        sales = self.read_table_with_casting("sales", apply_quality_controls={judged})
        self.write(sales, "sales")
        self.notifications.send("closed", {{"rows": len(sales)}})
        self.payload_response.outputs.append({{"name": "extra"}})
"""
LIMIT = """
def dear(control, data):
    return data["amount"] < control.arguments["limit"]
"""


def test_a_python_raw_to_staging_reads_cast_rows(tmp_path: Path) -> None:
    closed = {"type": "email", "topics": ["internal"], "subject": "{rows} rows", "body": "all of them", "active": True}
    staging = {**STAGING, "notifications": {"closed": closed}}
    project = shop(tmp_path, {"landing_to_raw": LANDING, "raw_to_staging": staging})
    project.write("controls/sales.json", {"controls": [control(on_failure="quarantine")]})
    for judged, left in ((False, ["1", "2"]), (True, ["2"])):
        project.write("transformation/dataflow/sales/raw_to_staging.py", PLAIN.format(judged=judged))
        deliver(project, 1, f"1,north,-1.50\n2,south,2.25\n3,west,x{judged}\n")
        answer = project.json("run", "sales")
        written = process_of(answer, "raw_to_staging")["tables"][0]
        assert written["rows_read"] == written["rows_written"] + written["rows_quarantined"]
        assert [row["id"] for row in project.table("shop_staging.sales")] == left if judged else True


def test_a_python_control_of_the_project_sets_rows_aside(tmp_path: Path) -> None:
    project = shop(tmp_path)
    project.write("transformation/limits.py", LIMIT)
    dear = {"algorithm_type": "Python", "algorithm": "limits:dear", "arguments": {"limit": 2}}
    project.write("controls/sales.json", {"controls": [control(**dear, on_failure="quarantine")]})
    deliver(project, 1)
    answer = project.json("run", "sales")
    result = process_of(answer, "raw_to_staging")["controls"][0]
    assert (result["total"], result["invalid"], result["rag"]) == (2, 1, "red")
    assert [row["id"] for row in project.table("shop_staging.sales")] == ["1"]


VERBS = """
from data_framework import DataFlowInterface


class ProcessingCoordinator(DataFlowInterface):
    def process(self):
        verbs = self.data_process
        sales = self.read_table("sales")
        regions = verbs.create_dataframe({"shop": ["north", "south"], "region": ["up", "down"]})
        joined = verbs.join(sales, regions, "left", "shop")
        counted = verbs.query("select shop, count(*) as sales from shop_staging.sales group by shop")
        result = verbs.join(joined, counted, "inner", "shop")
        self.write(verbs.select_columns(result, ["id", "shop", "region", "sales", "amount"]), "totals")
        assert self.vars("surcharge") == 2
"""


def test_verbs_queries_and_variables(tmp_path: Path) -> None:
    business = {**BUSINESS, "vars": {"default": {"surcharge": 1}, "local": {"surcharge": 2}}, "per": "run"}
    project = shop(tmp_path, {"landing_to_raw": LANDING, "raw_to_staging": STAGING, "staging_to_business": business})
    (tmp_path / SQL).unlink()
    project.write("transformation/dataflow/default/staging_to_business.py", VERBS)
    deliver(project, 1)
    project.json("run", "sales")
    assert project.table("shop_business.totals") == [
        {"id": "1", "shop": "north", "region": "up", "sales": "1", "amount": "1.50"},
        {"id": "2", "shop": "south", "region": "down", "sales": "1", "amount": "2.25"},
    ]
