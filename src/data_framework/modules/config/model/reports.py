"""A report: a selection of a table, written as a file (`output_reports`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from data_framework.modules.config.model.incoming import known_codec
from data_framework.modules.config.model.shared import wrong
from data_framework.modules.config.model.tables import Model


class ReportCsvSpecs(Model):
    """How a CSV report is written."""

    header: bool = True
    index: bool = Field(default=False, description="A first column that numbers the rows from 0.")
    encoding: Annotated[str, AfterValidator(known_codec)] = Field(default="UTF-8", examples=["latin-1"])
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    formula_escape: bool = Field(
        default=True, description="Text that a spreadsheet would run as a formula gets a leading '."
    )


class ReportJsonSpecs(Model):
    """How a JSON report is written."""

    format: Literal["lines", "columns"] = "lines"


class Report(Model):
    """One report."""

    name: str = Field(min_length=1)
    description: str = ""
    source_table: str = Field(description="A key of source_tables.")
    columns: tuple[str, ...] = Field(
        default=(), description="Columns or SQL expressions [as alias]; none: all columns."
    )
    columns_alias: tuple[str, ...] = ()
    where: str = ""
    file_format: Literal["csv", "json"] = "csv"
    filename_pattern: str = Field(min_length=1, description="With {file_date} {file_name} {current_date} {vars.x}.")
    filename_date_format: str = Field(
        default="%Y-%m-%d", description="Of the dates in the name; strptime with %, else Java's."
    )
    csv_specs: ReportCsvSpecs = Field(default_factory=ReportCsvSpecs)
    json_specs: ReportJsonSpecs = Field(default_factory=ReportJsonSpecs)
    replaces: tuple[dict[str, str], ...] = Field(
        default=(), description="{old: new}, acting on the finished text in order."
    )
    on_empty: Literal["error", "skip", "write"] = "error"

    @model_validator(mode="after")
    def _an_alias_per_column(self) -> Report:
        if self.columns_alias and self.columns and len(self.columns_alias) != len(self.columns):
            raise wrong(f"as many columns_alias ({len(self.columns_alias)}) as columns ({len(self.columns)})")
        if "/" in self.filename_pattern or "\\" in self.filename_pattern:
            raise wrong("a filename_pattern without folders")
        return self
