"""Put accounts on a time-of-use calendar, add versions of a calendar, load the first tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from kam.accounts.models import Account
from kam.core.actions import progress, record, start_job
from kam.core.models import Job, RuleValue, User
from kam.metering.actions.months import refresh, refresh_months
from kam.metering.models import AccountCalendar, MonthUse, TouBand, TouCalendar
from kam.metering.queries import CalendarLookup, calendar_lookups
from kam.metering.rules.tou import ALL_KINDS, ALL_MONTHS, BandPeriod, Calendar, Problem, ProblemCode, problems
from kam.metering.rules.tou_tables import CALENDARS

DEFAULT_CALENDAR = "metering.default_calendar"


class UnknownCalendar(ValueError):
    """No calendar has this code."""


class StartsBeforeOpenRow(ValueError):
    """The account's present calendar began later than the change is to hold from; correct that row first."""


class CalendarHasGaps(ValueError):
    """Some minutes of some day lie in no band: energy there would have no price."""

    def __init__(self, gaps: Sequence[Problem]) -> None:
        super().__init__(f"{len(gaps)} gaps")
        self.gaps = list(gaps)


class VersionExists(ValueError):
    """The code has a version from this very day; versions are added, never rewritten."""


def use_calendar(account: Account, code: str, valid_from: date) -> AccountCalendar:
    """Sort the account's energy by calendar `code` from `valid_from` on; the row before is closed. Unchanged is kept.

    Part of the action that puts an account on a tariff, which leaves the audit entry. Raises `UnknownCalendar`,
    `StartsBeforeOpenRow`.
    """
    use_calendars([(account.pk, code)], valid_from)
    return AccountCalendar.objects.get(account=account, valid_until=None)


def use_calendars(account_codes: Iterable[tuple[int, str]], valid_from: date) -> int:
    """Do `use_calendar` for many accounts at once; returns how many changed. All or none."""
    wanted = dict(account_codes)
    unknown = set(wanted.values()) - set(TouCalendar.objects.values_list("code", flat=True))
    if unknown:
        raise UnknownCalendar(", ".join(sorted(unknown)))
    changed: list[int] = []
    ids = sorted(wanted)
    with transaction.atomic():
        for start in range(0, len(ids), 500):
            changed += _use({pk: wanted[pk] for pk in ids[start : start + 500]}, valid_from)
        for start in range(0, len(changed), 500):
            # Month figures hold energy by band: those that are there already have to be sorted anew.
            with_months = MonthUse.objects.filter(account_id__in=changed[start : start + 500])
            refresh_months(sorted(set(with_months.values_list("account_id", flat=True))))
    return len(changed)


def _use(wanted: dict[int, str], valid_from: date) -> list[int]:
    held = AccountCalendar.objects.select_for_update().filter(account_id__in=wanted, valid_until=None)
    open_rows = {row.account_id: row for row in held}
    new, close, rename = [], [], []
    for account_id, code in wanted.items():
        row = open_rows.get(account_id)
        if row is not None and row.code == code:
            continue
        if row is not None and row.valid_from > valid_from:
            raise StartsBeforeOpenRow(f"{row.valid_from}")
        if row is not None and row.valid_from == valid_from:
            # Two choices for the same first day: the later one is the one meant.
            row.code = code
            rename.append(row)
            continue
        if row is not None:
            row.valid_until = valid_from
            close.append(row)
        new.append(AccountCalendar(account_id=account_id, code=code, valid_from=valid_from))
    AccountCalendar.objects.bulk_update(close, ["valid_until"])
    AccountCalendar.objects.bulk_update(rename, ["code"])
    AccountCalendar.objects.bulk_create(new)
    return [row.account_id for row in (*new, *rename)]


def add_version(*, calendar: Calendar, by: User, at: datetime) -> TouCalendar:
    """Add a version of a calendar code; it holds until the next version begins, the one before ends where it begins.

    Overlaps are allowed (the sharper band wins). Raises `CalendarHasGaps`, `VersionExists`.
    """
    gaps = [problem for problem in problems(calendar) if problem.code is ProblemCode.GAP]
    if gaps:
        raise CalendarHasGaps(gaps)
    with transaction.atomic():
        versions = list(TouCalendar.objects.select_for_update().filter(code=calendar.code).order_by("valid_from"))
        if any(version.valid_from == calendar.valid_from for version in versions):
            raise VersionExists(f"{calendar.code} {calendar.valid_from}")
        later = next((version for version in versions if version.valid_from > calendar.valid_from), None)
        for version in versions:
            if version.valid_from < calendar.valid_from and (
                version.valid_until is None or version.valid_until > calendar.valid_from
            ):
                version.valid_until = calendar.valid_from
                version.save(update_fields=["valid_until"])
        row = _save(calendar, later.valid_from if later else calendar.valid_until)
        record(
            by=by,
            at=at,
            action="calendar.version_added",
            subject=row,
            code=row.code,
            valid_from=row.valid_from,
            source=row.source,
        )
        if MonthUse.objects.filter(month__gte=row.valid_from.replace(day=1)).exists():
            start_job(
                key=f"calendar-{row.pk}",
                kind="kam.metering.tasks.sort_anew",
                by=by,
                at=at,
                args={"code": row.code, "from": row.valid_from.isoformat()},
            )
    return row


def sort_anew(job: Job) -> dict[str, Any]:
    """Compute the months anew that a new version of a calendar sorts into other bands; safe to repeat."""
    code, first = str(job.args["code"]), date.fromisoformat(job.args["from"]).replace(day=1)
    months: dict[int, set[date]] = {}
    for account_id, month in MonthUse.objects.filter(month__gte=first).values_list("account_id", "month"):
        months.setdefault(account_id, set()).add(month)
    lookups = calendar_lookups(months)
    ids = [pk for pk in months if any(_sorts(lookups[pk], month, code) for month in months[pk])]
    for start in range(0, len(ids), 100):
        chunk = ids[start : start + 100]
        refresh({pk: months[pk] for pk in chunk})
        progress(job, start + len(chunk), len(ids))
    return {"accounts": len(ids)}


def _sorts(lookup: CalendarLookup, month: date, code: str) -> bool:
    # An account may change calendars within a month, so its last day is asked as well.
    last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return any(calendar is not None and calendar.code == code for calendar in (lookup(month), lookup(last)))


def ensure_calendars() -> None:
    """Load the product's tables and the default calendar where they are missing; rows that exist are never touched."""
    known = set(TouCalendar.objects.values_list("code", "valid_from"))
    missing = [calendar for calendar in CALENDARS if (calendar.code, calendar.valid_from) not in known]
    with transaction.atomic():
        for calendar in missing:
            _save(calendar, calendar.valid_until)
        RuleValue.objects.get_or_create(
            key=DEFAULT_CALENDAR,
            valid_from=date(2000, 1, 1),
            defaults={"value": "GD", "source": "DATA 1: example, set your province"},
        )


def _save(calendar: Calendar, valid_until: date | None) -> TouCalendar:
    row = TouCalendar.objects.create(
        code=calendar.code,
        name=calendar.name,
        valid_from=calendar.valid_from,
        valid_until=valid_until,
        source=calendar.source,
        default_band=calendar.default_band or "",
    )
    TouBand.objects.bulk_create([_band(row, period) for period in calendar.periods])
    return row


def _band(row: TouCalendar, period: BandPeriod) -> TouBand:
    return TouBand(
        calendar=row,
        band=period.band.value,
        from_minute=period.start_minute,
        until_minute=period.end_minute,
        months=[] if period.months == ALL_MONTHS else sorted(period.months),
        kinds=[] if period.kinds == ALL_KINDS else sorted(kind.value for kind in period.kinds),
        holidays=sorted(holiday.value for holiday in period.holidays or ()),
        dates=sorted(day.isoformat() for day in period.dates or ()),
    )
