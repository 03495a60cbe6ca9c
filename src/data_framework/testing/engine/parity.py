"""What both engines answer the same, by name: cases, and what no engine is asked (`never`), with the reason.

The names come from the code itself (`subjects`): a verb, a type, a rule or a key that is neither shown by a case nor
never asked fails `EngineConformance`. `docs/reference/parity.md` is written from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from data_framework.modules.config.model.controls import Threshold
from data_framework.modules.config.model.incoming import CsvSpecs
from data_framework.modules.config.model.tables import PartitionTransform, SchemaPolicy, WriteMode
from data_framework.modules.data_process import DataProcessInterface
from data_framework.modules.data_process.transformations import registry
from data_framework.modules.validation import RULES

Case = Callable[[Any], Any]
Subject = tuple[str, str]

TYPES = (
    "string", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(20,4)", "decimal(38,0)", "boolean",
    "date", "timestamp", "binary", "array<int>", "struct<a:int,b:string>", "map<string,int>",
)  # fmt: skip
REASONS = ("structure", "cast", "null", "extra column", "control", "primary key without value", "primary key clash")


@dataclass
class Parity:
    """The cases by name, and which of the subjects each shows."""

    cases: dict[str, Case] = field(default_factory=dict)
    shown: dict[Subject, str] = field(default_factory=dict)
    unasked: dict[Subject, str] = field(default_factory=dict)

    def shows(self, kind: str, *names: str) -> Callable[[Case], Case]:
        """Register a case: both engines answer it the same."""

        def register(case: Case) -> Case:
            self.cases[case.__name__] = case
            self.shown.update(dict.fromkeys(((kind, name) for name in names), case.__name__))
            return case

        return register

    def never(self, reason: str, kind: str, *names: str) -> None:
        """No engine is asked these: why."""
        self.unasked.update(dict.fromkeys(((kind, name) for name in names), reason))


PARITY = Parity()


def subjects() -> Mapping[str, Iterable[str]]:
    """Everything that must be the same, by kind, as the code and the schema of the configuration name it."""
    return {
        "verb": sorted(DataProcessInterface.__abstractmethods__),
        "type": TYPES,
        "transformation": sorted(registry.BUILT_IN),
        "write mode": get_args(WriteMode),
        "partition": [transform or "value" for transform in get_args(PartitionTransform)],
        "schema policy": [f"{name}: {choice}" for name, one in SchemaPolicy.model_fields.items()
                          for choice in get_args(one.annotation)],
        "csv_specs": list(CsvSpecs.model_fields),
        "rule": list(RULES),
        "threshold": list(Threshold.model_fields),
        "quarantine reason": REASONS,
    }  # fmt: skip


PARITY.never("it opens, closes or shows an engine itself", "verb", "of", "close", "explain", "discard")
PARITY.never("the rules engine judges it from what either engine counted", "threshold", *Threshold.model_fields)
PARITY.never("landing resolves it before any engine reads the file", "csv_specs", *(
    name for name in CsvSpecs.model_fields if name in {
        "date_located", "date_located_filename", "date_located_column", "date_located_column_take", "formats", "header",
        "header_position", "preamble_lines", "header_lines", "column_names", "empty_file"})
)  # fmt: skip
PARITY.never("it judges files, before any engine reads them", "rule",
             *(name for name, rule in RULES.items() if rule.shape == "file"))  # fmt: skip
PARITY.shown.update({("rule", name): "test_rules_on_spark" for name, rule in RULES.items() if rule.shape != "file"})
PARITY.never("the stage refuses the delivery before any engine reads it", "schema policy", "new_columns: freeze",
             "missing_columns: freeze")  # fmt: skip
PARITY.never("the stage refuses from the cells either engine counted", "schema policy", "type_change: freeze")
