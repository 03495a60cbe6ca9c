"""Read a table again and again, by the command line and by the catalogue, until stdin says stop; say what was seen.

usage: reader.py DB.TABLE
"""

import contextlib
import csv
import io
import json
import sys
import tempfile
import threading
from pathlib import Path

from data_framework.cli import main
from data_framework.modules.config import open_config
from data_framework.modules.dataflow import Runtime

stop = threading.Event()
name = sys.argv[1]


def exported() -> list[list[str]]:
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "rows.csv"
        with contextlib.suppress(SystemExit):
            main(["tables", "export", name, "--out", str(target)])
        with target.open(encoding="utf-8", newline="") as lines:
            return [[row["id"], row["amount"]] for row in csv.DictReader(lines)]


def scanned(runtime: Runtime) -> list[list[str]]:
    database, table = name.split(".")
    found = runtime.catalogue.find(database, table)
    assert found
    rows = [row for batch in runtime.catalogue.scan(found) for row in batch.to_pylist()]
    return sorted([str(row["id"]), str(row["amount"])] for row in rows)


def watch() -> None:
    sys.stdin.readline()
    stop.set()


threading.Thread(target=watch, daemon=True).start()
answers: list[list[list[str]]] = []
errors: list[str] = []
polls = 0
with Runtime(open_config()) as runtime:
    print("reading", flush=True)
    while not stop.wait(0.05):
        for read in (exported, lambda: scanned(runtime)):
            try:
                rows = read()
            except Exception as error:  # noqa: BLE001 whatever a reader meets is told
                errors.append(repr(error))
            else:
                polls += 1
                if rows not in answers:
                    answers.append(rows)
print(json.dumps({"polls": polls, "answers": answers, "errors": errors}))
