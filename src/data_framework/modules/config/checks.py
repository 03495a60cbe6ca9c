"""Cross-checks of a resolved configuration: what no single file can tell. None of them touches data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from data_framework.modules.config.check_tables import check_contracts, check_controls, check_entries
from data_framework.modules.config.config import Config
from data_framework.modules.config.model.flows import PROCESS_NAMES, Dataflow, Process
from data_framework.modules.config.model.incoming import IncomingFile
from data_framework.modules.config.model.notifications import BUILT_IN_NOTIFICATIONS
from data_framework.modules.config.model.reports import Report
from data_framework.modules.config.model.shared import not_in_this_version
from data_framework.modules.config.nodes import Key, Node
from data_framework.modules.exception import Problem
from data_framework.modules.utils.nearest import nearest, suggest

Check = Callable[[Config], Iterable[Problem]]
Path = tuple[Key, ...]

# Old keys that still load: what is found, what to write instead.
LEGACY: dict[str, tuple[str, str]] = {
    "fix_incompatible_characters": ("the old spelling", 'a transformation {"type": "fix_incompatible_characters"}'),
    "default_catalog": ("a key without effect", "no such key: tables are named by database and table"),
}
_SIDES = ("source_tables", "target_tables")

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_FILE_NAMES = ("file_date", "file_name", "current_date")


def check(config: Config) -> Iterator[Problem]:
    """Run every cross-check."""
    for one in _CHECKS:
        yield from one(config)


def check_names(config: Config) -> Iterator[Problem]:
    """Names that become folders, modules or messages are safe and known."""
    flows = config.tree.get("dataflows") or Node({})
    for name, flow in flows.items():
        if name != "default" and flows.get("default") is None and nearest(name, ["default"], 0.85):
            yield config.problem(("dataflows", name), repr(name), "default, or a name less like it")
        if not _SAFE_NAME.match(name):
            yield config.problem(("dataflows", name), repr(name), "a name of letters, digits, _ and -")
        processes = flow.get("processes")
        for process, node in processes.items() if processes else ():
            yield from _process_names(config, ("dataflows", name, "processes", process), node)


def _process_names(config: Config, path: Path, node: Node) -> Iterator[Problem]:
    name = str(path[-1])
    if name not in PROCESS_NAMES:
        expected = f"one of {', '.join(PROCESS_NAMES)}"
        yield config.problem(path, f"the unknown process {name!r}", expected, suggest(name, PROCESS_NAMES))
    notifications = node.get("notifications")
    for message, _ in notifications.items() if notifications else ():
        if message in BUILT_IN_NOTIFICATIONS:
            found = f"{message!r}, which is built in"
            yield config.problem((*path, "notifications", message), found, "another name")


def check_landing(config: Config) -> Iterator[Problem]:
    """landing_to_raw has a file and a raw table, and no other process has; dates can be found."""
    for flow, process, path in _processes(config):
        for key in ("incoming_file", "output_file"):
            given = getattr(process, key) is not None
            if given != (process.name == "landing_to_raw"):
                expected = f"{key} in landing_to_raw, and only there"
                yield config.problem((*path, key), key if given else "nothing", expected)
        if process.incoming_file is None:
            continue
        if process.output_file is not None and process.output_file.layer != "raw":
            yield config.problem((*path, "output_file", "layer"), repr(process.output_file.layer), "raw")
        yield from _date_faults(config, (*path, "incoming_file"), process.incoming_file)
        unnamed = flow.config_match_by is None and "filename_pattern" not in process.incoming_file.model_fields_set
        if unnamed and len(config.dataflows) > 1:
            expected = "a pattern of the file names (or config_match_by), since there are several dataflows"
            yield config.problem((*path, "incoming_file", "filename_pattern"), "nothing", expected)


def check_reports(config: Config) -> Iterator[Problem]:
    """Reports name a source table and variables that exist."""
    for _, process, path in _processes(config):
        if process.output_reports and process.target_layer != "output":
            yield config.problem((*path, "output_reports"), "reports", "reports in a process that ends in _to_output")
        first: dict[str, int] = {}
        for index, report in enumerate(process.output_reports):
            place = (*path, "output_reports", index)
            if first.setdefault(report.name.lower(), index) != index:
                yield config.problem((*place, "name"), f"{report.name!r} twice", "a name for each report")
            yield from _report_faults(config, place, process, report)


def _date_faults(config: Config, path: Path, incoming: IncomingFile) -> Iterator[Problem]:
    date = incoming.date
    if date.located == "column" and not date.column:
        yield config.problem((*path, "date_located_column"), "nothing", "the column that holds the date")
    one_group = bool(date.regex) and re.compile(date.regex).groups == 1
    if date.located == "filename" and one_group and not date.formats:
        path = (*path, "date_located_filename", "formats")
        yield config.problem(path, "nothing", "formats of the date in its one group")


def _report_faults(config: Config, place: Path, process: Process, report: Report) -> Iterator[Problem]:
    if report.source_table not in process.source_tables and "." not in report.source_table:
        hint = suggest(report.source_table, process.source_tables)
        expected = "a key of source_tables, or database.table"
        yield config.problem((*place, "source_table"), repr(report.source_table), expected, hint)
    variables = {f"vars.{name}" for name in process.vars}
    known = {*_FILE_NAMES, *variables}
    for key, text in (("filename_pattern", report.filename_pattern), ("where", report.where)):
        for name in _PLACEHOLDER.findall(text):
            if name not in known and (key == "filename_pattern" or name.startswith("vars.")):
                expected = f"one of {', '.join(f'{{{choice}}}' for choice in sorted(known))}"
                yield config.problem((*place, key), f"{{{name}}}", expected, suggest(name, known))


def check_matching(config: Config) -> Iterator[Problem]:
    """No two dataflows claim files by the very same glob."""
    claimed: dict[str, str] = {}
    for flow in config.dataflows.values():
        for glob in flow.config_match_by.file_name if flow.config_match_by else ():
            other = claimed.setdefault(glob, flow.name)
            if other != flow.name and "landing_to_raw" in flow.processes:
                found = f"{glob!r}, which is the dataflow {other!r} already"
                path = ("dataflows", flow.name, "config_match_by", "file_name")
                yield config.problem(path, found, "a glob of its own")


def check_master_tables(config: Config) -> Iterator[Problem]:
    """A master table is a key of the process, or a full name."""
    for _, process, path in _processes(config):
        keys = {**process.source_tables, **process.target_tables}
        for side in _SIDES:
            for key, entry in getattr(process, side).items():
                place = (*path, side, key)
                named: list[tuple[Path, str | None]] = [
                    ((*place, "casting", "master_table"), entry.casting.master_table)
                ]
                for index, control in enumerate(entry.data_controls):
                    named.append(((*place, "data_controls", index, "master_table"), control.master_table))
                    if control.master_table is None and entry.casting.master_table is None:
                        expected = "a master table, here or in casting.master_table"
                        yield config.problem((*place, "data_controls", index, "master_table"), "nothing", expected)
                for where, name in named:
                    if name is not None and "." not in name and name not in keys:
                        expected = "a key of source_tables or target_tables, or database.table"
                        yield config.problem(where, repr(name), expected, suggest(name, keys))


def check_versions(config: Config) -> Iterator[Problem]:
    """The framework is the one the project was written for."""
    paths: list[Path] = [(), *(("dataflows", name) for name in config.dataflows)]
    for path in paths:
        node = config.tree.get(*path, "data_framework", "core_version")
        wanted = str(node.value) if node is not None else "last"
        ours = _version() if wanted != "last" else None
        if ours and wanted != ours and not ours.startswith(f"{wanted}."):
            hint = f'Install it with: pip install "data-framework=={wanted}", or write "last".'
            yield config.problem((*path, "data_framework", "core_version"), repr(wanted), f"{ours!r} or 'last'", hint)


def check_old_keys(config: Config) -> Iterator[Problem]:
    """Warn of the old keys that have a newer spelling, or no meaning any more (LEGACY)."""
    for _, process, path in _processes(config):
        places = [(*path, "processing_specifications", "spark_configuration")]
        places += [(*path, side, key, "casting") for side in _SIDES for key in getattr(process, side)]
        for place in places:
            for key, (found, expected) in LEGACY.items():
                if config.tree.get(*place, key) is not None:
                    yield config.problem((*place, key), found, expected, warning=True)


def find_unsupported(config: Config) -> Iterator[tuple[str, str, Problem]]:
    """Find what the files may say but this version does not do, with the dataflow and process that need it."""
    if (config.platform.data_root or "").startswith("s3:"):
        yield "", "", _unsupported(config, ("platform", "data_root"), "a folder on S3", "a local folder")


def check_targets_have_code(config: Config) -> Iterator[Problem]:
    """Warn of targets that neither project code nor a built-in copy writes."""
    for flow, process, path in _processes(config):
        if process.source_layer in {"landing", "raw"} or _has_code(config, flow.name, process.name):
            continue
        for key in process.target_tables:
            if process.source_layer == "staging" and key in process.source_tables:
                continue
            wanted = f"transformation/dataflow/{flow.name}/{process.name}.py or .sql"
            found = f"the target {key!r}, which nothing writes"
            yield config.problem((*path, "target_tables", key), found, wanted, f"Create {wanted}.", warning=True)


def _has_code(config: Config, dataflow: str, process: str) -> bool:
    return any(
        config.project.exists(f"transformation/dataflow/{owner}/{process}{ending}")
        for owner in (dataflow, "default")
        for ending in (".py", ".sql")
    )


def _unsupported(config: Config, path: Path, found: str, expected: str) -> Problem:
    error = not_in_this_version(found, expected)
    return config.problem(path, repr(found), expected, str((error.context or {})["hint"]))


def _processes(config: Config) -> Iterator[tuple[Dataflow, Process, Path]]:
    for flow in config.dataflows.values():
        for process in flow.processes.values():
            yield flow, process, ("dataflows", flow.name, "processes", process.name)


def _version() -> str | None:
    from importlib import metadata  # slow to import, rarely needed

    try:
        return metadata.version("data-framework")
    except metadata.PackageNotFoundError:
        return None


_CHECKS: tuple[Check, ...] = (
    check_names, check_landing, check_reports, check_matching, check_master_tables, check_versions, check_old_keys,
    check_contracts, check_entries, check_controls,
)  # fmt: skip
