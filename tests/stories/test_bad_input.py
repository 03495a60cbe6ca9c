"""What comes in wrong: a clear answer, the right exit code, nothing lost, never a bare traceback, never silence."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import zipfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder, Result
from shop import LANDING, PROCESSES, SQL, configure, control, deliver, process_of, shop

HEADER = "id,shop,amount\n"
GOOD = f"{HEADER}1,north,1.50\n"


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    return shop(tmp_path)


def _zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _encrypted(archive: bytes) -> bytes:
    """Set the flag "encrypted" of every member."""
    changed = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = archive.find(signature)
        while at >= 0:
            changed[at + offset] |= 1
            at = archive.find(signature, at + 1)
    return bytes(changed)


def _clear(result: Result) -> None:
    assert "Traceback" not in result.out + result.err
    assert "fault of data-framework" not in result.out + result.err


# files --------------------------------------------------------------------------------------------------------------
FILES = {
    "empty": (b"", "it is empty"),
    "blank lines": (b"\n\n\n", "it is empty"),
    "a zip archive": (_zipped({"a.csv": GOOD.encode()}), "zip archive"),
    "a gzip archive": (gzip.compress(GOOD.encode()), "gzip archive"),
    "another encoding": ("id,shop,amount\n1,Café,1\n".encode("latin-1"), "no valid utf-8 near byte"),
    "UTF-16": (GOOD.encode("utf-16"), "UTF-16"),
    "another feed": (b"country;year;population\nES;2026;1\n", "none of its columns is in the contract"),
    "JSON": (b'{"id": 1}\n{"id": 2}\n', "none of its columns is in the contract"),
    "a web page": (b"<html><body>404</body></html>", "none of its columns is in the contract"),
    "NUL bytes": (b"id,shop,amount\n1,a\x00b,1\n", "NUL"),
    "noise": (bytes(range(128, 256)) * 20, "no valid utf-8"),
    "too many columns": (",".join(f"c{n}" for n in range(20_000)).encode(), "20,000 columns"),
}


def test_files_that_are_no_delivery_are_rejected_and_the_others_go_on(project: ProjectFolder) -> None:
    deliver(project, 1)
    names = {f"sales_2026-02-{day:02d}.csv": kind for day, kind in enumerate(FILES, start=1)}
    for name, kind in names.items():
        project.land(name, FILES[kind][0])
    project.land("sales_2026-02-30.csv", GOOD)
    answer = project.json("run", "sales", code=1)
    found = {file["file_name"]: file for file in process_of(answer, "landing_to_raw")["files"]}
    for name, kind in names.items():
        assert found[name]["disposition"] == "rejected", kind
        assert FILES[kind][1] in " ".join(found[name]["reasons"]), kind
    assert "no date" in found["sales_2026-02-30.csv"]["reasons"][0]
    assert len(project.table("shop_staging.sales")) == 2
    rejected = project.json("landing", "rejected")["rejected"]
    assert {one["file_name"] for one in rejected} == {*names, "sales_2026-02-30.csv"}
    assert all(one["reasons"] for one in rejected)
    assert project.json("run", "sales")["processes"][0]["skipped"]


def test_what_is_no_file_or_leads_out_of_landing_is_never_opened(project: ProjectFolder) -> None:
    deliver(project, 1)
    landing = project.root / "data/landing"
    outside = project.write("outside.csv", GOOD)
    (landing / "sales_2026-01-02.csv").symlink_to(outside)
    (landing / "sales_2026-01-03.csv").mkdir()
    os.mkfifo(landing / "sales_2026-01-04.csv")
    for name in ("sales_2026-01-05_a'; DROP TABLE x.csv", "sales_2026-01-06_a\nb.csv", 'sales_2026-01-07_".csv'):
        (landing / name).write_text(GOOD)
    answer = project.json("run", "sales")
    assert [file["file_name"] for file in answer["processes"][0]["files"]] == ["sales_2026-01-01.csv"]
    unclaimed = {one["file_name"]: one["reasons"] for one in project.json("landing", "status")["unclaimed"]}
    assert "leads out of the data root" in unclaimed["sales_2026-01-02.csv"][0]
    assert "pipe" in unclaimed["sales_2026-01-04.csv"][0]
    assert len(unclaimed) >= 5
    assert "\nb.csv" not in project.run("landing", "status").out


def test_strange_names_of_files_and_folders_are_only_names(tmp_path: Path) -> None:
    processes = deepcopy(PROCESSES)
    processes["landing_to_raw"]["incoming_file"]["filename_pattern"] = r"(?s)sales_\d{4}-\d{2}-\d{2}.*"
    project = shop(tmp_path / "my 'shop' ñ 日本; --", processes)
    ends = ("'; DROP TABLE sales; --.csv", '".csv', "\n.csv", " $(id) %s {file_date}.csv", "ñ日本.csv", "*?[a].csv")
    names = [f"sales_2026-01-{day:02d}{end}" for day, end in enumerate(ends, start=1)]
    for number, name in enumerate(names):
        project.land(name, f"{HEADER}{number},north,1.00\n9,south,many\n")
    project.json("run", "sales")
    assert [row["id"] for row in project.table("shop_staging.sales")] == [str(n) for n in range(len(names))]
    aside = project.json("quarantine", "show", "shop_staging.sales")["rows"]
    assert sorted(row["_file_name"] for row in aside) == sorted(names)


def _archives(root: Path, **limits: int) -> ProjectFolder:
    landing = deepcopy(LANDING)
    landing["incoming_file"].update(zipped="zip", filename_pattern=r"sales_\d{4}-\d{2}-\d{2}\.zip")
    project = shop(root, {**PROCESSES, "landing_to_raw": landing})
    project.write("platform.json", {"local": {"environment": "local", "limits": limits}})
    return project


def test_archives_that_are_broken_locked_or_traps_are_rejected(tmp_path: Path) -> None:
    project = _archives(tmp_path / "shop", unpacked_bytes=1_000_000)
    good = _zipped({"sales.csv": GOOD.encode()})
    archives = {
        "truncated": (good[: len(good) // 2], "zip"),
        "of another format": (GOOD.encode(), "zip"),
        "empty": (b"", "zip"),
        "without members": (_zipped({}), ""),
        "encrypted": (_encrypted(good), "password"),
        "a bomb": (_zipped({"sales.csv": bytes(50_000_000)}), ""),
        "climbing": (_zipped({"../../../evil.csv": GOOD.encode()}), ""),
        "absolute": (_zipped({"/tmp/evil.csv": GOOD.encode()}), ""),
        "damaged": (good.replace(b"north", b"sOuth") if b"north" in good else good[:40] + b"\x00" + good[41:], ""),
    }
    project.land("sales_2026-01-01.zip", good)
    for day, (content, _) in enumerate(archives.values(), start=2):
        project.land(f"sales_2026-01-{day:02d}.zip", content)
    answer = project.json("run", "sales", code=1)
    files = answer["processes"][0]["files"]
    assert [file["disposition"] for file in files] == ["ingested"] + ["rejected"] * len(archives), files
    for (kind, (_, reason)), file in zip(archives.items(), files[1:], strict=True):
        assert file["reasons"], kind
        assert reason in " ".join(file["reasons"]).lower(), kind
    assert not list(tmp_path.rglob("evil.csv"))
    assert len(project.table("shop_staging.sales")) == 1


# cells --------------------------------------------------------------------------------------------------------------
def test_rows_that_do_not_fit_are_set_aside_with_their_place_and_masked(project: ProjectFolder) -> None:
    rows = ["1,a,1.00", "2,b,secret", "x,c,1", "4,d,1.234", "5,e,99999999999", "6,f", "7,g,1,2", "8,h,NaN", "9,i, 2 "]
    deliver(project, 1, "\n".join(rows) + "\n")
    answer = project.json("run", "sales")
    counts = process_of(answer, "raw_to_staging")["tables"][0]
    assert (counts["rows_read"], counts["rows_written"], counts["rows_quarantined"]) == (9, 2, 7)
    shown = project.json("quarantine", "show", "shop_staging.sales")["rows"]
    assert [row["_line"] for row in shown] == [3, 4, 5, 6, 7, 8, 9]
    assert {row["_file_name"] for row in shown} == {"sales_2026-01-01.csv"}
    assert [row["_reasons"][0]["field"] for row in shown if row["_reasons"][0]["kind"] == "cast"] == [
        "amount", "id", "amount", "amount", "amount"
    ]  # fmt: skip
    assert "secret" not in json.dumps(shown)


def test_long_lines_and_open_quotes_lose_no_other_row(project: ProjectFolder) -> None:
    deliver(project, 1, f"1,{'x' * 10_000_000},1\n2,b,2\n")
    deliver(project, 2, f"3,{'x' * 20_000_000},1\n4,b,2\n")
    deliver(project, 3, '5,"a,1\n6,b,2\n')
    answer = project.json("run", "sales")
    for table in process_of(answer, "raw_to_staging")["tables"]:
        assert table["rows_read"] == table["rows_written"] + table["rows_quarantined"]
    ids = [row["_line"] for row in project.json("quarantine", "show", "shop_staging.sales")["rows"]]
    assert len(ids) == 2
    target = project.root / "rows.csv"
    assert project.run("tables", "export", "shop_staging.sales", "--out", str(target)).code == 0
    assert [line.partition(",")[0] for line in target.read_text().splitlines()[1:]] == ["1", "2", "4", "6"]


# the project's code -------------------------------------------------------------------------------------------------
CLASS = "from data_framework import DataFlowInterface\n\n\nclass ProcessingCoordinator(DataFlowInterface):\n"
METHOD = f"{CLASS}    def process(self):\n        "
CODE = {
    "a missing library": ("import nosuchlib\n", 2, "'nosuchlib', which is not installed"),
    "a missing library, later": (f"{METHOD}import nosuchlib\n", 2, "line 6, imports 'nosuchlib'"),
    "a module the project lacks": ("import transformation.nosuch\n", 2, "no module 'transformation.nosuch'"),
    "an error": (f'{METHOD}raise ValueError("boom")\n', 3, "line 6, raised ValueError: boom"),
    "an unknown name": (f"{METHOD}self.nosuch()\n", 3, "AttributeError"),
    "sys.exit": (f"{METHOD}import sys; sys.exit(0)\n", 3, "SystemExit"),
    "endless recursion": (f"{METHOD}self.process()\n", 3, "RecursionError"),
    "no Python": ("def x(:\n", 2, "line 1: invalid syntax"),
    "no class": ("x = 1\n", 2, "defines no class ProcessingCoordinator"),
    "no frame": (f'{METHOD}self.write(None, "totals")\n', 2, "NoneType is no frame"),
}


@pytest.mark.parametrize("kind", CODE)
def test_what_python_code_does_wrong_is_one_sentence(project: ProjectFolder, kind: str) -> None:
    code, exit_code, sentence = CODE[kind]
    (project.root / SQL).unlink()
    project.write(SQL.replace(".sql", ".py"), code)
    deliver(project, 1)
    answer = project.json("run", "sales", code=exit_code)
    error = process_of(answer, "staging_to_business")["error"]
    assert sentence in error["message"]
    assert "staging_to_business.py" in error["message"] or kind == "no frame"
    again = project.run("run", "sales")
    assert again.code == exit_code
    _clear(again)
    if kind == "an error":
        assert "Traceback" in project.run("run", "sales", "--debug").err


QUERIES = {
    "no SELECT": ("drop table sales", 2, "only a SELECT is allowed"),
    "a file": ("select * from '/etc/passwd'", 2, "is no name of a table"),
    "an unknown table": ("select * from nosuch", 2, "'nosuch'"),
    "an unknown column": ("select nope from sales", 2, "there is no column 'nope'"),
    "a wrong type": ("select shop + 1 as total, shop from sales", 3, "No function matches"),
    "nothing": ("", 2, "expected one query, found none"),
}


@pytest.mark.parametrize("kind", QUERIES)
def test_what_a_query_does_wrong_is_one_sentence(project: ProjectFolder, kind: str) -> None:
    query, exit_code, sentence = QUERIES[kind]
    project.write(SQL, query)
    deliver(project, 1)
    error = process_of(project.json("run", "sales", code=exit_code), "staging_to_business")["error"]
    assert sentence in error["message"]
    assert "\n" not in error["message"]


def test_what_code_prints_is_not_in_the_answer(project: ProjectFolder) -> None:
    (project.root / SQL).unlink()
    project.write(SQL.replace(".sql", ".py"), f'{METHOD}print("hello")\n')
    deliver(project, 1)
    answered = project.run("run", "sales", "--through", "staging_to_business", "--json")
    assert answered.json["success"]
    assert "hello" in answered.err


# configuration and usage --------------------------------------------------------------------------------------------
def test_every_error_of_a_configuration_comes_at_once(project: ProjectFolder) -> None:
    wrong = deepcopy(PROCESSES)
    wrong["landing_to_raw"]["incoming_file"]["file_fromat"] = "csv"
    wrong["raw_to_staging"]["target_tables"]["sales"]["databse"] = "x"
    configure(project, wrong)
    project.write("controls/sales.json", {"controls": [control(algorithm="is_betwen")]})
    project.write("tables/more.json", '{"layer": "staging",')
    found = project.json("run", "sales", code=2)
    assert not found["success"]
    assert {error["file"] for error in found["errors"]} >= {"transformation.json", "tables/more.json"}
    assert all(error["expected"] and error["place"] is not None for error in found["errors"])
    text = project.run("validate")
    assert text.code == 2
    assert "'file_format'" in text.err
    assert "tables/more.json:1" in text.err
    _clear(text)


@pytest.mark.parametrize(
    "specs",
    [{"delimiter": ""}, {"delimiter": "\n"}, {"delimiter": "'", "special_character": "'"}, {"encoding": "klingon"},
     {"header_position": -1}, {"header_lines": 9}],
)  # fmt: skip
def test_a_dialect_that_cannot_be_is_a_configuration_error(project: ProjectFolder, specs: dict[str, Any]) -> None:
    wrong = deepcopy(PROCESSES)
    wrong["landing_to_raw"]["incoming_file"]["csv_specs"].update(specs)
    configure(project, wrong)
    deliver(project, 1)
    for command in ("validate", "run sales"):
        errors = project.json(*command.split(), code=2)["errors"]
        assert "csv_specs" in errors[0]["place"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("nosuch", "nosuch"),
        ("run", "Name one dataflow"),
        ("run sales --all", "Name one dataflow"),
        ("run salse", "Did you mean 'sales'?"),
        ("run sales --proces x", "--proces"),
        ("run sales --process staging_to_busines", "staging_to_business"),
        ("run sales --table sale", "'sale'"),
        ("run sales --file-date 2026-1-1", "YYYY-MM-DD"),
        ("run sales --start 2026-02-01 --end 2026-01-01", "later than"),
        ("run sales --from business_to_output --through landing_to_raw", "comes after"),
        ("run sales --wait -1", "--wait"),
        ("run sales --environment moon", "moon"),
        ("tables show nosuch.x", "nosuch.x"),
        ("tables export shop_staging.sales --out x.foo", "foo"),
        ("quarantine show shop_staging.nosuch", "nosuch"),
        ("runs show nosuch", "nosuch"),
        ("config explain nosuch", "nosuch"),
        ("landing", ""),
    ],
)
def test_wrong_usage_is_exit_2_and_still_one_document(project: ProjectFolder, arguments: str, sentence: str) -> None:
    deliver(project, 1)
    project.json("run", "sales", "--through", "raw_to_staging")
    plain = project.run(*arguments.split())
    assert plain.code == 2
    assert sentence in plain.err
    _clear(plain)
    answered = project.run(*arguments.split(), "--json")
    assert answered.code == 2
    assert answered.json["exit_code"] == 2
    assert answered.json["errors"]


@pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd", "nosuch.csv", ""])
def test_only_files_below_landing_can_be_named(project: ProjectFolder, file: str) -> None:
    deliver(project, 1)
    answer = project.json("run", "sales", "--file", file, code=2)
    assert not answer["success"]
    assert not answer["processes"][0]["files"]


# the place ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["state.db", "catalogue.db"])
def test_a_damaged_store_is_named(project: ProjectFolder, name: str) -> None:
    deliver(project, 1)
    project.json("run", "sales")
    deliver(project, 2)
    for file in (project.root / "data").glob(f"{name}*"):
        file.unlink()
    project.write(f"data/{name}", b"no database" * 1000)
    for arguments in (("run", "sales"), ("tables", "list"), ("doctor",)):
        result = project.run(*arguments)
        assert result.code == (2 if arguments == ("doctor",) else 3)
        assert name in result.out + result.err
        _clear(result)


def test_a_lost_catalogue_is_not_an_empty_one(project: ProjectFolder) -> None:
    deliver(project, 1)
    project.json("run", "sales")
    for file in (project.root / "data").glob("catalogue.db*"):
        file.unlink()
    deliver(project, 2)
    answer = project.json("run", "sales", code=3)
    assert answer["error"]["type"] == "CatalogueLostError"


def test_a_moved_project_is_refused(tmp_path: Path) -> None:
    project = shop(tmp_path / "here")
    deliver(project, 1)
    project.json("run", "sales")
    shutil.copytree(project.root, tmp_path / "there")
    moved = ProjectFolder(tmp_path / "there")
    for arguments in (["run", "sales"], ["tables", "list"], ["tables", "export", "shop_staging.sales"]):
        result = moved.run(*arguments)
        assert result.code == 2
        assert str(project.root / "data") in result.err
    (project.root / "data").rename(tmp_path / "data")
    assert ProjectFolder(tmp_path / "here").run("run", "sales").code == 0


def test_data_that_cannot_be_written(project: ProjectFolder) -> None:
    project.write("data", "a file where the folder should be")
    result = project.run("run", "sales", "--json")
    assert result.code == 3
    assert not result.json["success"]
    _clear(result)


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("arguments", ["run sales", "run nosuch", "run sales --debug", "tables show x", "validate"])
def test_every_log_line_is_json_when_asked_for(project: ProjectFolder, arguments: str) -> None:
    project.land("sales_2026-01-01.csv", b"")
    project.write(SQL, "select nope from sales")
    deliver(project, 2)
    result = project.run(*arguments.split(), "--log-format", "json")
    assert all({"time", "level", "message"} <= line.keys() for line in _lines(result.err))
    assert result.code == 0 or _lines(result.err)


def test_quiet_without_colours_from_a_folder_below(project: ProjectFolder) -> None:
    deliver(project, 1)
    below = ProjectFolder(project.root / "some/folder")
    result = below.run("run", "sales", "-q", "--no-color")
    assert result.code == 0
    assert not result.err
    assert "\x1b" not in result.out
    assert project.run_apart("tables", "list", FORCE_COLOR="1").out.count("\x1b") == 0
    for option in (["--project", str(project.root)], ["--local-file", str(project.root / "transformation.json")]):
        assert ProjectFolder(project.root.parent / "elsewhere").run("runs", "list", *option).code == 0
    assert ProjectFolder(project.root.parent / "elsewhere").run("runs", "list").code == 2
