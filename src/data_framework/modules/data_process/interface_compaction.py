"""The contract of compaction: the small files of a table become few, and no row changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface, TableSchema
    from data_framework.modules.config import Config, TableRef
    from data_framework.modules.storage import StorageInterface

#: Columns and whether each is descending.
SortOrder = Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class Compaction:
    """What compaction does, or would do, to one table.

    Attributes:
        files_before, files_after: The files that are written anew, and how many they become.
        bytes_before, bytes_after: Their sizes; before anything is written, `bytes_after` is a guess.
        rows: The rows in them.
        left_alone: Why nothing is done although there may be small files, or "".
    """

    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    rows: int = 0
    left_alone: str = ""


class CompactorInterface(ABC):
    """Writes files of tables anew on one machine, out of core, whichever engine wrote them."""

    @classmethod
    @abstractmethod
    def of(cls, config: Config, storage: StorageInterface, catalogue: CatalogueInterface) -> Self:
        """Open it for a project."""

    @abstractmethod
    def plan(self, ref: TableRef) -> Compaction:
        """What would be done to a table as it is now."""

    @abstractmethod
    def compact(self, ref: TableRef, order_by: SortOrder = ()) -> Compaction:
        """Join the small files of each partition in one commit, rows in an order where one is wanted.

        Others may publish at the same time: what they add stays, and where they replace a file that was read, it is
        done again.

        Raises:
            PublishFailedError: There is no room for the new files, or the files kept being replaced.
        """

    @abstractmethod
    def retype(self, ref: TableRef, schema: TableSchema) -> None:
        """Give columns other types that hold all their values: every file is written anew, in one commit.

        Raises:
            PublishFailedError: There is no room for the new files, or the table kept moving.
        """
