"""Early warning from what customers say: more calls than usual, complaints (SRV-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.utils.translation import ngettext

from kam.core import queries as core
from kam.credit.queries.warning_signs import Found
from kam.lib import clock
from kam.service_desk.models import Request
from kam.service_desk.rules.lifecycle import Kind, Source

# What the customer itself began; what staff noted on a visit says nothing of its mood.
FROM_CUSTOMER = [source.value for source in (Source.HOTLINE, Source.LINK, Source.MAIL, Source.API)]
CALLS = [kind.value for kind in (Kind.QUESTION, Kind.FAULT, Kind.SUGGESTION)]
YEAR = 365
MOST_WEIGHT = 45.0


def more_calls(account_ids: Collection[int], day: date) -> dict[int, Found]:
    """Return who called much more often than usual: of late at least so often, and so many times the year's mean."""
    rule = core.rule("desk.warn_calls", day)
    days, least, times = int(rule["days"]), int(rule["least"]), float(rule["times"])
    found = {}
    for pk, rows in _requests(account_ids, day, days + YEAR, CALLS, FROM_CUSTOMER).items():
        new = [row for row in rows if row[2] > day - timedelta(days=days)]
        usual = (len(rows) - len(new)) * days / YEAR
        if len(new) >= least and len(new) >= times * usual:
            weight = min(10 + 5 * (len(new) - usual), MOST_WEIGHT)
            found[pk] = Found(weight, len(new), round(usual, 1), tuple((row[0], row[1]) for row in new))
    return found


def complaints(account_ids: Collection[int], day: date) -> dict[int, Found]:
    """Return who complained: of late at least so often."""
    rule = core.rule("desk.warn_complaints", day)
    days, least = int(rule["days"]), int(rule["least"])
    found = {}
    for pk, rows in _requests(account_ids, day, days, [Kind.COMPLAINT.value], [one.value for one in Source]).items():
        if len(rows) >= least:
            weight = min(15.0 * len(rows), MOST_WEIGHT)
            found[pk] = Found(weight, len(rows), float(days), tuple((row[0], row[1]) for row in rows))
    return found


def calls_words(now: float, then: float) -> str:
    """Say how often the customer called."""
    return ngettext(
        "%(n)d call or question lately, usually %(then)s in that time",
        "%(n)d calls or questions lately, usually %(then)s in that time",
        int(now),
    ) % {"n": int(now), "then": f"{then:g}"}


def complaints_words(now: float, then: float) -> str:
    """Say how often the customer complained, in how many days."""
    return ngettext("%(n)d complaint in %(days)d days", "%(n)d complaints in %(days)d days", int(now)) % {
        "n": int(now),
        "days": int(then),
    }


def _requests(
    account_ids: Collection[int], day: date, days: int, kinds: list[str], sources: list[str]
) -> dict[int, list[tuple[int, str, date]]]:
    """Return (id, number, day) of the requests that count, the newest first; what was merged is one call."""
    since, until = (
        datetime.combine(moment, time(), tzinfo=clock.zone())
        for moment in (day - timedelta(days=days - 1), day + timedelta(days=1))
    )
    rows = Request.objects.filter(
        account_id__in=account_ids,
        kind__in=kinds,
        source__in=sources,
        merged_into=None,
        received_at__gte=since,
        received_at__lt=until,
    )
    found: dict[int, list[tuple[int, str, date]]] = defaultdict(list)
    for account_id, pk, number, at in rows.order_by("-received_at", "-pk").values_list(
        "account_id", "pk", "number", "received_at"
    ):
        found[account_id].append((pk, number, clock.day_of(at)))
    return found
