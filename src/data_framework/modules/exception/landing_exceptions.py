"""Errors of landed files."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class LandingError(DataFrameworkError):
    """An error of landed files."""


class FileContentError(LandingError):
    """A landed file cannot be taken as it is; the reason is a sentence of its own."""

    exit_code: ClassVar[int] = 1
    what: ClassVar[str] = "{reason}"
    advice: ClassVar[str] = "Correct the file, or say in incoming_file how it is written, and deliver it again."


class MemberNameError(FileContentError):
    """The archive can be read, but no member (or more than one) is the delivery's."""


class FileLimitError(FileContentError):
    """A landed file is larger, deeper or wider than `platform.limits` allows."""

    advice: ClassVar[str] = "If the file is right, raise limits.{limit} in platform.json."


class SeveralDataflowsError(LandingError):
    """A landed file is claimed by more than one dataflow."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The landed file {key!r} belongs to several dataflows: {dataflows}."
    advice: ClassVar[str] = "Narrow config_match_by.file_name (or filename_pattern) so that only one of them matches."


class OutsideLandingError(LandingError):
    """A file was named that is not in the landing layer."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{name!r} is not a file of the landing layer: {reason}."
    advice: ClassVar[str] = "Put the file below the landing folder and name it by its key there."


class NotOfDataflowError(LandingError):
    """A file was named that belongs to another dataflow, or to none."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The landed file {key!r} does not belong to the dataflow {dataflow!r}: {reason}."
    advice: ClassVar[str] = "Check config_match_by.file_name and filename_pattern, or name the other dataflow."
