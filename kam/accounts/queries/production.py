"""What rules take of a customer's production plan and of when an outage hurts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from kam.accounts.models import OutagePreference, ProductionPlan
from kam.accounts.rules.preferences import Preference


def preferences_of(account_ids: Iterable[int]) -> dict[int, tuple[Preference, ...]]:
    """Return the preferences of each account, those that its production plan implies included. Two queries."""
    ids = list(account_ids)
    found: dict[int, list[Preference]] = defaultdict(list)
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        for row in OutagePreference.objects.filter(account_id__in=part).order_by("id"):
            found[row.account_id].append(as_rule(row))
        for plan in ProductionPlan.objects.filter(account_id__in=part).exclude(bearing="NONE").order_by("id"):
            most = plan.bearing == "PEAK"
            found[plan.account_id].append(
                Preference(
                    most=most,
                    days_from=plan.days_from,
                    days_until=plan.days_until or date.max,
                    reason=plan.text.splitlines()[0][:200] if plan.text else "",
                )
            )
    return {pk: tuple(rows) for pk, rows in found.items()}


def as_rule(row: OutagePreference) -> Preference:
    """Return a stored preference as rules take it."""
    return Preference(
        most=row.level == OutagePreference.Level.MOST,
        weekdays=frozenset(row.weekdays),
        from_minute=row.from_minute,
        until_minute=row.until_minute,
        days_from=row.days_from,
        days_until=row.days_until,
        reason=row.reason,
    )
