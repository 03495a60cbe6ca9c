from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, ClassVar

import pytest

from data_framework.modules.config import open_config
from data_framework.modules.config.project import find_project
from data_framework.modules.exception import (
    ConfigErrors,
    ConfigParseError,
    EnvironmentNotResolvedError,
    ProjectNotFoundError,
    SecretError,
    UnknownDataflowError,
    UnknownProcessError,
)
from unit.config.builder import EVERYTHING, LANDING, opened, problems, sales, write


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_RUNTIME_API", "EMR_CLUSTER_ID", "GLUE_VERSION"):
        monkeypatch.delenv(name, raising=False)


class TestProject:
    def test_it_is_found_from_below(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, sales())
        (tmp_path / "a" / "b").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "a" / "b")
        assert open_config().project.root == tmp_path

    def test_none_is_an_error_that_says_where(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ProjectNotFoundError, match=r"transformation\.json.*--project"):
            open_config()
        with pytest.raises(ProjectNotFoundError, match="no such folder"):
            open_config(tmp_path / "absent")
        with pytest.raises(ProjectNotFoundError, match="no such file"):
            open_config(local_file=tmp_path / "absent.json")

    def test_a_local_file_names_project_and_folder(self, tmp_path: Path) -> None:
        write(tmp_path, shop={"dataflows": sales()})
        config = open_config(local_file=tmp_path / "shop.json")
        assert (config.project_id, config.data_root, config.project.name) == ("shop", tmp_path / "data", tmp_path.name)

    @pytest.mark.parametrize("prefix", ["", "project/"])
    def test_a_zip_reads_like_the_folder(self, tmp_path: Path, prefix: str) -> None:
        with zipfile.ZipFile(tmp_path / "transformation.zip", "w") as archive:
            for path in EVERYTHING.rglob("*.json"):
                archive.write(path, f"{prefix}{path.relative_to(EVERYTHING).as_posix()}")
        zipped, folder = open_config(tmp_path / "transformation.zip"), open_config(EVERYTHING)
        assert zipped.dataflows == folder.dataflows
        assert (zipped.contracts, zipped.controls) == (folder.contracts, folder.controls)
        assert zipped.data_root == tmp_path / "data"
        assert zipped.project.list("tables/*.json") == ["tables/others.json", "tables/sales.json"]
        assert open_config(tmp_path).project.is_zip

    def test_hidden_files_and_subfolders_are_no_contracts(self, tmp_path: Path) -> None:
        write(tmp_path, sales(), tables__a={"database": "d", "table": "t", "columns": [{"name": "a"}]})
        (tmp_path / "tables" / ".a.json").write_text("no json")
        (tmp_path / "tables" / "old").mkdir()
        (tmp_path / "tables" / "old" / "a.json").write_text("no json")
        assert find_project(tmp_path).list("tables/*.json") == ["tables/a.json"]
        assert len(open_config(tmp_path).contracts) == 1


class TestEnvironment:
    PLATFORM: ClassVar[dict[str, Any]] = {
        "local": {"time_zone": "Europe/Madrid"},
        "123456789012": {"environment": "develop", "data_root": "dev", "database_prefix": "dev_"},
        "210987654321": {"environment": "production", "s3_bucket_prefix": "lake"},
        "310987654321": {"environment": "production", "s3_bucket_prefix": "lake2"},
    }

    def test_it_is_local_unless_said(self, tmp_path: Path) -> None:
        config = opened(tmp_path, sales(), platform=self.PLATFORM)
        assert (config.environment, config.account, config.platform.time_zone) == ("local", "local", "Europe/Madrid")
        assert opened(tmp_path / "bare", sales()).environment == "local"

    def test_the_environment_asked_for_chooses_the_entry(self, tmp_path: Path) -> None:
        write(tmp_path, sales(), platform=self.PLATFORM)
        config = open_config(tmp_path, environment="develop")
        assert (config.account, config.data_root) == ("123456789012", tmp_path / "dev")
        staging = config.dataflow("sales").process("raw_to_staging")
        assert str(staging.target_tables["sales"].ref) == "dev_shop_staging.sales"
        assert str(staging.source_tables["sales"].ref) == "dev_shop_raw.sales"
        assert config.database("shop_raw") == config.database("dev_shop_raw") == "dev_shop_raw"

    def test_two_entries_or_none_are_not_guessed(self, tmp_path: Path) -> None:
        write(tmp_path, sales(), platform=self.PLATFORM)
        with pytest.raises(EnvironmentNotResolvedError, match="210987654321, 310987654321"):
            open_config(tmp_path, environment="production")
        with pytest.raises(EnvironmentNotResolvedError, match="it has none"):
            open_config(tmp_path, environment="preproduction")

    def test_production_on_a_machine_of_ones_own_is_spelled_out(self, tmp_path: Path) -> None:
        write(tmp_path, sales(), platform={"local": {"environment": "production", "data_root": "data"}})
        with pytest.raises(EnvironmentNotResolvedError, match="spelled out"):
            open_config(tmp_path)
        assert open_config(tmp_path, environment="production").environment == "production"

    def test_an_aws_runtime_is_not_taken_for_a_laptop(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, sales())
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        with pytest.raises(EnvironmentNotResolvedError, match="AWS Lambda"):
            open_config(tmp_path)
        assert open_config(tmp_path, environment="local").environment == "local"

    def test_layers_are_buckets_where_no_folder_is_named(self, tmp_path: Path) -> None:
        platform = {"123456789012": {"environment": "develop", "s3_bucket_prefix": "lake"},
                    "local": {"s3_bucket_prefix": "lake", "data_root": "data"}}  # fmt: skip
        folder = write(tmp_path, sales(), platform=platform)
        config = open_config(folder, environment="develop")
        assert (config.platform.bucket_prefix, config.platform.metrics, config.aws.settings.account) == (
            "lake", "cloudwatch", "123456789012",
        )  # fmt: skip
        config = open_config(folder, environment="local")
        assert (config.platform.bucket_prefix, config.platform.metrics, config.aws.settings.account) == (
            None,
            "local",
            "",
        )


class TestArguments:
    def test_they_override_the_platform(self, tmp_path: Path) -> None:
        specifications = {"processing_specifications": {"technology": "emr"}}
        write(tmp_path, sales(landing_to_raw={**LANDING, **specifications}))
        given = {"technology": "pandas", "bucket-prefix": "mine", "file-date": "2026-01-31", "job_id": None}
        config = open_config(tmp_path, arguments=given)
        assert config.dataflow("sales").process("landing_to_raw").technology == "lambda"
        assert (config.platform.s3_bucket_prefix, config.arguments.file_date) == ("mine", "2026-01-31")
        assert open_config(tmp_path).dataflow("sales").process("landing_to_raw").technology == "emr"

    def test_a_changed_argument_is_checked_too(self, tmp_path: Path) -> None:
        config = opened(tmp_path, sales())
        assert config.with_arguments(execution_mode="full").arguments.execution_mode == "full"
        assert config.arguments.execution_mode == "delta"

    @pytest.mark.parametrize(
        ("given", "place"),
        [({"file_date": "31/01/2026"}, "--file-date"), ({"execution_mode": "fast"}, "--execution-mode"),
         ({"environment": "prodution"}, "--environment"), ({"fil_name": "x"}, "--fil-name")],
    )  # fmt: skip
    def test_wrong_ones_are_named(self, tmp_path: Path, given: dict[str, str], place: str) -> None:
        with pytest.raises(ConfigErrors) as caught:
            open_config(write(tmp_path, sales()), arguments=given)
        assert [problem.place for problem in caught.value.problems] == [place]
        assert caught.value.exit_code == 2


class TestSecrets:
    def test_references_are_read_where_they_are_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        config = opened(tmp_path, sales())
        monkeypatch.setenv("THE_SECRET", "hunter22")
        (tmp_path / "secret.txt").write_text("from a file\n")
        assert config.secret("env:THE_SECRET") == "hunter22"
        assert config.secret("file:secret.txt") == "from a file"
        assert config.secret("plain user") == "plain user"

    @pytest.mark.parametrize("reference", ["env:NOT_THERE", "file:not_there", "ssm:/a/b", "secretsmanager:x"])
    def test_one_that_cannot_be_had_says_why(self, tmp_path: Path, reference: str) -> None:
        with pytest.raises(SecretError, match=reference.partition(":")[2]):
            opened(tmp_path, sales()).secret(reference)

    def test_a_written_out_secret_is_refused_and_not_shown(self, tmp_path: Path) -> None:
        platform = {"local": {"notifications": {"smtp": {"password": "hunter22"}}}}
        found = problems(tmp_path, sales(), platform=platform)
        assert [p.place for p in found] == ["local.notifications.smtp.password"]
        assert "hunter22" not in str(found)
        assert "env:NAME" in found[0].expected


class TestNames:
    def test_a_dataflow_or_process_that_is_not_there(self, tmp_path: Path) -> None:
        config = opened(tmp_path, sales())
        with pytest.raises(UnknownDataflowError, match="Did you mean 'sales'"):
            config.dataflow("sale")
        with pytest.raises(UnknownProcessError, match="Did you mean 'raw_to_staging'"):
            config.dataflow("sales").process("raw_to_stagin")

    def test_processes_run_in_the_order_of_layers(self, tmp_path: Path) -> None:
        landing = sales()["sales"]["processes"]
        backwards = dict(reversed(landing.items()))
        config = opened(tmp_path, {"sales": {"processes": backwards}})
        assert list(config.dataflow("sales").processes) == ["landing_to_raw", "raw_to_staging"]

    def test_the_layer_is_of_the_contract_else_the_database_else_the_process(self, tmp_path: Path) -> None:
        tables = {
            "a": {"database": "x", "table": "a"}, "b": {"database": "x_business", "table": "b"},
            "c": {"database": "x", "table": "c"}, "d": {"database": "x_business", "table": "d", "layer": "common"},
        }  # fmt: skip
        contract = {"layer": "staging", "database": "x", "table": "a", "columns": [{"name": "k"}]}
        config = opened(tmp_path, sales(staging_to_common={"target_tables": tables}), tables__a=contract)
        entries = config.dataflow("sales").process("staging_to_common").target_tables
        assert {key: entry.ref.layer for key, entry in entries.items()} == {
            "a": "staging", "b": "business", "c": "common", "d": "common"
        }  # fmt: skip


class TestOldFiles:
    def test_old_keys_load_with_their_meaning(self) -> None:
        config = open_config(EVERYTHING)
        staging = config.dataflow("sales").process("raw_to_staging")
        spark = staging.processing_specifications.spark_configuration
        assert staging.processing_specifications.hardware.ram_megabytes == 8192
        assert (spark.catalog, spark.custom_configuration[0].parameter) == (
            "iceberg_catalog", "spark.sql.shuffle.partitions"
        )  # fmt: skip
        kinds = [step.type for step in staging.target_tables["sales"].casting.transformations]
        assert kinds == ["parse_dates", "add_filename_column", "cleaning:lower_case", "fix_incompatible_characters"]
        warned = {problem.place.rpartition(".")[2] for problem in config.warnings}
        assert warned == {"fix_incompatible_characters", "default_catalog"}

    def test_the_date_keys_of_the_specs_win_over_those_beside_them(self) -> None:
        landing = open_config(EVERYTHING).dataflow("sales").process("landing_to_raw").incoming_file
        assert landing is not None
        assert (landing.date.located, landing.date.column, landing.date.take) == ("column", "day", "min")
        beside = landing.model_copy(update={"file_format": "parquet"}).date
        assert (beside.located, beside.regex, beside.formats) == ("filename", "(\\d{8})", ("%Y%m%d",))

    def test_empty_expectations_and_regex_have_their_defaults(self, tmp_path: Path) -> None:
        empty = {"full_volumetric_expectation": {}, "delta_volumetric_expectation": {}}
        incoming = {**LANDING["incoming_file"], "zipped": None, "csv_specs": {"date_located_filename": {"regex": ""}}}
        landing = {
            **LANDING, "incoming_file": incoming,
            "processing_specifications": {"spark_configuration": empty, "hardware": {"ram": 4096}},
        }  # fmt: skip
        process = opened(tmp_path, sales(landing_to_raw=landing)).dataflow("sales").process("landing_to_raw")
        spark = process.processing_specifications.spark_configuration
        expected = spark.full_volumetric_expectation
        assert (expected.data_size_gb, expected.avg_file_size_mb, process.technology) == (0.1, 100, "lambda")
        assert process.processing_specifications.hardware.ram_megabytes == 4096
        assert process.incoming_file is not None
        assert process.incoming_file.date.regex == ""

    def test_a_framework_of_another_version_is_refused(self, tmp_path: Path) -> None:
        flows: dict[str, Any] = {"dataflows": sales(), "data_framework": {"core_version": "0.0.1"}}
        assert "0.0.1" in str(problems(tmp_path, transformation=flows))
        flows["data_framework"]["core_version"] = "last"
        assert not problems(tmp_path, transformation=flows)
        flows["data_framework"]["core_version"] = "0.1"
        assert not problems(tmp_path, transformation=flows)


class TestBrokenFiles:
    def test_all_broken_files_are_named_with_what_is_wrong_in_the_others(self, tmp_path: Path) -> None:
        write(tmp_path, transformation='{"dataflows": {,}}', tables__a="[", controls__c={"controls": [{"name": "x"}]})
        (tmp_path / "platform.json").write_bytes(b'{"local": "\xff"}')
        with pytest.raises(ConfigParseError) as caught:
            open_config(tmp_path)
        assert {problem.file for problem in caught.value.problems} == {
            "transformation.json", "tables/a.json", "platform.json", "controls/c.json"
        }  # fmt: skip
        assert caught.value.exit_code == 2

    def test_a_byte_order_mark_and_a_schema_are_welcome(self, tmp_path: Path) -> None:
        text = json.dumps({"$schema": "x", "dataflows": sales()})
        (tmp_path / "transformation.json").write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert open_config(tmp_path).project_id == "transformation"

    @pytest.mark.parametrize("text", ["[]", '"x"', "1", "null"])
    def test_a_file_that_is_no_object_is_refused(self, tmp_path: Path, text: str) -> None:
        assert "a JSON object" in str(problems(tmp_path, transformation=text))
