"""Questions to meters, load days and calendars."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Max, Min

from kam.accounts.models import Account
from kam.core import queries as core
from kam.lib import clock
from kam.lib.intervals import day_start
from kam.metering.models import AccountCalendar, LoadDay, LoadDayBefore, Meter, TouBand, TouCalendar
from kam.metering.rules.daykinds import DayKind, Holiday
from kam.metering.rules.packing import PackedDay, intervals_changed, unpack
from kam.metering.rules.profile import Floats, Marks, NoReadings, Profile, from_days
from kam.metering.rules.quality import DayState, names_of, state_of
from kam.metering.rules.strips import Strip, specials, strips
from kam.metering.rules.sums import MeterLoad, account_load
from kam.metering.rules.tou import (
    ALL_KINDS,
    ALL_MONTHS,
    Band,
    BandPeriod,
    Calendar,
    Problem,
    ProblemCode,
    problems,
)


class _Stored(NamedTuple):
    """A row of a load day, with its arrays unpacked: what `rules.profile.from_days` takes."""

    day: date
    minutes: int
    kwh: Floats
    kvarh_lag: Floats | None
    kvarh_lead: Floats | None
    marks: Marks


def account_profile(account: Account, days_from: date, days_until: date) -> Profile:
    """Return the account's load in `[days_from, days_until)`, its meters added up. Raises `NoReadings`."""
    profiles = account_profiles([account.pk], days_from, days_until)
    if account.pk not in profiles:
        raise NoReadings
    return profiles[account.pk]


def account_profiles(account_ids: Sequence[int], days_from: date, days_until: date) -> dict[int, Profile]:
    """Return the load of each account that has readings in `[days_from, days_until)`, its meters added up.

    Three queries for all; a year of one account is some 5 ms. Raises `MixedIntervals`.
    """
    meters = {meter.pk: meter for meter in Meter.objects.filter(account_id__in=account_ids)}
    days = _days_of(meters.values(), days_from, days_until)
    edges = _service_days([meter for meter in meters.values() if meter.pk in days])
    loads: dict[int, list[MeterLoad]] = defaultdict(list)
    for meter_id, rows in days.items():
        meter = meters[meter_id]
        first, last = edges.get(meter_id, (rows[0].day, rows[-1].day))
        profile = from_days(rows, clock.zone(), days_from=days_from, days_until=days_until)
        loads[meter.account_id].append(MeterLoad(profile, first, None if meter.active else last + timedelta(days=1)))
    return {account_id: account_load(parts) for account_id, parts in loads.items()}


def meter_profile(meter: Meter, days_from: date, days_until: date) -> Profile:
    """Return one meter's load in `[days_from, days_until)`. One query. Raises `NoReadings`."""
    days = _days_of([meter], days_from, days_until)
    return from_days(days[meter.pk], clock.zone(), days_from=days_from, days_until=days_until)


def _days_of(meters: Iterable[Meter], days_from: date, days_until: date) -> dict[int, list[_Stored]]:
    minutes = {meter.pk: meter.interval_minutes for meter in meters}
    found: dict[int, list[_Stored]] = defaultdict(list)
    rows = LoadDay.objects.filter(meter_id__in=minutes, day__gte=days_from, day__lt=days_until).order_by(
        "meter_id", "day"
    )
    for meter_id, day, kwh, lag, lead, quality in rows.values_list(
        "meter_id", "day", "kwh", "kvarh_lag", "kvarh_lead", "quality"
    ):
        found[meter_id].append(
            _Stored(
                day,
                minutes[meter_id],
                np.frombuffer(kwh, "<f4"),
                None if lag is None else np.frombuffer(lag, "<f4"),
                None if lead is None else np.frombuffer(lead, "<f4"),
                np.frombuffer(quality, np.uint8),
            )
        )
    return found


def _service_days(meters: Sequence[Meter]) -> dict[int, tuple[date, date]]:
    """Return the first and last stored day of meters that share an account; a meter alone needs no such border."""
    shared = Counter(meter.account_id for meter in meters)
    several = [meter.pk for meter in meters if shared[meter.account_id] > 1]
    if not several:
        return {}
    rows = LoadDay.objects.filter(meter_id__in=several).values("meter_id").annotate(first=Min("day"), last=Max("day"))
    return {row["meter_id"]: (row["first"], row["last"]) for row in rows.order_by()}


def readings_span(account: Account) -> tuple[date, date] | None:
    """Return the first day with readings and the day after the last, None without any."""
    span = LoadDay.objects.filter(meter__account=account).aggregate(first=Min("day"), last=Max("day"))
    return None if span["first"] is None else (span["first"], span["last"] + timedelta(days=1))


def meter_numbers(account: Account) -> list[str]:
    """Return the account's meter numbers."""
    return list(Meter.objects.filter(account=account).order_by("meter_no").values_list("meter_no", flat=True))


def calendars() -> dict[str, list[Calendar]]:
    """Return every calendar by code, its versions by start. Two queries; tables are built once per content."""
    bands: dict[int, list[_BandText]] = defaultdict(list)
    for band in TouBand.objects.order_by("id"):
        bands[band.calendar_id].append(
            (
                band.band,
                band.from_minute,
                band.until_minute,
                tuple(band.months),
                tuple(band.kinds),
                tuple(band.holidays),
                tuple(band.dates),
            )
        )
    found: dict[str, list[Calendar]] = defaultdict(list)
    for row in TouCalendar.objects.order_by("code", "valid_from"):
        found[row.code].append(
            _built(
                row.code, row.name, row.valid_from, row.valid_until, row.source, row.default_band, tuple(bands[row.pk])
            )
        )
    return dict(found)


_BandText = tuple[str, int, int, tuple[int, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@lru_cache(maxsize=256)
def _built(
    code: str,
    name: str,
    valid_from: date,
    valid_until: date | None,
    source: str,
    default_band: str,
    bands: tuple[_BandText, ...],
) -> Calendar:
    # Keyed by content: a calendar remembers the days that it has painted, and a changed row must not be served stale.
    return Calendar(
        code=code,
        name=name,
        valid_from=valid_from,
        valid_until=valid_until,
        source=source,
        periods=tuple(
            BandPeriod(
                Band(band),
                start,
                end,
                frozenset(months) or ALL_MONTHS,
                frozenset(map(DayKind, kinds)) or ALL_KINDS,
                holidays=frozenset(map(Holiday, holidays)) or None,
                dates=frozenset(map(date.fromisoformat, dates)) or None,
            )
            for band, start, end, months, kinds, holidays, dates in bands
        ),
        default_band=Band(default_band) if default_band else None,
    )


@dataclass(frozen=True)
class CalendarLookup:
    """Which calendar sorts an account's energy on a day; call it with the day.

    `codes`: (valid_from, code) ascending. Days before the first row, and before a calendar's first version, are sorted
    by the first there is: what the period would be in today's bands is worth more than nothing, and `assumptions`
    says so.
    """

    versions: dict[str, list[Calendar]]
    codes: tuple[tuple[date, str], ...]
    is_default: bool
    _memo: dict[date, Calendar | None] = field(default_factory=dict)

    def __call__(self, day: date) -> Calendar | None:
        if day not in self._memo:
            self._memo[day] = self._find(day)
        return self._memo[day]

    def _find(self, day: date) -> Calendar | None:
        if not self.codes:
            return None
        code = next((code for start, code in reversed(self.codes) if start <= day), self.codes[0][1])
        versions = self.versions.get(code, [])
        return next((calendar for calendar in reversed(versions) if calendar.valid_from <= day), None) or (
            versions[0] if versions else None
        )

    def assumptions(self, day: date) -> list[dict[str, str]]:
        """Say what was assumed for a period that begins on `day`, as codes with details."""
        calendar = self(day)
        if calendar is None:
            return [{"code": "no_calendar"}]
        found = [{"code": "default_calendar", "name": calendar.name}] if self.is_default else []
        if day < calendar.valid_from:
            found.append({"code": "calendar_later", "name": calendar.name, "from": calendar.valid_from.isoformat()})
        return found

    def described(self, day: date) -> dict[str, str] | None:
        """Return what a report says of the calendar of `day`."""
        calendar = self(day)
        if calendar is None:
            return None
        return {
            "code": calendar.code,
            "name": calendar.name,
            "valid_from": calendar.valid_from.isoformat(),
            "source": calendar.source,
        }


def calendar_lookup(account: Account) -> CalendarLookup:
    """Return which calendar holds for the account on any day."""
    return calendar_lookups([account.pk])[account.pk]


def calendar_lookups(account_ids: Iterable[int]) -> dict[int, CalendarLookup]:
    """Return the lookups of many accounts, with three queries in all."""
    versions, ids = calendars(), list(account_ids)
    own: dict[int, list[tuple[date, str]]] = defaultdict(list)
    rows = AccountCalendar.objects.filter(account_id__in=ids).order_by("valid_from", "id")
    for account_id, valid_from, code in rows.values_list("account_id", "valid_from", "code"):
        own[account_id].append((valid_from, code))
    try:
        default = str(core.rule("metering.default_calendar", clock.today()))
    except core.NoRule:
        default = ""
    fallback = ((date.min, default),) if default in versions else ()
    # Accounts on the same calendars share one lookup, so that each day is looked up once for all of them.
    shared: dict[tuple[tuple[date, str], ...], CalendarLookup] = {}
    for pk in ids:
        codes = tuple(own.get(pk, ()))
        if codes not in shared:
            shared[codes] = CalendarLookup(versions, codes or fallback, not codes)
    return {pk: shared[tuple(own.get(pk, ()))] for pk in ids}


@dataclass(frozen=True)
class DayCell:
    """A day of a year's calendar; `state` is None where nothing is stored."""

    day: date
    state: DayState | None


def meter_years(meter: Meter) -> list[int]:
    """Return the years of the meter's readings, latest first."""
    span = LoadDay.objects.filter(meter=meter).aggregate(first=Min("day"), last=Max("day"))
    if span["first"] is None:
        return []
    return list(range(span["last"].year, span["first"].year - 1, -1))


def year_calendar(meter: Meter, year: int) -> list[tuple[date, list[DayCell]]]:
    """Return each month's first day with a cell for each of its days. One query."""
    rows = LoadDay.objects.filter(meter=meter, day__gte=date(year, 1, 1), day__lt=date(year + 1, 1, 1))
    states = {
        day: state_of(bytes(kwh), bytes(quality)) for day, kwh, quality in rows.values_list("day", "kwh", "quality")
    }
    months: list[tuple[date, list[DayCell]]] = [(date(year, month, 1), []) for month in range(1, 13)]
    day = date(year, 1, 1)
    while day.year == year:
        months[day.month - 1][1].append(DayCell(day, states.get(day)))
        day += timedelta(days=1)
    return months


@dataclass(frozen=True)
class IntervalLine:
    """One interval of a day: local start, what is used, what the file said where that differs, marks by name."""

    at: datetime
    kwh: float | None
    raw_kwh: float | None
    kvarh_lag: float | None
    kvarh_lead: float | None
    marks: list[str]


@dataclass(frozen=True)
class EarlierDay:
    """The day as it was before a correction, and how many intervals the correction changed."""

    row: LoadDayBefore
    energy_kwh: float
    intervals_changed: int


@dataclass(frozen=True)
class DayDetail:
    """A stored day for a page. `kw`, `raw_kw`: None where no value is; `raw_kw` is empty where nothing differs."""

    energy_kwh: float
    state: DayState
    lines: list[IntervalLine]
    kw: list[float | None]
    raw_kw: list[float | None]
    earlier: list[EarlierDay]


def day_detail(row: LoadDay, before: Sequence[LoadDayBefore], meter: Meter, zone: ZoneInfo) -> DayDetail:
    """Unpack a stored day with its earlier versions, latest first. No query."""
    packed = _packed(row)
    day = unpack(packed, meter.interval_minutes)
    start, step = day_start(row.day, zone), timedelta(minutes=meter.interval_minutes)
    kwh, lag, lead = (_known(values, len(day.kwh)) for values in (day.kwh, day.kvarh_lag, day.kvarh_lead))
    raw = _known(day.raw_kwh, len(day.kwh))
    lines = [
        IntervalLine(
            (start + index * step).astimezone(zone),
            kwh[index],
            raw[index] if raw[index] != kwh[index] else None,
            lag[index],
            lead[index],
            names_of(int(day.marks[index])),
        )
        for index in range(len(day.kwh))
    ]
    factor = 60 / meter.interval_minutes
    later, earlier = packed, []
    for old in before:
        was = _packed(old)
        energy = float(np.nansum(np.frombuffer(was.kwh, "<f4").astype(np.float64)))
        earlier.append(EarlierDay(old, energy, intervals_changed(was, later)))
        later = was
    return DayDetail(
        energy_kwh=float(np.nansum(day.kwh)),
        state=state_of(packed.kwh, packed.quality),
        lines=lines,
        kw=[None if value is None else value * factor for value in kwh],
        raw_kw=[] if day.raw_kwh is None else [None if value is None else value * factor for value in raw],
        earlier=earlier,
    )


def _packed(row: LoadDay | LoadDayBefore) -> PackedDay:
    optional = (None if part is None else bytes(part) for part in (row.kvarh_lag, row.kvarh_lead, row.raw_kwh))
    lag, lead, raw = optional
    return PackedDay(row.day, bytes(row.kwh), lag, lead, bytes(row.quality), raw)


def _known(values: Floats | None, size: int) -> list[float | None]:
    if values is None:
        return [None] * size
    return [None if np.isnan(value) else float(value) for value in values]


@dataclass(frozen=True, eq=False)
class DrawnVersion:
    """One version of a calendar for a page; `now`: it holds today."""

    calendar: Calendar
    now: bool
    strips: list[Strip]
    specials: list[BandPeriod]
    gaps: list[Problem]
    overlaps: list[Problem]


def drawn_versions(versions: Iterable[Calendar], today: date) -> list[DrawnVersion]:
    """Return versions with their strips and what is wrong with them. No query."""
    found = []
    for calendar in versions:
        told = problems(calendar)
        found.append(
            DrawnVersion(
                calendar=calendar,
                now=calendar.holds_on(today),
                strips=strips(calendar),
                specials=specials(calendar),
                gaps=[one for one in told if one.code is ProblemCode.GAP],
                overlaps=[one for one in told if one.code is ProblemCode.OVERLAP],
            )
        )
    return found
