"""Dataflows and their processes (`transformation.json`)."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from data_framework.modules.config.model.casting import Casting, DataControl
from data_framework.modules.config.model.incoming import IncomingFile
from data_framework.modules.config.model.notifications import Notification
from data_framework.modules.config.model.reports import Report
from data_framework.modules.config.model.shared import Identifier, Layer, Names, OptionalText, Technology
from data_framework.modules.config.model.tables import Model, TableRef, WriteMode
from data_framework.modules.exception import UnknownProcessError
from data_framework.modules.utils.nearest import suggest


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what a list joined from default and dataflow repeats."""
    return tuple(dict.fromkeys(names))


class OutputFile(Model):
    """The raw table a landed file goes to."""

    layer: Layer = "raw"
    database: Identifier
    table: Identifier
    partition_field: Annotated[
        Identifier, BeforeValidator(lambda value: "data_date" if value in (None, "") else value)
    ] = "data_date"

    @property
    def ref(self) -> TableRef:
        """The full name."""
        return TableRef(self.layer, self.database, self.table)


class TableEntry(Model):
    """A table as a process names it; `layer` is filled when the configuration is opened."""

    layer: Layer | None = None
    database: Identifier
    table: Identifier
    primary_keys: Annotated[tuple[str, ...], AfterValidator(_once)] = ()
    partition_field: OptionalText = None
    write_mode: WriteMode | None = None
    casting: Casting = Field(default_factory=Casting)
    data_controls: tuple[DataControl, ...] = ()

    @property
    def ref(self) -> TableRef:
        """The full name."""
        return TableRef(self.layer or "", self.database, self.table)


class Hardware(Model):
    """Advice on the machine: ram of 128 and more is in MB, less in GB."""

    ram: float | None = Field(default=None, gt=0)
    cores: float | None = Field(default=None, gt=0)
    disk: float | None = Field(default=None, gt=0)

    @property
    def ram_megabytes(self) -> float | None:
        """The memory in MB."""
        return self.ram if self.ram is None or self.ram >= 128 else self.ram * 1024


class VolumetricExpectation(Model):
    """How much data is expected."""

    data_size_gb: float = Field(default=0.1, ge=0)
    avg_file_size_mb: float = Field(default=100, gt=0)


SparkName = Annotated[str, Field(pattern=r"^spark\.\S+$", examples=["spark.speculation"])]
SparkValue = str | int | float | bool
SparkSettings = Annotated[Mapping[SparkName, SparkValue], Field(examples=[{"spark.speculation": True}])]


class SparkParameter(Model):
    """One setting of Spark."""

    parameter: SparkName
    value: SparkValue


class SparkConfiguration(Model):
    """What Spark is started with."""

    full_volumetric_expectation: VolumetricExpectation = Field(default_factory=VolumetricExpectation)
    delta_volumetric_expectation: VolumetricExpectation = Field(default_factory=VolumetricExpectation)
    full_custom: SparkSettings = Field(default_factory=dict, description="Replaces the sizing of full runs.")
    delta_custom: SparkSettings = Field(default_factory=dict, description="Replaces the sizing of delta runs.")
    custom_configuration: tuple[SparkParameter, ...] = Field(default=(), description="Laid over the sizing.")
    catalog: str | None = Field(default=None, description="The name of the Iceberg catalogue.")
    warehouse: str | None = Field(default=None, description="Where its tables are; only a path or URI counts.")
    default_catalog: bool | str | None = None


class ProcessingSpecifications(Model):
    """The engine of a process and what it needs."""

    technology: Technology = "lambda"
    hardware: Hardware = Field(default_factory=Hardware)
    spark_configuration: SparkConfiguration = Field(default_factory=SparkConfiguration)


class CoreVersion(Model):
    """The version of the framework a project was written for; `last` takes any."""

    core_version: str = "last"


class Process(Model):
    """One stage of a dataflow. `vars` is merged already: default, then the environment's."""

    incoming_file: IncomingFile | None = None
    output_file: OutputFile | None = None
    source_tables: Mapping[str, TableEntry] = Field(default_factory=dict)
    target_tables: Mapping[str, TableEntry] = Field(default_factory=dict)
    output_reports: tuple[Report, ...] = ()
    vars: Mapping[str, Any] = Field(default_factory=dict)
    per: Literal["file", "date", "run"] | None = None
    notifications: Mapping[str, Notification] = Field(default_factory=dict)
    cancel_next_stage: bool = False
    processing_specifications: ProcessingSpecifications = Field(default_factory=ProcessingSpecifications)

    _name: str = PrivateAttr("")

    @property
    def name(self) -> str:
        """Its key below `processes`, e.g. raw_to_staging."""
        return self._name

    @property
    def source_layer(self) -> str:
        """The first word of its name."""
        return self._name.partition("_to_")[0]

    @property
    def target_layer(self) -> str:
        """The last word of its name."""
        return self._name.partition("_to_")[2]

    @property
    def technology(self) -> str:
        """The engine: lambda or emr, the platform's override applied."""
        return self.processing_specifications.technology


class MatchBy(Model):
    """Which dataflow a landed file belongs to: globs on the base name, case-sensitive."""

    file_name: Names = Field(min_length=1)


class Dataflow(Model):
    """One feed: its processes, in the order they run."""

    processes: Mapping[str, Process] = Field(default_factory=dict)
    config_match_by: MatchBy | None = None
    data_framework: CoreVersion = Field(default_factory=CoreVersion)

    _name: str = PrivateAttr("")

    @model_validator(mode="after")
    def _name_processes(self) -> Dataflow:
        for name, process in self.processes.items():
            process._name = name
        return self

    @classmethod
    def named(cls, name: str, values: Mapping[str, Any]) -> Dataflow:
        """Make a dataflow of one merged JSON object."""
        dataflow = cls.model_validate(values)
        dataflow._name = name
        return dataflow

    @property
    def name(self) -> str:
        """Its key below `dataflows`."""
        return self._name

    def process(self, name: str) -> Process:
        """Return a process by name.

        Raises:
            UnknownProcessError: There is none; the hint names the nearest.
        """
        if name not in self.processes:
            raise UnknownProcessError(dataflow=self.name, name=name, suggestion=suggest(name, self.processes))
        return self.processes[name]

    def matches(self, file_name: str) -> bool | None:
        """Whether `config_match_by` claims a base name; None when the dataflow has no `config_match_by`."""
        if self.config_match_by is None:
            return None
        return any(fnmatch.fnmatchcase(file_name, glob) for glob in self.config_match_by.file_name)


PROCESS_NAMES: tuple[str, ...] = (
    "landing_to_raw", "raw_to_staging", "staging_to_common", "common_to_common", "staging_to_business",
    "common_to_business", "business_to_business", "staging_to_output", "common_to_output", "business_to_output",
)  # fmt: skip
