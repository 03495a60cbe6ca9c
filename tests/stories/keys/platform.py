"""Where a project runs: the keys of `platform.json`."""

from __future__ import annotations

import socket
import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

from project import ProjectFolder
from stories.keys import flow
from stories.keys.landing import documents
from stories.keys.world import Case, Place, World

ENTRY: Place = ("platform", "local")
NOTIFICATIONS: Place = (*ENTRY, "notifications")
FIRST, SECOND = "id,shop,amount,weight\n1,a,many,1\n2,b,2,2\n", "id,shop,amount,weight\n1,a,few,1\n2,b,3,2\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PORT, NO_PORT = free_port(), free_port()
SMTP = {"host": "127.0.0.1", "port": PORT, "user": "robot", "password": "file:right.txt"}


def _mailing() -> dict[str, Any]:
    made = documents({"file_format": "csv"}, staging=False)
    made["platform"]["local"]["notifications"] = {
        "channel": "smtp", "smtp": SMTP, "sender": "df@example.org", "topics": {"internal": ["in@example.org"]},
    }  # fmt: skip
    return made


def _old_run(project: ProjectFolder) -> None:
    """A run of last week, as the run store kept it."""
    from data_framework.modules.config import open_config
    from data_framework.modules.state import history, open_state

    state, now = open_state(open_config(project.root)), history._now
    history._now = lambda: now() - timedelta(days=7)  # the clock of last week
    try:
        state.save_run("an-old-run", {"status": "done", "dataflow": "sales"})
    finally:
        history._now = now
        state.close()


# Distinct texts of 90 MB together, which no engine finds with a tenth of that.
HUNGRY = "select count(distinct repeat(id, 30000)) as total from sales"


def _hungry() -> dict[str, Any]:
    made = documents({"file_format": "csv"})
    made["transformation"]["dataflows"]["sales"]["processes"]["staging_to_business"] = flow.BUSINESS
    return {**made, "tables": {}}


def _bomb() -> bytes:
    packed = BytesIO()
    named = zipfile.ZipInfo("bomb.csv")
    named.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(packed, "w") as archive, archive.open(named, "w") as member:
        for _ in range(101):
            member.write(b"\n" * 1024 * 1024)
    return packed.getvalue()


_ARCHIVE = documents({"file_format": "csv", "zipped": "zip"}, staging=False)
WORLDS = {
    "mailing": World(
        _mailing(), {"sales_2026-01-01.csv": FIRST}, files={"right.txt": "s3cret-word", "wrong.txt": "guess"}
    ),
    "restating": World(
        documents({"file_format": "csv"}), {"sales_2020-01-01.csv": FIRST},
        restated={"sales_2020-01-01.csv": SECOND, "sales_2020-01-02.csv": ""},
        commands=(("run", "sales"), ("runs", "list")), prepare=_old_run,
    ),
    "hungry": World(
_hungry(), {"sales_2026-01-01.csv": "id\n" + "\n".join(map(str, range(100, 1000)))}, files={flow.SQL: HUNGRY},
    ),
    "bomb": World(_ARCHIVE, {"sales_2026-01-01.zip": _bomb()}),
}  # fmt: skip


def _entry(name: str, value: Any, sees: str, *given: Any, world: str = "whole") -> Case:
    return Case(f"platform: local.{name}", world, (*ENTRY, *name.split(".")), value, sees, given)


def _limit(name: str, value: Any, world: str, *given: Any) -> Case:
    return _entry(f"limits.{name}", value, "files", *given, world=world)


def _environment(name: str) -> Case:
    """The entry of another environment is read like the local one, when that environment is asked for."""
    at: Place = ("platform", name)
    given = ((at, {"environment": name, "data_root": "data"}),)
    return Case(f"platform: {name}.database_prefix", name, (*at, "database_prefix"), "mine_", "counts", given)


_TIMES = (("tables", "sales", "columns", 2, "type"), "timestamp")
_EXTERNAL = (
    (*flow.PROCESSES, "staging_to_business", "notifications"),
    {"done": {"subject": "Done", "topics": ["external"]}},
)
CASES = [
    _entry("environment", "develop", "reports", ((*ENTRY, "data_root"), "data"),
           ((*flow.PROCESSES, "staging_to_business", "vars", "develop"), {"left_out": "b"})),
    _entry("data_root", "elsewhere", "files"),
    _entry("s3_bucket_prefix", "shop", "files"),
    _entry("monitoring", "cloudwatch", "codes"),
    _entry("time_zone", "Europe/Madrid", "tables.shop_staging.sales", _TIMES, world="typed"),
    _entry("technology", "emr", "said", world="planned"),
    _entry("database_prefix", "mine_", "counts"),
    _entry("notifications.channel", "smtp", "mails", ((*NOTIFICATIONS, "smtp"), {**SMTP, "port": NO_PORT})),
    _entry("notifications.sender", "robot@example.org", "mails"),
    _entry("notifications.topics.internal", ["us@example.org"], "mails"),
    _entry("notifications.topics.external", ["you@example.org"], "mails", _EXTERNAL, world="python"),
    _entry("notifications.limits.subject", 20, "mails"),
    _entry("notifications.limits.body", 60, "mails"),
    _entry("notifications.limits.per_run", 1, "mails"),
    _entry("notifications.signature", "The data team", "mails"),
    _entry("notifications.smtp.host", "127.0.0.2", "codes", world="mailing"),
    _entry("notifications.smtp.port", NO_PORT, "codes", world="mailing"),
    _entry("notifications.smtp.tls", True, "codes", world="mailing"),
    _entry("notifications.smtp.user", "nobody", "codes", world="mailing"),
    _entry("notifications.smtp.password", "file:wrong.txt", "codes", world="mailing"),
    _limit("file_bytes", 10, "csv"),
    _limit("unpacked_bytes", 3, "archive"),
    _limit("ratio", 100_000, "bomb"),
    _limit("members", 1, "archive", ((*flow.PROCESSES, "landing_to_raw", "incoming_file", "filename_unzipped_pattern"),
                                     ".*")),
    _limit("depth", 2, "json"),
    _limit("columns", 2, "csv"),
    _entry("limits.cell_bytes", 8, "counts", world="csv"),
    _entry("limits.memory", "1 MiB", "codes", world="hungry"),
    _entry("retention.raw_history", 0, "history", world="restating"),
    _entry("retention.rejected", 0, "rejected", world="restating"),
    _entry("retention.quarantine", 0, "tables.shop_staging.sales_quarantine", world="restating"),
    _entry("retention.runs", 1, "said", world="restating"),
    _entry("retention.snapshots", 1, "tables.shop_staging.sales", world="restating"),
    *(_environment(name) for name in ("develop", "preproduction", "production")),
]  # fmt: skip
