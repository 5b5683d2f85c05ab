"""What a visit counts towards: derived anew whenever a visit that took place changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from kam.core.models import Unit, User
from kam.core.rules import Role
from kam.visits.models import Visit, VisitCredit, VisitParticipant
from kam.visits.queries.staff import workers

Key = tuple[int, date]  # account, day


def recount(keys: Iterable[Key]) -> None:
    """Write anew what counts on these days at these accounts; in the caller's transaction.

    Once per account and day for each manager who took part, and once for each station whose staff did.
    """
    for account_id, day in sorted(set(keys)):
        visits = Visit.objects.counting().filter(account_id=account_id, day=day)
        took_part = list(
            VisitParticipant.objects.filter(visit__in=visits, side=VisitParticipant.Side.OURS)
            .exclude(user=None)
            .order_by("visit_id", "pk")
            .values_list("visit_id", "user_id")
        )
        staff = workers(User.objects.filter(pk__in={user_id for _, user_id in took_part}))
        rows: dict[tuple[int | None, int | None], VisitCredit] = {}
        stations = set(
            Unit.objects.filter(
                kind=Unit.Kind.STATION, pk__in={unit for one in staff.values() for unit, _, _ in one.posts}
            ).values_list("pk", flat=True)
        )
        for visit_id, user_id in took_part:
            unit_id, roles = staff[user_id].post_on(day)
            credit = {"visit_id": visit_id, "account_id": account_id, "day": day, "unit_id": unit_id}
            if Role.MANAGER.value in roles:
                rows.setdefault((user_id, None), VisitCredit(user_id=user_id, **credit))
            if unit_id in stations:
                rows.setdefault((None, unit_id), VisitCredit(user_id=None, **credit))
        VisitCredit.objects.filter(account_id=account_id, day=day).delete()
        VisitCredit.objects.bulk_create(rows.values())


def recount_users(user_ids: Iterable[int], since: date) -> None:
    """Count anew every visit from `since` on that these people took part in: their posts have changed."""
    took_part = VisitParticipant.objects.filter(user_id__in=list(user_ids)).values("visit_id")
    keys = Visit.objects.counting().filter(Q(pk__in=took_part), day__gte=since).values_list("account_id", "day")
    recount(keys)
