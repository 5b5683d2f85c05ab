"""Take a file of load readings (负荷数据) in: understand it, then read it as series on a strict grid.

Everything that callers need is named here; the modules beside it hold one question each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from kam.metering.rules.columns import scale_of, slots_of, unique_names
from kam.metering.rules.grid import MAX_SPAN_DAYS, Laid, finished, lay, with_kwh
from kam.metering.rules.readings import (
    MAX_REJECTS,
    QUANTITIES,
    Assumption,
    Floats,
    Hints,
    Quantity,
    Reject,
    Series,
    Understanding,
    UnreadableFile,
    Whole,
    instant,
)
from kam.metering.rules.stamps import DAY, NONE, Stamped, dated, halves, mapped, stamped, to_utc, transitions
from kam.metering.rules.table import Table, head_of, joined, load
from kam.metering.rules.understanding import understand
from kam.metering.rules.unpack import Part, unpack

__all__ = ["Assumption", "Hints", "Reject", "Series", "Understanding", "UnreadableFile", "read", "understand"]

_DAYS = 100_000
"""More days than any stamp can be after 1970: meter, quantity and day fit in one sorting key."""


def read(source: Path, understanding: Understanding, *, zone: ZoneInfo, multiplier: float = 1) -> list[Series]:
    """Return one series per meter of the file, in the order in which meters first appear.

    `zone`: the company's, whose midnight the grid follows. `multiplier`: every value is multiplied by it
    (倍率). A meter whose rows give no value has a series of length 0. Raises UnreadableFile where no reading at
    all can be taken, with the rejects.
    """
    table = joined([_table(part, understanding) for part in unpack(source)])
    rows = _rows(table, understanding, zone)
    rows.scale(multiplier)
    laid = dict(rows.wide() if understanding.layout == "wide" else rows.long())
    if not any(one.marks.size for one in laid.values()):
        listed = [*table.lost, *(reject for _, reject in table.rejects.listed)]
        raise UnreadableFile("no_readings", source.name, listed[:MAX_REJECTS])
    found = list(_series(rows, laid))
    for one in found:
        if _is_register(one.kwh):
            raise UnreadableFile("register_readings", one.meter_no or source.name)
    return found


def _is_register(values: Floats) -> bool:
    """Tell whether values are what a meter's register shows (示值) and not the energy of each interval.

    A register never falls, stands far above its own steps, and steps as unevenly as the load it adds up; no load
    rises for a whole day and longer.
    """
    given = values[~np.isnan(values)]
    steps = np.diff(given)
    rising = steps[steps > 0]
    if len(given) < 96 or (steps < 0).any() or len(rising) < 5:
        return False
    return bool(given[0] > 20 * np.median(rising) and rising.std() > 0.05 * rising.mean())


def _table(part: Part, u: Understanding) -> Table:
    header_line = u.header_line
    if part.name != u.files[0]:
        head = head_of(part)
        if unique_names(head.header) != u.columns:
            raise UnreadableFile("different_columns", part.name)
        header_line = head.line
    text = [u.date_column, u.time_column, u.meter_column, u.channel_column]
    return load(
        part,
        separator=u.separator,
        header_line=header_line,
        columns=u.columns,
        text=[name for name in text if name],
        numbers=u.slot_columns or _value_columns(u),
        decimal_comma=u.decimal_comma,
        file=part.name if len(u.files) > 1 else "",
    )


def _value_columns(u: Understanding) -> list[str]:
    return list(dict.fromkeys(name for q in QUANTITIES if (name := u.column_of(q))))


def _rows(table: Table, u: Understanding, zone: ZoneInfo) -> "Rows":
    """Add to each row of the table when it is, whose it is and what it holds."""
    stamp = u.date_column or u.time_column or ""
    if u.layout == "wide":
        stamps = dated(table.text[stamp], day_first=u.day_first)
    else:
        dates, clocks = halves(table.text[stamp])
        if u.date_column and u.time_column:
            clocks = table.text[u.time_column].str.strip_chars()
        stamps = stamped(dates, clocks, day_first=u.day_first)
    _refuse_stamps(table, stamps, u)
    quantity = np.zeros(len(table), dtype=np.int64)
    if u.channel_column:
        index = {cell: QUANTITIES.index(q) for q in QUANTITIES if (cell := u.channels.get(q)) is not None}
        quantity = mapped(table.text[u.channel_column], lambda cell: index.get(cell.strip(), -1))
    meters, names = _meters(table, u)
    good = stamps.readable & (quantity >= 0) & (meters >= 0)
    wall = stamps.wall
    if u.midnight_same_day:
        wall = np.where(stamps.second == 0, wall + DAY, wall)
    return Rows(table, u, zone, wall, stamps.offset, quantity, meters, names, np.flatnonzero(good))


def _refuse_stamps(table: Table, stamps: Stamped, u: Understanding) -> None:
    bad = np.flatnonzero(~stamps.readable)
    if not len(bad):
        return
    columns = [name for name in (u.date_column, u.time_column) if name]
    cells = [" ".join(filter(None, row)) for row in zip(*(table.text[c].gather(bad) for c in columns), strict=True)]
    for code, present in (("no_stamp", False), ("bad_stamp", True)):
        picked = [i for i, cell in enumerate(cells) if bool(cell.strip()) is present]
        table.rejects.add(bad[picked], columns[-1], code, [cells[i] for i in picked])


def _meters(table: Table, u: Understanding) -> tuple[Whole, list[str | None]]:
    """Return the number of each row's meter, counted as they appear (-1: none), and the meters' names."""
    if not u.meter_column:
        return np.zeros(len(table), dtype=np.int64), [None]
    cells = table.text[u.meter_column]
    distinct = cells.drop_nulls().unique(maintain_order=True).to_list()
    names = list(dict.fromkeys(name for cell in distinct if (name := cell.strip())))
    number = {name: position for position, name in enumerate(names)}
    meters = mapped(cells, lambda cell: number.get(cell.strip()))
    nameless = np.flatnonzero(meters < 0)
    table.rejects.add(nameless, u.meter_column, "no_meter", [""] * len(nameless))
    return meters, names


@dataclass(frozen=True)
class Rows:
    """Rows of a table in file order, with what each one is.

    `wall`: seconds on the written clock, of the stamp (long) or of midnight (wide); `offset` NONE where none
    is written; `quantity`: index into QUANTITIES, 0 for long rows that hold all; `meter`: index into `names`;
    `good`: indexes of the rows whose stamp, quantity and meter are known.
    """

    table: Table
    u: Understanding
    zone: ZoneInfo
    wall: Whole
    offset: Whole
    quantity: Whole
    meter: Whole
    names: list[str | None]
    good: Whole

    @property
    def step(self) -> int:
        """Seconds of an interval."""
        return self.u.interval_minutes * 60

    @property
    def written_zone(self) -> ZoneInfo:
        """Zone of stamps that carry no offset."""
        return ZoneInfo(self.u.timezone) if self.u.timezone else self.zone

    def scale(self, multiplier: float) -> None:
        """Turn the numbers into kWh and kvarh of the interval, in place."""
        numbers = self.table.numbers
        factors = np.array([scale_of(self.u.units.get(q, self.u.unit), self.u.interval_minutes) for q in QUANTITIES])
        factors *= multiplier
        if not self.u.channel_column and self.u.layout == "long":
            columns = _value_columns(self.u)
            of_column = {self.u.column_of(q): factor for q, factor in zip(QUANTITIES, factors, strict=True)}
            by_column = np.array([of_column[name] for name in columns])
            if (by_column != 1).any():
                np.multiply(numbers, by_column, out=numbers)
        elif (factors == factors[0]).all():
            if factors[0] != 1:
                np.multiply(numbers, factors[0], out=numbers)
        else:
            np.multiply(numbers, factors[np.maximum(self.quantity, 0)][:, None], out=numbers)

    def phase(self, instant_seconds: int) -> int:
        """Second within the interval at which the company's grid begins: its midnight is a border."""
        offset, _ = transitions(self.zone, instant_seconds // DAY, instant_seconds // DAY)
        return -offset % self.step

    def by_meter(self, indexes: Whole) -> Iterator[tuple[int, Whole]]:
        """Yield each meter with its rows among `indexes`, in file order."""
        if len(self.names) == 1:
            yield 0, indexes
            return
        meters = self.meter[indexes]
        order = np.argsort(meters, kind="stable")
        borders = np.searchsorted(meters[order], np.arange(len(self.names) + 1))
        for meter, (low, high) in enumerate(zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True)):
            yield meter, indexes[order[low:high]]

    def long(self) -> Iterator[tuple[int, Laid]]:
        """Lay the rows of a long file: one row is one interval."""
        rows = self.good
        utc, removed = to_utc(
            self.wall[rows],
            self.written_zone,
            ends=self.u.stamps == "end",
            group=self.meter[rows] * len(QUANTITIES) + self.quantity[rows],
        )
        written = self.offset[rows]
        absolute = written != NONE
        if absolute.any():
            utc = np.where(absolute, self.wall[rows] - written, utc)
            removed &= ~absolute
        if self.u.stamps == "end":
            utc = utc - self.step
        off_grid = ~removed & ((utc - (self.phase(int(utc.min())) if len(utc) else 0)) % self.step != 0)
        for code, bad in (("removed_hour", removed), ("off_grid", off_grid)):
            if bad.any():
                self._refuse(rows[bad], code)
        kept = ~(removed | off_grid)
        rows, utc = (rows, utc) if kept.all() else (rows[kept], utc[kept])
        instants = np.zeros(len(self.wall), dtype=np.int64)
        instants[rows] = utc
        for meter, of_meter in self.by_meter(rows):
            yield meter, lay(self._given(of_meter, instants[of_meter]), self.step)

    def _refuse(self, rows: Whole, code: str) -> None:
        u = self.u
        columns = [name for name in (u.date_column, u.time_column) if name]
        shown = rows[:MAX_REJECTS]
        cells = zip(*(self.table.text[name].gather(shown).to_list() for name in columns), strict=True)
        self.table.rejects.add(rows, columns[-1], code, [" ".join(filter(None, row)) for row in cells])

    def _given(self, rows: Whole, utc: Whole) -> dict[Quantity, tuple[Whole, Floats]]:
        numbers = self.table.numbers
        if self.u.channel_column:
            held: dict[Quantity, tuple[Whole, Floats]] = {}
            for index, quantity in enumerate(QUANTITIES):
                if quantity in self.u.channels:
                    of_quantity = self.quantity[rows] == index
                    held[quantity] = (utc[of_quantity], numbers[rows[of_quantity], 0])
            return held
        columns = _value_columns(self.u)
        return {q: (utc, numbers[rows, columns.index(name)]) for q in QUANTITIES if (name := self.u.column_of(q))}

    def wide(self) -> Iterator[tuple[int, Laid]]:
        """Lay the rows of a wide file: one row is one day of one quantity."""
        if not len(self.good):
            return
        good, shift = self.good, self._shift()
        days = self.wall[good] // DAY
        offset, changes = transitions(self.written_zone, int(days.min()) - 1, int(days.max()) + 1)
        aligned = (shift - offset - self.phase(int(days.min()) * DAY)) % self.step == 0
        key = (self.meter[good] * len(QUANTITIES) + self.quantity[good]) * _DAYS + days
        order: Whole | None = None
        if not (np.diff(key) > 0).all():
            order = np.argsort(key, kind="stable")
            key = key[order]
            good = good[order]
        meters = key // (len(QUANTITIES) * _DAYS)
        borders = np.searchsorted(meters, np.arange(len(self.names) + 1)).tolist()
        regular = aligned and not changes
        whole = order is None and len(good) == len(self.wall)
        for meter, (low, high) in enumerate(zip(borders[:-1], borders[1:], strict=True)):
            if low == high:
                continue
            rows = good[low:high]
            if regular and (np.diff(key[low:high]) > 0).all():
                values = self.table.numbers[low:high] if whole else self.table.numbers[rows]
                yield meter, self._lay_days(key[low:high], values, shift - offset)
            else:
                yield meter, self._lay_cells(np.sort(rows), shift)

    def _shift(self) -> int:
        """Seconds by which the first slot begins after midnight: other than 0 where the person told against
        the names.
        """
        slots = slots_of(self.u.slot_columns)
        named = slots.stamps if slots else None
        if named == "start" and self.u.stamps == "end":
            return -self.step
        return self.step if named == "end" and self.u.stamps == "start" else 0

    def _lay_days(self, key: Whole, values: Floats, shift: int) -> Laid:
        """Lay whole days that stand once each in a zone without clock changes: no stamp of a single interval
        is needed.
        """
        day, quantity = key % _DAYS, key // _DAYS % len(QUANTITIES)
        first, last = int(day.min()), int(day.max())
        if last - first > MAX_SPAN_DAYS:
            raise UnreadableFile("span_too_long", f"{last - first} d")
        laid: dict[Quantity, Floats] = {}
        for index, name in enumerate(QUANTITIES):
            low, high = np.searchsorted(quantity, (index, index + 1)).tolist()
            if low == high:
                continue
            block = values[low:high]
            if high - low < last - first + 1:
                block = np.full((last - first + 1, values.shape[1]), np.nan)
                block[day[low:high] - first] = values[low:high]
            laid[name] = block.reshape(-1)
        begin, end = _valued(list(laid.values()))
        laid = with_kwh({name: array[begin:end] for name, array in laid.items()}, end - begin)
        marks = finished(np.zeros(end - begin, dtype=np.uint8), laid)
        return Laid(first * DAY + shift + begin * self.step, laid, marks, 0)

    def _lay_cells(self, rows: Whole, shift: int) -> Laid:
        """Lay a wide meter cell by cell: days given twice, clock changes, another zone's midnight."""
        count = len(self.u.slot_columns)
        wall = (self.wall[rows][:, None] + shift + np.arange(count) * self.step).reshape(-1)
        values = self.table.numbers[rows].reshape(-1)
        quantity = np.repeat(self.quantity[rows], count)
        utc, removed = to_utc(wall, self.written_zone, ends=False, group=quantity)
        off_grid = ~removed & ((utc - self.phase(int(utc.min()))) % self.step != 0)
        for code, bad in (("removed_hour", removed), ("off_grid", off_grid)):
            for cell in np.flatnonzero(bad & ~np.isnan(values))[:MAX_REJECTS].tolist():
                column = self.u.slot_columns[cell % count]
                self.table.rejects.add(rows[cell // count][None], column, code, [f"{values[cell]:g}"])
        values = np.where(removed | off_grid, np.nan, values)
        held = {name: quantity == index for index, name in enumerate(QUANTITIES)}
        return lay({name: (utc[of], values[of]) for name, of in held.items() if of.any()}, self.step)


def _valued(arrays: Sequence[Floats]) -> tuple[int, int]:
    """Return the slots from the first that has a value in any array to after the last."""
    ends = []
    for array in arrays:
        if len(array) and array[0] == array[0] and array[-1] == array[-1]:
            return 0, len(array)
        there = np.flatnonzero(~np.isnan(array))
        if len(there):
            ends.append((int(there[0]), int(there[-1]) + 1))
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else (0, 0)


def _series(rows: Rows, laid: dict[int, Laid]) -> Iterator[Series]:
    rejects = rows.table.rejects
    several = len(rows.names) > 1
    listed: dict[int, list[Reject]] = {}
    for index, reject in sorted(rejects.listed, key=lambda pair: pair[0]):
        listed.setdefault(max(int(rows.meter[index]), 0), []).append(reject)
    read = np.bincount(np.maximum(rows.meter, 0), minlength=len(rows.names))
    refused = np.bincount(np.maximum(rows.meter[rejects.rows], 0), minlength=len(rows.names))
    empty = Laid(0, {"kwh": np.zeros(0)}, np.zeros(0, dtype=np.uint8), 0)
    for meter, name in enumerate(rows.names):
        one = laid.get(meter, empty)
        # Lines that belong to no meter are told with the first one, so that nothing is lost in silence.
        lost = rows.table.lost if meter == 0 else []
        lag, lead = one.values.get("kvarh_lag"), one.values.get("kvarh_lead")
        # A single reactive column that goes below zero carries both directions: what is below is leading.
        if lag is not None and lead is None and (lag < 0).any():
            lag, lead = np.maximum(lag, 0.0), np.maximum(-lag, 0.0)
        yield Series(
            meter_no=name if several or rows.u.meter_column else None,
            start=instant(one.first),
            minutes=rows.u.interval_minutes,
            kwh=one.values["kwh"],
            kvarh_lag=lag,
            kvarh_lead=lead,
            marks=one.marks,
            rows_read=int(read[meter]) + len(lost),
            rows_rejected=int(refused[meter]) + len(lost),
            rejects=sorted([*lost, *listed.get(meter, [])], key=lambda r: (r.file, r.row))[:MAX_REJECTS],
            duplicates=one.duplicates,
            missing=int(np.isnan(one.values["kwh"]).sum()),
        )
