"""Rules of whole files, before raw. The file validator runs them; here is what a control may say about each."""

from __future__ import annotations

from data_framework.modules.validation.rules.model import Argument, rule


@rule("file", dimension="validity", fields=(0, 0))
def validate_filename_pattern() -> None:
    """The file's name matches `filename_pattern`, whole. Always on and blocking."""


@rule("file", dimension="validity", fields=(0, 0))
def validate_unzipped_filename_pattern() -> None:
    """The names of the archive's members match `filename_unzipped_pattern`. Always on and blocking."""


@rule("file", dimension="validity", fields=(0, 0))
def validate_csv_format() -> None:
    """The file can be read as the configuration says: encoding, delimiter, header. Always on and blocking."""


@rule("file", dimension="consistency", fields=(0, 0))
def validate_csv_columns() -> None:
    """The header has the columns of the contract. Always on and blocking where there is a contract."""


@rule(
    "file", dimension="validity", fields=(0, 1),
    arguments=[
        Argument("field", "text", "where the answer holds its status code", default="status_code"),
        Argument("accepted", "values", "the codes that are good", default=[200]),
    ],
)  # fmt: skip
def check_json_status_code() -> None:
    """The JSON answer that was delivered says it is good: its status code is an accepted one."""


@rule(
    "file", dimension="completeness", fields=(0, 0),
    arguments=[Argument("min", "number", "the least size in bytes"), Argument("max", "number", "the largest in bytes")],
)  # fmt: skip
def file_size() -> None:
    """The delivered object has between `min` and `max` bytes."""
