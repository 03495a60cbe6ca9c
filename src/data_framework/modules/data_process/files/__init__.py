"""Landed files as text: archives, encodings, CSV dialects and records, JSON. Shared by landing and by both engines."""

from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.csv_reader import batches, records
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.records import Record

__all__ = ["CsvDialect", "FileLimits", "Record", "batches", "records"]
