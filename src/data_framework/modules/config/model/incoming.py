"""What a landed file looks like and where its data date is written (`incoming_file`)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from data_framework.modules.config.model.shared import Names, OptionalText, Regex, Secret, none_if_empty, wrong
from data_framework.modules.config.model.tables import Model

FileFormat = Literal["csv", "json", "json_lines", "xls", "xml", "parquet", "fixed_width"]


@dataclass(frozen=True)
class DateLocation:
    """Where the data date of a file is, after specs and incoming_file have been put together.

    Attributes:
        located: filename, column or arrival.
        regex: Of a file name; "" means the first yyyy?mm?dd in it.
        column: The column that holds the date.
        formats: Accepted formats (strptime with %, else Java's), () means ISO.
        take: Which date counts when a file has several, None: it is rejected.
    """

    located: str = "filename"
    regex: str = ""
    column: str = ""
    formats: tuple[str, ...] = ()
    take: str | None = None


class DateInFilename(Model):
    """How the date is read from a file's name."""

    regex: Regex | None = Field(
        default="", description="Groups year, month, day by name or in order; or one group with formats."
    )
    formats: Names = ()

    @model_validator(mode="after")
    def _groups(self) -> DateInFilename:
        pattern = re.compile(self.regex or "")
        named = set(pattern.groupindex) & {"year", "month", "day"}
        if not self.regex or len(named) == 3 or (not named and pattern.groups >= 3):
            return self
        if pattern.groups == 1:
            return self
        raise wrong(
            "a regular expression with the groups year, month and day (by name, or three in this order), "
            "or with one group and formats"
        )


class DatedSpecs(Model):
    """The keys of the data date, allowed beside and inside every `*_specs`."""

    date_located: Literal["filename", "column", "arrival"] | None = None
    date_located_filename: DateInFilename | None = None
    date_located_column: OptionalText = None
    date_located_column_take: Literal["max", "min"] | None = None
    formats: Names = Field(
        default=(), description="Formats of the date in the column, or of the one group of the name."
    )


def known_codec(name: str) -> str:
    """Return the name of a text encoding Python knows, or auto; refuse any other."""
    if name.lower() == "auto":
        return "auto"
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise wrong("an encoding Python knows, or auto") from error
    if not getattr(info, "_is_text_encoding", True):
        raise wrong("an encoding of text, or auto")
    return name


Encodings = Annotated[Names, AfterValidator(lambda names: tuple(known_codec(name) for name in names))]


def _one(text: str | None) -> str | None:
    if text is not None and len(text) != 1:
        raise wrong("one character, or null")
    return text


def _filled(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or not all(names):
        raise wrong("one or more characters, a list of such, or auto")
    if any("\n" in name or "\r" in name for name in names):
        raise wrong("characters that end no line")
    return names


OneCharacter = Annotated[OptionalText, AfterValidator(_one)]
_RANGE = re.compile(r"[A-Z]{0,3}[1-9]?\d*(:[A-Z]{0,3}[1-9]?\d*)?", re.IGNORECASE)


def _cells(text: str | None) -> str | None:
    if text is not None and not (_RANGE.fullmatch(text) and text.strip(":")):
        raise wrong("a range of cells, e.g. B3:F20, B:F or B3:F")
    return text


def _xpath(text: str) -> str:
    balanced = all(text.count(left) == text.count(right) for left, right in ("[]", "()"))
    if not text.startswith("/") or text.endswith("/") or not balanced:
        raise wrong("the XPath of elements from the root, e.g. /countries/country or //row")
    return text


class CsvSpecs(DatedSpecs):
    """How a CSV file is written."""

    encoding: Encodings = Field(
        default=("UTF-8",), description="Tried in order, strictly; auto: detected.", min_length=1, examples=["latin-1"]
    )
    delimiter: Annotated[Names, AfterValidator(_filled)] = Field(
        default=(",",), description="auto or a list: the header decides."
    )
    special_character: OneCharacter = Field(default='"', description="The quote; null: none.")
    escape: OneCharacter = Field(default=None, description="null: a quote is doubled.")
    comment: OptionalText = None
    row_delimiter: Literal["auto", "\n", "\r\n", "\r"] = "auto"
    header: bool = True
    header_position: int = Field(default=0, ge=0, description="Lines before the header.")
    preamble_lines: int = Field(default=0, ge=0, description="Lines before the first row of a file without header.")
    header_lines: int = Field(default=1, ge=1, le=3)
    footnote_lines: int = Field(default=0, ge=0)
    column_names: tuple[str, ...] = ()
    null_value: Names = ()
    nan_value: Names = ()
    multiline: bool = True
    ragged_rows: Literal["quarantine", "pad", "truncate", "widen"] = "quarantine"
    trim: bool = True
    empty_file: Literal["reject", "accept"] = "reject"

    @model_validator(mode="after")
    def _apart(self) -> CsvSpecs:
        if self.special_character and any(self.special_character in delimiter for delimiter in self.delimiter):
            raise wrong("a delimiter and a quote (special_character) that differ")
        return self


class JsonSpecs(DatedSpecs):
    """Where the records of a JSON file are."""

    encoding: Encodings = Field(default=("UTF-8",), min_length=1, examples=["latin-1"])
    source_level: str = Field(default="", description="Path of the records, e.g. a.b.* or response_content.")
    source_level_format: Literal["array", "dictionary"] = "array"


class XmlSpecs(DatedSpecs):
    """Where the records of an XML file are."""

    encoding: Annotated[OptionalText, AfterValidator(lambda name: name and known_codec(name))] = Field(
        default=None, description="Instead of what the document declares.", examples=["latin-1"]
    )
    xpath: Annotated[str, AfterValidator(_xpath)] = Field(
        default="/*/*", description="XPath 1.0 of the records, e.g. /countries/country or //row.", examples=["//row"]
    )


class ExcelSpecs(DatedSpecs):
    """Where the table of a workbook is."""

    sheet: Annotated[int, Field(ge=0)] | str = Field(
        default="first", description="first (of those shown), a name, a number from 0, or a regex of the whole name."
    )
    header_position: int = Field(default=0, ge=0, description="Rows before the header, from the top of the range.")
    range: Annotated[OptionalText, AfterValidator(_cells)] = Field(
        default=None, description="Cells, e.g. B3:F20, B:F or B3:F.", examples=["B3:F20"]
    )
    password: Secret | None = Field(default=None, description="Of the workbook, as a reference to a secret.")


class FixedColumn(Model):
    """A column of a fixed-width file."""

    name: Annotated[str, Field(min_length=1)]
    start: int = Field(ge=1, description="Its first character, counted from 1.")
    length: int = Field(ge=1, description="In characters.")


class FixedWidthSpecs(DatedSpecs):
    """Where the columns of a fixed-width file are."""

    encoding: Encodings = Field(default=("UTF-8",), min_length=1, examples=["latin-1"])
    columns: tuple[FixedColumn, ...] = Field(default=(), description="Name, start and length of each.")
    preamble_lines: int = Field(default=0, ge=0, description="Lines before the first row.")
    footnote_lines: int = Field(default=0, ge=0, description="Lines after the last row.")
    null_value: Names = ()
    trim: bool = Field(default=True, description="Blanks around a value are no part of it.")
    empty_file: Literal["reject", "accept"] = "reject"

    @model_validator(mode="after")
    def _distinct(self) -> FixedWidthSpecs:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise wrong("columns of different names")
        return self


class FileControl(Model):
    """A control of a landed file, before raw."""

    blocking: bool = True


class FileSize(FileControl):
    """The size of the landed file in bytes."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)


class FileRowCount(FileControl):
    """The number of data rows."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)


class FileAge(FileControl):
    """The age of the landed file: days, or text like `36 hours`."""

    max: int | float | str


class FileChecksum(FileControl):
    """The checksum in a companion file (`{file_name}.sha256` by default) equals that of the landed file."""

    algorithm: str = "sha256"
    companion: str = "{file_name}.{algorithm}"


class FileEncoding(FileControl):
    """The file is written in this encoding."""

    name: str


class JsonStatusCode(FileControl):
    """A field of the document has one of the accepted values."""

    field: str = "status_code"
    accepted: tuple[int | str, ...] = (200,)


class FileControls(Model):
    """The file controls by name; name, unzipped name and format are always on and blocking."""

    validate_filename_pattern: FileControl | None = None
    validate_unzipped_filename_pattern: FileControl | None = None
    validate_csv_format: FileControl | None = None
    validate_csv_columns: FileControl | None = None
    check_json_status_code: JsonStatusCode | None = None
    file_size: FileSize | None = None
    file_age: FileAge | None = None
    file_row_count: FileRowCount | None = None
    file_is_unique: FileControl | None = None
    file_checksum: FileChecksum | None = None
    file_encoding: FileEncoding | None = None

    @property
    def given(self) -> Mapping[str, FileControl]:
        """The configured controls by name."""
        return {name: control for name in type(self).model_fields if (control := getattr(self, name)) is not None}


def _excel(value: object) -> object:
    return "xls" if isinstance(value, str) and value in {"xlsx", "xlsb", "ods", "xlsm"} else value


class IncomingFile(DatedSpecs):
    """A landed file of a dataflow."""

    file_format: Annotated[FileFormat, BeforeValidator(_excel)]
    zipped: Annotated[
        Literal["", "zip", "tar", "gz"], BeforeValidator(lambda value: "" if value is None else value)
    ] = ""
    filename_pattern: Regex = Field(default=".*", description="Matches the whole base name.")
    filename_unzipped_pattern: Annotated[Regex | None, BeforeValidator(none_if_empty)] = None
    password: Secret | None = Field(default=None, description="Of the archive, as a reference to a secret.")
    compare_with_previous_file: bool = True
    csv_specs: CsvSpecs = Field(default_factory=CsvSpecs)
    json_specs: JsonSpecs = Field(default_factory=JsonSpecs)
    xml_specs: XmlSpecs = Field(default_factory=XmlSpecs)
    excel_specs: ExcelSpecs = Field(default_factory=ExcelSpecs)
    fixed_width_specs: FixedWidthSpecs = Field(default_factory=FixedWidthSpecs)
    controls: FileControls = Field(default_factory=FileControls)

    @model_validator(mode="after")
    def _with_columns(self) -> IncomingFile:
        if self.file_format == "fixed_width" and not self.fixed_width_specs.columns:
            raise wrong("fixed_width_specs.columns: name, start and length of each")
        return self

    @property
    def specs(self) -> DatedSpecs:
        """The specs of the file's format."""
        by_format: dict[str, DatedSpecs] = {
            "csv": self.csv_specs, "json": self.json_specs, "json_lines": self.json_specs,
            "xml": self.xml_specs, "xls": self.excel_specs, "fixed_width": self.fixed_width_specs,
            "parquet": DatedSpecs(),
        }  # fmt: skip
        return by_format[self.file_format]

    @property
    def date(self) -> DateLocation:
        """Where the data date is: each key from the format's specs, else from beside them."""
        specs = self.specs
        chosen: dict[str, Any] = {key: getattr(specs, key) or getattr(self, key) for key in DatedSpecs.model_fields}
        named: DateInFilename = chosen["date_located_filename"] or DateInFilename()
        located = chosen["date_located"] or "filename"
        formats = chosen["formats"] if located == "column" else named.formats or chosen["formats"]
        return DateLocation(
            located=located, regex=named.regex or "", column=chosen["date_located_column"] or "",
            formats=formats, take=chosen["date_located_column_take"],
        )  # fmt: skip
