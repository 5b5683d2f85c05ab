"""What load readings look like on their way in: what was told, what was understood, series, checked series,
days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Marks = NDArray[np.uint8]
Flags = NDArray[np.bool_]

Layout = Literal["long", "wide"]
Stamps = Literal["start", "end"]
Quantity = Literal["kwh", "kvarh_lag", "kvarh_lead"]

QUANTITIES: tuple[Quantity, ...] = ("kwh", "kvarh_lag", "kvarh_lead")
MAX_REJECTS = 1000

REJECT_CODES = (
    "bad_stamp",
    "no_stamp",
    "removed_hour",  # a clock change skips it
    "off_grid",
    "not_a_number",
    "out_of_range",
    "extra_fields",
    "bad_quotes",
    "no_meter",
)

UNREADABLE_CODES = (
    "empty",
    "damaged",
    "encrypted",
    "too_large",
    "no_table_in_zip",
    "old_excel",
    "binary",
    "unknown_encoding",
    "no_header",
    "no_time_column",
    "no_numeric_column",
    "no_slot_columns",
    "unknown_column",
    "unknown_channel",
    "unknown_timezone",
    "unknown_unit",
    "interval_unknown",
    "unsupported_interval",
    "other_interval",
    "column_twice",
    "register_readings",
    "different_columns",
    "no_readings",
    "span_too_long",
)


@dataclass(frozen=True)
class Reject:
    """One thing in the file that was not taken: `row` is its line in the file (the first line is 1), `code` one of
    REJECT_CODES.
    """

    row: int
    column: str
    code: str
    value: str
    file: str = ""


class UnreadableFile(Exception):
    """The file as a whole cannot be understood; `code` (of UNREADABLE_CODES) says why, `detail` names the culprit."""

    def __init__(self, code: str, detail: str = "", rejects: Sequence[Reject] = ()) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.rejects = list(rejects)


@dataclass(frozen=True)
class Hints:
    """What the person told about the file; everything left out is found in the file itself."""

    layout: Layout | None = None
    time_column: str | None = None
    date_column: str | None = None
    kwh_column: str | None = None
    kvarh_lag_column: str | None = None
    kvarh_lead_column: str | None = None
    unit: str | None = None
    interval_minutes: int | None = None
    stamps: Stamps | None = None
    day_first: bool | None = None
    timezone: str | None = None
    channel_column: str | None = None
    channels: dict[str, str] = field(default_factory=dict)
    meter_column: str | None = None


@dataclass(frozen=True)
class Assumption:
    """One thing that was found and not told. `code` is one of ASSUMPTION_CODES, `detail` the value it was
    found to be.
    """

    code: str
    detail: str = ""


ASSUMPTION_CODES = (
    "encoding",  # GB18030, UTF-16: anything but UTF-8
    "header_line",  # the header is not the first line
    "layout",
    "decimal_comma",
    "time_column",
    "date_column",
    "meter_column",
    "channel_column",
    "channel",  # detail: "kwh=正向有功"
    "channel_ignored",  # detail: a cell value whose rows are left out
    "kwh_column",
    "kwh_column_guessed",  # no name says so: the first column of numbers
    "kvarh_lag_column",
    "kvarh_lead_column",
    "unit_found",  # a name says so
    "unit_assumed",  # nothing says so
    "interval",
    "stamps_found",
    "stamps_assumed",
    "midnight_same_day",  # 00:00 stands after 23:45 of its own date: moved to the next midnight
    "day_first_found",
    "month_first_found",
    "day_first_assumed",
    "offset_kept",  # stamps carry their offset from UTC
    "timezone_assumed",
)


@dataclass(frozen=True)
class Understanding:
    """How a file is to be read, fully decided.

    `columns` are the header's names, made unique. A long file has `time_column` (whole stamp, or only the
    clock when `date_column` stands beside it); a wide file has `date_column` and `slot_columns` in the order
    of the day. `units` per quantity. `timezone` is None when stamps carry an offset. `sample`: the first rows
    as they stand in the file.
    """

    layout: Layout
    encoding: str
    separator: str
    decimal_comma: bool
    header_line: int
    columns: tuple[str, ...]
    time_column: str | None
    date_column: str | None
    kwh_column: str | None
    kvarh_lag_column: str | None
    kvarh_lead_column: str | None
    meter_column: str | None
    channel_column: str | None
    channels: dict[str, str]
    slot_columns: tuple[str, ...]
    units: dict[str, str]
    interval_minutes: int
    stamps: Stamps
    midnight_same_day: bool
    day_first: bool
    timezone: str | None
    files: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    assumptions: list[Assumption]

    @property
    def unit(self) -> str:
        """Unit of the active quantity: kwh, kw or w (also wh, mwh, mw where a column name says so)."""
        return self.units["kwh"]

    def column_of(self, quantity: Quantity) -> str | None:
        """Return the column of a long file that holds `quantity`."""
        return {
            "kwh": self.kwh_column,
            "kvarh_lag": self.kvarh_lag_column,
            "kvarh_lead": self.kvarh_lead_column,
        }[quantity]


@dataclass(frozen=True, eq=False)
class Series:
    """Readings of one meter on a strict grid of `minutes`, from the first interval that has a value to the
    last.

    `start`: aware UTC instant at which slot 0 begins. Arrays have shape (n,), energy of the interval in kWh /
    kvarh, NaN where no row gives it; a reactive array is None when the file has none. `marks`: MISSING,
    DUPLICATE, CONFLICT. `rows_rejected` counts every row in which something was not taken (a bad cell loses
    the cell, a bad stamp the row); `rejects` lists the first 1,000. `duplicates`: readings given beyond the
    first. `missing`: intervals without energy.
    """

    meter_no: str | None
    start: datetime
    minutes: int
    kwh: Floats
    kvarh_lag: Floats | None
    kvarh_lead: Floats | None
    marks: Marks
    rows_read: int
    rows_rejected: int
    rejects: list[Reject]
    duplicates: int
    missing: int

    @property
    def until(self) -> datetime:
        """Aware UTC instant at which the last interval ends."""
        return self.start + timedelta(minutes=self.minutes * len(self.kwh))


@dataclass(frozen=True)
class Counts:
    """How many intervals carry which mark; `estimated` counts energy, `reactive_estimated` intervals with
    filled kvarh.
    """

    missing: int
    estimated: int
    reactive_estimated: int
    negative: int
    dead: int
    over: int
    frozen: int
    duplicates: int


@dataclass(frozen=True, eq=False)
class Checked:
    """A series after the checks: values to be used, marks, and `raw_kwh` as given where any used value
    differs from it.
    """

    meter_no: str | None
    start: datetime
    minutes: int
    kwh: Floats
    kvarh_lag: Floats | None
    kvarh_lead: Floats | None
    raw_kwh: Floats | None
    marks: Marks
    counts: Counts

    @property
    def until(self) -> datetime:
        """Aware UTC instant at which the last interval ends."""
        return self.start + timedelta(minutes=self.minutes * len(self.kwh))


@dataclass(frozen=True, eq=False)
class DayArrays:
    """One company day of one meter: arrays as long as the day has intervals, NaN + MISSING where nothing is
    known.

    `raw_kwh` is None unless some value that was given is not the one used.
    """

    day: date
    minutes: int
    kwh: Floats
    kvarh_lag: Floats | None
    kvarh_lead: Floats | None
    marks: Marks
    raw_kwh: Floats | None = None


def instant(seconds: int) -> datetime:
    """Return the aware UTC instant `seconds` after 1970-01-01T00:00Z."""
    return datetime.fromtimestamp(seconds, UTC)
