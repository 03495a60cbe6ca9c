"""Rules of whole files, before raw. The file validator runs them; here is what a control may say about each."""

from __future__ import annotations

from data_framework.modules.validation.rules.model import Argument, rule

CHECKSUMS = ("sha256", "sha1", "sha224", "sha384", "sha512", "md5", "blake2b", "blake2s")


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


@rule(
    "file", dimension="timeliness", fields=(0, 0),
    arguments=[Argument("max", "duration", "`36 hours`, `2 days`, `90m`, or a number of days", required=True)],
)  # fmt: skip
def file_age() -> None:
    """The delivered object is no older than `max`, by its time of modification."""


@rule(
    "file", dimension="completeness", fields=(0, 0),
    arguments=[Argument("min", "number", "the fewest rows"), Argument("max", "number", "the most rows")],
)  # fmt: skip
def file_row_count() -> None:
    """The file has between `min` and `max` rows, broken ones counted. A CSV file is read for it."""


@rule("file", dimension="uniqueness", fields=(0, 0))
def file_is_unique() -> None:
    """No other file that raw holds of the table, of any date, has the same content."""


@rule(
    "file", dimension="accuracy", fields=(0, 0),
    arguments=[
        Argument("algorithm", "choice", "how it is computed", default="sha256", choices=CHECKSUMS),
        Argument("companion", "text", "the file that holds it, beside the delivered one",
                 default="{file_name}.{algorithm}"),
    ],
)  # fmt: skip
def file_checksum() -> None:
    """The delivered object has the checksum that a companion file states: the sum alone, or lines `sum name`."""


@rule(
    "file", dimension="validity", fields=(0, 0),
    arguments=[Argument("name", "text", "the encoding, any that Python knows", required=True)],
)  # fmt: skip
def file_encoding() -> None:
    """The text was read in this encoding (csv, json, json_lines, fixed_width)."""
