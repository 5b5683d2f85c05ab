"""Which time-of-use table sorts an account's energy on a day, and what had to be assumed to say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from kam.accounts.models import Account
from kam.core import queries as core
from kam.lib import clock
from kam.metering.models import AccountCalendar, TouBand, TouCalendar
from kam.metering.rules.daykinds import DayKind, Holiday
from kam.metering.rules.tou import ALL_KINDS, ALL_MONTHS, Band, BandPeriod, Calendar


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
