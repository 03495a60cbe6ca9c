from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from data_framework.cli import config as config_commands
from data_framework.cli import validate as validate_command
from unit.config.builder import EVERYTHING, STAGING, sales, write


def run(*arguments: str) -> Any:
    app = typer.Typer()
    validate_command.register(app)
    config_commands.register(app)
    return CliRunner().invoke(app, list(arguments))


class TestValidate:
    def test_it_says_how_much_it_understood(self) -> None:
        result = run("validate", "--project", str(EVERYTHING), "--json")
        document = json.loads(result.stdout)
        assert result.exit_code == 0
        counts = {key: document[key] for key in ("success", "dataflows", "tables", "contracts", "controls", "errors")}
        assert counts == {"success": True, "dataflows": 2, "tables": 6, "contracts": 3, "controls": 1, "errors": []}
        assert (
            "2 dataflows, 6 tables, 3 contracts, 1 controls: valid"
            in run("validate", "--project", str(EVERYTHING)).stdout
        )

    def test_all_errors_come_with_exit_code_2(self, tmp_path: Path) -> None:
        flows = sales(raw_to_stagin=STAGING, landing_to_raw={"incoming_file": {"file_format": "cvs", "zipped": "rar"}})
        result = run("validate", "--project", str(write(tmp_path, flows)), "--json")
        document = json.loads(result.stdout)
        assert (result.exit_code, document["success"], document["exit_code"]) == (2, False, 2)
        assert len(document["errors"]) == 2
        assert all(
            error.keys() == {"file", "line", "place", "found", "expected", "hint"} for error in document["errors"]
        )

    def test_what_this_version_lacks_is_an_error_here(self, tmp_path: Path) -> None:
        project = write(tmp_path, sales(), platform={"local": {"data_root": "s3://lake/data"}})
        result = run("validate", "--project", str(project))
        assert result.exit_code == 2
        assert "not part of this version" in result.stderr

    def test_a_target_that_nothing_writes_is_a_warning(self, tmp_path: Path) -> None:
        other = {"target_tables": {"other": {"database": "c", "table": "t"}}}
        result = run("validate", "--project", str(write(tmp_path, sales(common_to_business=other))), "--json")
        document = json.loads(result.stdout)
        assert (result.exit_code, document["success"]) == (0, True)
        assert [warning["place"] for warning in document["warnings"]] == [
            "dataflows.sales.processes.common_to_business.target_tables.other"
        ]

    def test_the_checks_of_other_modules_count(self, tmp_path: Path) -> None:
        control = {"control_master_id": "C1", "database": "shop_staging", "table": "sales", "field": "id"}
        project = write(tmp_path, sales(), controls__a={"controls": [{**control, "algorithm": "is_not_nul"}]})
        result = run("validate", "--project", str(project), "--json")
        document = json.loads(result.stdout)
        assert result.exit_code == 2
        assert [(error["file"], error["place"].partition("[")[0]) for error in document["errors"]] == [
            ("controls/a.json", "controls")
        ]
        assert "is_not_null" in json.dumps(document["errors"][0])

    def test_no_project_is_exit_code_2(self, tmp_path: Path) -> None:
        result = run("validate", "--project", str(tmp_path), "--json")
        assert result.exit_code == 2
        assert json.loads(result.stdout)["errors"][0]["type"] == "ProjectNotFoundError"


class TestConfig:
    def test_show_masks_secrets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAIL_PASSWORD", "hunter22")
        smtp = {"notifications": {"smtp": {"password": "env:MAIL_PASSWORD"}}}
        project = str(write(tmp_path, sales(), platform={"local": smtp}))
        for arguments in (["show"], ["show", "--json"], ["explain", "notifications.smtp"], ["show", "sales", "-vv"]):
            result = run("config", *arguments, "--project", project)
            assert result.exit_code == 0
            assert "hunter22" not in result.output
        assert json.loads(run("config", "show", "--project", project).stdout)["environment"] == "local"

    def test_show_of_an_unknown_dataflow_is_exit_code_2(self, tmp_path: Path) -> None:
        result = run("config", "show", "sale", "--project", str(write(tmp_path, sales())))
        assert result.exit_code == 2
        assert "Did you mean 'sales'?" in result.stderr

    def test_explain_names_file_and_line(self) -> None:
        arguments = ["config", "explain", "sales.landing_to_raw.incoming_file.zipped", "--project", str(EVERYTHING)]
        assert "transformation.json:22" in run(*arguments).stdout
        assert json.loads(run(*arguments, "--json").stdout)["line"] == 22

    def test_schema_is_json_schema_with_and_without_json(self) -> None:
        for options in ([], ["--json"]):
            document = json.loads(run("config", "schema", *options).stdout)
            assert set(document) == {"platform", "transformation", "dataflow", "tables", "controls"}
        controls = json.loads(run("config", "schema", "controls").stdout)
        assert controls["properties"]["controls"]["type"] == "array"

    def test_a_wrong_key_in_a_file_stops_every_command(self, tmp_path: Path) -> None:
        project = write(tmp_path, sales(), platform={"local": {"regoin": "x"}})
        for arguments in (["show"], ["explain", "platform.region"]):
            result = run("config", *arguments, "--project", str(project))
            assert result.exit_code == 2
            assert "Did you mean 'region'?" in result.stderr
