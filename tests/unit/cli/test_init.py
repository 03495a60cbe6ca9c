"""A project made by `init`: whole, named after its folder, never over something that is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from data_framework.cli.init import init, make_project, register
from data_framework.modules.config import open_config
from data_framework.modules.exception import UnknownChoiceError
from data_framework.modules.exception.project_exceptions import ProjectExistsError, ProjectNotWrittenError


def command_line() -> typer.Typer:
    app = typer.Typer()
    register(app)
    return app


@pytest.mark.parametrize("template", ["minimal", "flights"])
@pytest.mark.parametrize(("folder", "name"), [("My shop", "my_shop"), ("2026 sales", "2026_sales"), ("--", "project")])
def test_the_project_is_named_after_its_folder_and_valid(tmp_path: Path, template: str, folder: str, name: str) -> None:
    written = make_project(tmp_path / folder, template)
    config = open_config(tmp_path / folder)
    assert config.project_id == name
    assert {"platform.json", "transformation.json", "README.md"} <= {path.name for path in written}
    assert not [path for path in written if "__project__" in path.read_text()]


def test_the_minimal_project_brings_data_to_run(tmp_path: Path) -> None:
    make_project(tmp_path / "shop", "minimal")
    landed = sorted(path.name for path in (tmp_path / "shop" / "data" / "landing").rglob("*.csv"))
    assert landed == ["orders_2026-01-01.csv", "orders_2026-01-02.csv"]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(ProjectExistsError, match="not an empty folder"):
        make_project(tmp_path, "minimal")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_way_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("precious")
    with pytest.raises(ProjectExistsError):
        make_project(tmp_path / "shop", "minimal")


def test_a_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectNotWrittenError, match="Choose a folder"):
        make_project(tmp_path / "file" / "shop", "minimal")


def test_an_unknown_template_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownChoiceError, match="Did you mean 'flights'"):
        make_project(tmp_path / "shop", "flight")


def test_the_command_answers_with_one_document(tmp_path: Path) -> None:
    done = CliRunner().invoke(command_line(), [str(tmp_path / "shop"), "--json"])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["success"], answer["template"]) == (0, True, "minimal")
    assert all((tmp_path / "shop" / file).is_file() for file in answer["files"])


def test_the_command_says_what_comes_next(tmp_path: Path) -> None:
    done = CliRunner().invoke(command_line(), [str(tmp_path / "flights"), "--template", "flights"])
    assert done.exit_code == 0
    assert f"python {tmp_path / 'flights'}/deliver.py" in done.stdout
    assert "data-framework run --all" in done.stdout


def test_the_commands_help_is_its_docstring() -> None:
    assert "runs as it is" in CliRunner().invoke(command_line(), ["--help"]).stdout
    assert init.__doc__
