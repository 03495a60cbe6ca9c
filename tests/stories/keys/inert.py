"""The keys that by design change nothing in this version: each with the reason why it may be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data_framework.modules.config import leaf_keys
from stories.keys.flow import PROCESSES
from stories.keys.landing import INCOMING, PROCESS
from stories.keys.world import Place


@dataclass(frozen=True)
class Inert:
    """A key without effect.

    Attributes:
        key: `document: place`, as `leaf_keys` says it.
        reason: Why it is taken, and does nothing.
        at: Where it is written to see that nothing changes, the document first; none: it cannot be written alone.
        value: What is written there.
    """

    key: str
    reason: str
    at: Place
    value: Any


AWS = "read where layers are buckets; a project with local files shares the file with it"
WEBHOOK = "read by the channel webhook alone, whose own tests show it"
SPARK = "sizing of the engine emr alone, whose own tests show it (tests/unit/data_process/test_sizing.py)"
ADVICE = "advice to whoever chooses the machine"
ALWAYS = "the control is always on and always blocking, as INTERFACE says; old files write it"
REPEATED = "users repeat the entry of the target under source_tables; a source is only read"
PEOPLE = "for the people who read the file"
CHANNEL = "the platform's channel decides how messages leave; old files write email"

# Where the schema's own sample is not taken as it is.
_STEPS = [
    {"type": "parse_dates", "columns": ["at"], "source_format": ["%Y-%m-%d"], "target_format": "%Y"},
    {"type": "add_filename_column", "target_column": "shop"},
    {"type": "texts:shout", "columns": ["shop"], "arguments": {"mark": "!"}},
]
_TAKEN = {"regex": r"(\d{4})-(\d{2})-(\d{2})", "master_table": "shop_staging.nowhere", "column": "shop"}
_SOURCE_REPEATS = ("write_mode", "casting.", "data_controls[].")
_ALWAYS_ON = ("validate_filename_pattern", "validate_unzipped_filename_pattern", "validate_csv_format",
              "validate_csv_columns")  # fmt: skip


def _values() -> dict[str, Any]:
    return {str(leaf): leaf.sample for leaf in leaf_keys("transformation")}


def _below(prefix: str, at: Place, reason: str, *only: str) -> list[Inert]:
    """All keys of the schema below a prefix (or those that begin in one of some ways)."""
    start = PROCESS.removeprefix("transformation: ") + prefix
    found = []
    for place, sample in _values().items():
        rest = place.removeprefix(start)
        if rest != place and rest.startswith(only or ("",)):
            steps = [0 if step == "[]" else step for step in rest.replace("[]", ".[]").split(".")]
            inside, value = (*at, *steps), _TAKEN.get(str(steps[-1]), sample)
            if "transformations" in steps:
                inside, value = (*at, "casting", "transformations"), _STEPS
            found.append(Inert(f"transformation: {place}", reason, inside, value))
    return found


# Stands there anyway while they are tried: a control that is written is told of.
GIVEN: tuple[tuple[Place, Any], ...] = (((*INCOMING, "controls"), {name: {} for name in _ALWAYS_ON}),)
_SPECIFICATIONS: Place = (*PROCESSES, "raw_to_staging", "processing_specifications")
_SOURCE: Place = (*PROCESSES, "staging_to_business", "source_tables", "sales")
INERT = [
    Inert("platform: local.region", AWS, ("platform", "local", "region"), "eu-west-1"),
    Inert("platform: local.platform", AWS, ("platform", "local", "platform"), "aws"),
    Inert("platform: local.encryption.kms_key", AWS, ("platform", "local", "encryption", "kms_key"), "alias/data"),
    *(Inert(f"platform: local.athena.{name}", AWS, ("platform", "local", "athena", name), value)
      for name, value in (("workgroup", "x"), ("scan_bytes", 1), ("wait_seconds", 1), ("dollars_per_tebibyte", 1))),
    Inert("platform: local.telemetry", AWS, ("platform", "local", "telemetry"), {"endpoint": "x"}),
    *(Inert(f"platform: local.endpoints.{name}", AWS, ("platform", "local", "endpoints", name), "http://127.0.0.1:1")
      for name in ("s3", "glue", "sts", "cloudwatch", "ssm", "secretsmanager", "sesv2", "sns", "athena")),
    Inert("platform: local.notifications.webhook.hosts", WEBHOOK,
          ("platform", "local", "notifications", "webhook", "hosts"), ["hooks.example.org"]),
    *_below("processing_specifications.hardware.", (*_SPECIFICATIONS, "hardware"), ADVICE),
    *_below("processing_specifications.spark_configuration.", (*_SPECIFICATIONS, "spark_configuration"), SPARK),
    *_below("incoming_file.controls.", (*INCOMING, "controls"), ALWAYS, *_ALWAYS_ON),
    *_below("source_tables.*.", _SOURCE, REPEATED, *_SOURCE_REPEATS),
    Inert(f"{PROCESS}output_reports[].description", PEOPLE,
          (*PROCESSES, "business_to_output", "output_reports", 0, "description"), "Totals of shops."),
    Inert(f"{PROCESS}notifications.*.type", CHANNEL,
          (*PROCESSES, "staging_to_business", "notifications", "done"), {"subject": "Done", "type": "letter"}),
]  # fmt: skip
