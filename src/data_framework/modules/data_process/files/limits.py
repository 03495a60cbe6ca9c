"""What a landed file may be at most (`limits` of the platform), so that a hostile one is refused in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, fields

STEP = 256 * 1024
RATIO_FROM = 100 * 1024 * 1024


@dataclass(frozen=True)
class FileLimits:
    """The limits of one file.

    Attributes:
        file_bytes: Size as delivered, None: any.
        unpacked_bytes: Size of all its members together.
        ratio: Unpacked to packed, judged above 100 MiB unpacked.
        members, depth, columns, cell_bytes: Of an archive, of JSON and XML, of a header, of one cell.
        memory_bytes: What a workbook may take in memory, None: any.
    """

    file_bytes: int | None = None
    unpacked_bytes: int = 20 * 1024**3
    ratio: float = 200
    members: int = 10_000
    depth: int = 200
    columns: int = 10_000
    cell_bytes: int = 16 * 1024 * 1024
    memory_bytes: int | None = None

    @classmethod
    def of(cls, limits: object) -> FileLimits:
        """Take over the limits of a platform that has them."""
        names = (field.name for field in fields(cls))
        return cls(**{name: getattr(limits, name) for name in names if hasattr(limits, name)})
