from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import DOCUMENTS, as_document, document_schema, explain, leaf_keys, open_config
from data_framework.modules.config.judge import fields_at, validate
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.flows import Dataflow
from data_framework.modules.config.model.platform import Platform
from data_framework.modules.config.model.sizes import memory_bytes, parse_size
from data_framework.modules.config.model.tables import TableContract
from data_framework.modules.config.nodes import Node, located
from data_framework.modules.exception import Problem, UnknownKeyError
from unit.config.builder import EVERYTHING, opened, sales, write

MODELS: dict[str, tuple[Any, int]] = {
    "platform": (Platform, 1), "dataflow": (Dataflow, 0), "tables": (TableContract, 0), "controls": (Control, 2)
}  # fmt: skip


def nested(place: tuple[str, ...], value: Any) -> Any:
    for key in reversed(place):
        value = [value] if key == "[]" else {"name" if key == "*" else key: value}
    return value


# Judged together with other keys, merged before, or refused whatever they hold.
APART = {"date_located_filename.regex", ".vars.", "transformations[]"}
OTHER_PLACES = {"develop", "preproduction", "production", "tables"}
LEAVES = [
    leaf
    for document in MODELS
    for leaf in leaf_keys(document)
    if leaf.place[0] not in OTHER_PLACES and not any(part in str(leaf) for part in APART)
]


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_the_sample_of_every_key_is_taken_by_its_model(leaf: Any) -> None:
    model, skipped = MODELS[leaf.document]
    place = leaf.place[skipped:]
    problems: list[Problem] = []
    validate(model, located(nested(place, leaf.sample), Node(None)), problems)
    wrong = [problem for problem in problems if problem.found != "nothing"]
    assert not wrong
    assert leaf.sample != leaf.default or leaf.default is None


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_reference_of_a_schema_leads_somewhere(document: str) -> None:
    schema = document_schema(document)
    text = json.dumps(schema)
    assert {part.split('"')[0] for part in text.split("#/$defs/")[1:]} <= schema["$defs"].keys()


def test_a_dataflow_may_leave_everything_to_default() -> None:
    schema = document_schema("transformation")
    assert not [name for name, kind in schema["$defs"].items() if "required" in kind]
    assert schema["required"] == ["dataflows"]


def test_known_keys_are_found_through_lists_maps_and_unions() -> None:
    path = ("processes", "raw_to_staging", "target_tables", "x", "casting", "transformations", 0)
    assert {"columns", "target_column", "source_format"} < fields_at(Dataflow, path).keys()
    assert "source_format" not in fields_at(Dataflow, (*path, "add_filename_column"))
    assert fields_at(Dataflow, ("processes", "x", "output_reports", 0)).keys() >= {"columns_alias", "on_empty"}


class TestExplain:
    @pytest.mark.parametrize(
        ("key", "value", "source"),
        [
            ("dataflows.sales.processes.landing_to_raw.incoming_file.zipped", "zip", "transformation.json"),
            ("sales.landing_to_raw.incoming_file.zipped", "zip", "transformation.json"),
            ("stock.landing_to_raw.incoming_file.csv_specs.encoding[1]", "latin-1", "transformation.json"),
            ("stock.landing_to_raw.incoming_file.csv_specs.delimiter", [";"], "transformation.json"),
            ("stock.landing_to_raw.output_file.table", "stock", "dataflows/stock.json"),
            ("sales.staging_to_common.vars.limit", 10, "transformation.json"),
            ("limits.members", 100, "platform.json"),
            ("environment", "local", "platform.json"),
            ("tables.shop_common.sales.primary_keys", ["id"], "tables/others.json"),
            ("controls.T001.blocking", "amber", "controls/sales.json"),
            ("sales.raw_to_staging.processing_specifications.technology", "lambda", "platform.json"),
            ("project_id", "everything", "transformation.json"),
        ],
    )
    def test_a_written_key_names_file_and_line(self, key: str, value: Any, source: str) -> None:
        found = explain(open_config(EVERYTHING), key)
        assert (found["value"], found["source"], found["file"]) == (value, "file", source)
        line = (EVERYTHING / source).read_text().splitlines()[found["line"] - 1]
        last = found["place"].replace("]", "").replace("[", ".").split(".")[-1]
        assert last.isdigit() or f'"{last}":' in line

    def test_what_nobody_wrote_is_a_default_or_derived(self) -> None:
        config = open_config(EVERYTHING)
        assert explain(config, "stock.landing_to_raw.incoming_file.zipped")["source"] == "default"
        assert explain(config, "sales.staging_to_common.target_tables.sales.layer") == {
            "key": "dataflows.sales.processes.staging_to_common.target_tables.sales.layer", "value": "common",
            "source": "derived", "file": None, "line": None, "place": None,
        }  # fmt: skip

    def test_an_argument_is_named(self, tmp_path: Path) -> None:
        config = open_config(write(tmp_path, sales()), arguments={"technology": "lambda"})
        found = explain(config, "sales.landing_to_raw.processing_specifications.technology")
        assert (found["source"], found["place"]) == ("argument", "--technology")

    @pytest.mark.parametrize(
        ("key", "hint"),
        [("sales.landing_to_raw.incoming_file.zipd", "zipped"), ("limits.ratoi", "ratio"),
         ("tables.shop_common.sale", "shop_common.sales"), ("controls.T002", "T001"), ("salse", "dataflows"),
         ("", "platform")],
    )  # fmt: skip
    def test_an_unknown_key_names_the_nearest(self, key: str, hint: str) -> None:
        with pytest.raises(UnknownKeyError) as caught:
            explain(open_config(EVERYTHING), key)
        assert hint in caught.value.hint


def test_the_resolved_document_shows_references_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "hunter22")
    platform = {"local": {"notifications": {"smtp": {"user": "env:SMTP_USER", "password": "env:SMTP_PASSWORD"}}}}
    config = opened(tmp_path, sales(), platform=platform)
    text = json.dumps(as_document(config))
    assert "hunter22" not in text
    assert "env:SMTP_PASSWORD=***" in text
    assert config.secret_values() == ["hunter22"]
    assert explain(config, "notifications.smtp.password")["value"] == "env:SMTP_PASSWORD=***"


@pytest.mark.parametrize(("text", "size"), [("1", 1), ("2kb", 2000), ("2 KiB", 2048), ("1.5g", 1610612736), ("3 b", 3)])
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GiB", "1 GiBB", "-1", "1,5 MB", "x"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no size"):
        parse_size(text)


def test_memory_is_a_share_of_what_there_is() -> None:
    assert memory_bytes(123) == 123
    assert 0 < memory_bytes("35%") < memory_bytes("70 %")
    assert Platform().limits.memory_bytes == memory_bytes("70%")
