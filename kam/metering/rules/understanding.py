"""Find out how a file of readings is to be read: layout, columns, units, interval, stamps, day order, zone."""

from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from kam.lib.intervals import INTERVAL_MINUTES
from kam.metering.rules.columns import METER_NAME, TIME_NAME, Slots, slots_of
from kam.metering.rules.edges import edge_of, interval_of, midnight_after_its_day
from kam.metering.rules.quantities import channels_of, units_of, value_columns_of
from kam.metering.rules.readings import Hints, Layout, Stamps, Understanding, UnreadableFile
from kam.metering.rules.stamps import DAY, NONE, Stamped, dated, day_order, halves, parse_clock, stamped
from kam.metering.rules.survey import Survey
from kam.metering.rules.table import has_date
from kam.metering.rules.unpack import unpack

SAMPLE_SHOWN = 8


def understand(source: Path, hints: Hints, *, zone: ZoneInfo) -> Understanding:
    """Decide how the file is read; what was found and not told stands in `assumptions`.

    `zone`: the company's, in which stamps without an offset are taken unless `hints.timezone` names another.
    Raises UnreadableFile for what cannot be understood at all. Source: ENE-1.
    """
    return Reader(unpack(source), hints, zone).understand()


class Reader(Survey):
    """Works through the questions one after the other and notes what it assumed."""

    def understand(self) -> Understanding:
        first = self.parts[0]
        if first.encoding not in ("utf-8", "xlsx"):
            self.assume("encoding", first.encoding)
        if self.head.line > 1:
            self.assume("header_line", str(self.head.line))
        layout, slots = self._layout()
        self.decimal_comma = self.find_decimal_comma()
        meter = self.named(self.hints.meter_column) or self._meter_column()
        date, time = self._stamp_columns(layout, {meter, *slots.columns})
        taken = {meter, date, time, *slots.columns}
        channel_column, channels = channels_of(self, taken)
        values = value_columns_of(self, taken | {channel_column}, channels) if layout == "long" else {}
        read = values.values() if not channels else set(values.values())
        told = [name for name in (date, time, *read) if name]
        if twice := next((name for name in told if told.count(name) > 1), None):
            raise UnreadableFile("column_twice", twice)
        units = units_of(self, values, channels)
        text = self.text([name for name in (date, time) if name])
        dates, clocks = halves(text[date or time or ""])
        if date and time:
            clocks = text[time].str.strip_chars()
        day_first = self._day_first(dates)
        if layout == "wide":
            stamps = dated(text[date or ""], day_first=day_first)
        else:
            stamps = stamped(dates, clocks, day_first=day_first)
        if not stamps.readable.any():
            raise UnreadableFile("no_time_column", date or time or "")
        if layout == "wide":
            if not any(map(self.is_numeric, slots.columns)):
                raise UnreadableFile("no_numeric_column", first.name)
            minutes, edge, same_day = self._wide_grid(slots)
        else:
            minutes = self._interval(stamps)
            edge, same_day = self._edge(stamps, minutes)
        return Understanding(
            layout=layout,
            encoding=first.encoding,
            separator=self.head.separator,
            decimal_comma=self.decimal_comma,
            header_line=self.head.line,
            columns=self.names,
            time_column=time,
            date_column=date,
            kwh_column=values.get("kwh"),
            kvarh_lag_column=values.get("kvarh_lag"),
            kvarh_lead_column=values.get("kvarh_lead"),
            meter_column=meter,
            channel_column=channel_column,
            channels={str(quantity): cell for quantity, cell in channels.items()},
            slot_columns=slots.columns,
            units={str(quantity): unit for quantity, unit in units.items()},
            interval_minutes=minutes,
            stamps=edge,
            midnight_same_day=same_day,
            day_first=day_first,
            timezone=self._timezone(stamps),
            files=tuple(part.name for part in self.parts),
            sample=tuple(self.head.rows[:SAMPLE_SHOWN]),
            assumptions=self.assumptions,
        )

    def _layout(self) -> tuple[Layout, Slots]:
        slots = None if self.hints.layout == "long" else slots_of(self.names)
        if self.hints.layout is not None:
            if self.hints.layout == "wide" and slots is None:
                raise UnreadableFile("no_slot_columns", ", ".join(self.names[:12]))
        else:
            self.assume("layout", "wide" if slots else "long")
        return ("wide", slots) if slots else ("long", Slots((), None))

    def _meter_column(self) -> str | None:
        found = next((name for name in self.names if METER_NAME.fullmatch(name)), None)
        if found:
            self.assume("meter_column", found)
        return found

    def _stamp_columns(self, layout: Layout, taken: set[str | None]) -> tuple[str | None, str | None]:
        """Return (date column, time column); a column that holds the whole stamp of a long file is its time column."""
        date, time = self.named(self.hints.date_column), self.named(self.hints.time_column)
        if layout == "wide":
            # The values stand in the day's columns: a column told for them is either a misnomer or a mistake.
            for told in (self.hints.kwh_column, self.hints.kvarh_lag_column, self.hints.kvarh_lead_column):
                self.named(told)
            if date or time:
                return date or time, None
            date = self._dated_column(taken)
            self.assume("date_column", date)
            return date, None
        if time and not date and not any(map(has_date, self.cells(time))):
            date = self._dated_column(taken)
            self.assume("date_column", date)
            return date, time
        if time:
            return date, time
        stamp = date or self._dated_column(taken)
        if any(_holds_clock(cell) for cell in self.cells(stamp)):
            if not date:
                self.assume("time_column", stamp)
            return None, stamp
        clock = next((name for name in self.names if name not in {stamp, *taken} and self._is_clock(name)), None)
        if not date:
            self.assume("date_column" if clock else "time_column", stamp)
        if clock:
            self.assume("time_column", clock)
            return stamp, clock
        return None, stamp

    def _dated_column(self, taken: set[str | None]) -> str:
        others = [name for name in self.names if name not in taken]
        dated = [name for name in others if _mostly(map(has_date, filter(None, self.cells(name))))]
        named = [name for name in dated or others if TIME_NAME.search(name) and any(map(has_date, self.cells(name)))]
        if not (named or dated):
            raise UnreadableFile("no_time_column", ", ".join(self.names[:12]))
        return (named or dated)[0]

    def _is_clock(self, name: str) -> bool:
        cells = [cell for cell in self.cells(name) if cell]
        clocks = [parse_clock(cell) is not None for cell in cells]
        marked = any(":" in cell or "时" in cell for cell in cells) or bool(TIME_NAME.search(name))
        return marked and _mostly(clocks)

    def _day_first(self, dates: pl.Series) -> bool:
        if self.hints.day_first is not None:
            return self.hints.day_first
        distinct = [text.strip() for text in dates.drop_nulls().unique(maintain_order=True).to_list()]
        day_first, certain = day_order(distinct)
        if not certain:
            self.assume("day_first_assumed")
        elif not all(text[:4].isdigit() for text in distinct[:50]):
            self.assume("day_first_found" if day_first else "month_first_found")
        return day_first

    def _wide_grid(self, slots: Slots) -> tuple[int, Stamps, bool]:
        minutes = DAY // 60 // len(slots.columns)
        if self.hints.interval_minutes not in (None, minutes):
            raise UnreadableFile("unsupported_interval", f"{self.hints.interval_minutes} != {minutes}")
        self.assume("interval", str(minutes))
        if self.hints.stamps is None and slots.stamps is not None:
            self.assume("stamps_found", slots.stamps)
        return minutes, self.hints.stamps or slots.stamps or "start", False

    def _interval(self, stamps: Stamped) -> int:
        told = self.hints.interval_minutes
        wall = stamps.wall[stamps.readable]
        if told is None:
            told = interval_of(wall)
            self.assume("interval", str(told))
        elif told in INTERVAL_MINUTES and len(np.unique(wall[:2])) > 1 and (own := interval_of(wall)) != told:
            # Taken at another interval than its own, a file's energy would be estimated into several times as much.
            raise UnreadableFile("other_interval", str(own))
        if told not in INTERVAL_MINUTES:
            raise UnreadableFile("unsupported_interval", str(told))
        return told

    def _edge(self, stamps: Stamped, minutes: int) -> tuple[Stamps, bool]:
        """Decide whether stamps begin or end their interval, and whether 00:00 stands at the end of its own date."""
        same_day = self.hints.stamps != "start" and midnight_after_its_day(stamps, minutes * 60)
        if same_day:
            self.assume("midnight_same_day")
        if self.hints.stamps is not None:
            return self.hints.stamps, same_day
        edge: Stamps = "end"
        certain = True
        if not same_day:
            edge, certain = edge_of(stamps, minutes * 60, self.zone)
        self.assume("stamps_found" if certain else "stamps_assumed", edge)
        return edge, same_day

    def _timezone(self, stamps: Stamped) -> str | None:
        offsets = stamps.offset[stamps.readable] != NONE
        if offsets.all():
            self.assume("offset_kept")
            return None
        if self.hints.timezone is None:
            self.assume("timezone_assumed", self.zone.key)
        return self.zone.key


def _mostly(told: Iterable[bool]) -> bool:
    answers = list(told)
    return bool(answers) and sum(answers) * 2 > len(answers)


def _holds_clock(cell: str) -> bool:
    text = cell.strip()
    return has_date(text) and (":" in text or "时" in text or len(text.split()) > 1 or text.isdigit() and len(text) > 8)
