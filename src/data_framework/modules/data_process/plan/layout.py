"""How a plan's columns and checks lie beside each other in flight: which bit says what of a row, for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from data_framework.modules.catalogue import TableSchema
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import PlanColumn, RowCheck, TablePlan


@dataclass(frozen=True)
class Fault:
    """One cast bit: `kind` cast (does not fit), null (must not be null) or extra (a column nobody promised)."""

    kind: str
    column: str
    position: int


@dataclass(frozen=True)
class Layout:
    """The shape of rows in flight.

    Attributes:
        columns: The target's columns in order, technical ones included, with what the plan says of them.
        schema: The target as the catalogue knows it.
        faults: What each cast bit says.
        checks: The row checks, two bits each: invalid, not judged.
        counted_late: Whether accepted rows lie in flight without the bits of checks, for these only count: they are
            asked of what was staged.
    """

    columns: tuple[PlanColumn, ...]
    schema: TableSchema
    faults: tuple[Fault, ...]
    checks: tuple[RowCheck, ...] = field(default=())
    counted_late: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The target's columns."""
        return tuple(column.name for column in self.columns)

    @property
    def private(self) -> frozenset[str]:
        """The columns whose values no report shows."""
        return frozenset(column.name for column in self.columns if column.private)

    @property
    def cast_columns(self) -> list[str]:
        """The hidden columns of cast bits."""
        return hidden.cast_columns(len(self.faults))

    @property
    def check_columns(self) -> list[str]:
        """The hidden columns of check bits."""
        return hidden.check_columns(len(self.checks))

    @property
    def staged_columns(self) -> list[str]:
        """The hidden columns of staged files, beside those of the target."""
        return [hidden.FILE, hidden.RECORD, *([] if self.counted_late else self.check_columns)]

    def invalid_bit(self, check: int) -> tuple[str, int]:
        """The hidden column and the value of the bit that says a row is invalid; the next bit says not judged."""
        place = 2 * check
        return f"{hidden.CHECKS}{place // hidden.BITS}", 1 << (place % hidden.BITS)

    def mask(self, on_failure: str) -> dict[str, int]:
        """Hidden column → the invalid bits of the checks with this effect."""
        found: dict[str, int] = {}
        for number, check in enumerate(self.checks):
            if check.on_failure == on_failure:
                column, bit = self.invalid_bit(number)
                found[column] = found.get(column, 0) | bit
        return found

    @property
    def sound(self) -> str:
        """SQL: no effect of casts or row checks takes the row away."""
        return f"NOT ({self.set_aside} OR {self.dropped})" if self.faults or self.checks else "true"

    @property
    def set_aside(self) -> str:
        """SQL: a cast fault or a quarantining row check sets the row aside."""
        parts = [f"{name} <> 0" for name in self.cast_columns]
        parts += [f"({name} & {bits}) <> 0" for name, bits in self.mask("quarantine").items()]
        return f"({' OR '.join(parts)})" if parts else "false"

    @property
    def dropped(self) -> str:
        """SQL: a dropping row check takes the row away."""
        parts = [f"({name} & {bits}) <> 0" for name, bits in self.mask("drop").items()]
        return f"({' OR '.join(parts)})" if parts else "false"


def make_layout(
    plan: TablePlan, columns: Sequence[PlanColumn], schema: TableSchema, checks: Sequence[RowCheck]
) -> Layout:
    """Lay out a plan over the columns of its target."""
    faults: list[tuple[str, str]] = []
    for column in columns:
        if column.cast != "none" and column.type.kind not in {"string", "binary"} and column.text is not None:
            faults.append(("cast", column.name))
        if not column.nullable and column.name != plan.partition_field:
            faults.append(("null", column.name))
    faults += [("extra", name) for name in plan.quarantine_columns]
    return Layout(
        tuple(columns),
        schema,
        tuple(Fault(kind, name, position) for position, (kind, name) in enumerate(faults)),
        tuple(checks),
    )
