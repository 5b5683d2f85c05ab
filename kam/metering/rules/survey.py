"""What a file shows at first sight, and what was told about it: the ground on which the questions are answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import polars as pl

from kam.metering.rules.columns import unique_names
from kam.metering.rules.readings import Assumption, Hints, UnreadableFile
from kam.metering.rules.table import Head, has_date, head_of, is_number, load
from kam.metering.rules.unpack import Part


@dataclass
class Survey:
    """The tables of a file with their header and first rows, the hints, and what has been assumed so far."""

    parts: list[Part]
    hints: Hints
    zone: ZoneInfo
    assumptions: list[Assumption] = field(default_factory=list)
    head: Head = field(init=False)
    names: tuple[str, ...] = field(init=False)
    decimal_comma: bool = False

    def __post_init__(self) -> None:
        self.head = head_of(self.parts[0])
        self.names = unique_names(self.head.header)
        self.zone = self._zone()

    def assume(self, code: str, detail: str = "") -> None:
        self.assumptions.append(Assumption(code, detail))

    def _zone(self) -> ZoneInfo:
        if self.hints.timezone is None:
            return self.zone
        try:
            return ZoneInfo(self.hints.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise UnreadableFile("unknown_timezone", self.hints.timezone) from error

    def named(self, told: str | None) -> str | None:
        """Return the column that was told, by its exact name or regardless of case and blanks."""
        if told is None:
            return None
        wanted = told.strip()
        for name in self.names:
            if name == wanted:
                return name
        for name in self.names:
            if name.casefold() == wanted.casefold():
                return name
        raise UnreadableFile("unknown_column", told)

    def cells(self, name: str) -> list[str]:
        position = self.names.index(name)
        return [row[position].strip() for row in self.head.rows if position < len(row)]

    def is_numeric(self, name: str) -> bool:
        cells = [cell for cell in self.cells(name) if cell]
        return bool(cells) and sum(map(is_number, cells)) * 2 > len(cells)

    def text(self, names: Sequence[str]) -> dict[str, pl.Series]:
        """Return whole columns of all tables as text."""
        wanted = list(dict.fromkeys(names))
        tables = [
            load(
                part,
                separator=self.head.separator,
                header_line=head_of(part).line if part is not self.parts[0] else self.head.line,
                columns=self.names,
                text=wanted,
                numbers=(),
            )
            for part in self.parts
        ]
        return {name: pl.concat([table.text[name] for table in tables]) for name in wanted}

    def find_decimal_comma(self) -> bool:
        """A comma is the decimal mark where it does not separate columns and no cell has a point."""
        if self.head.separator == ",":
            return False
        cells = [cell.strip() for row in self.head.rows for cell in row if not has_date(cell)]
        numbers = [cell for cell in cells if is_number(cell)]
        comma = any("," in cell for cell in numbers) and not any("." in cell for cell in numbers)
        if comma:
            self.assume("decimal_comma")
        return comma
