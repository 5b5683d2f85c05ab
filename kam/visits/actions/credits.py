"""What a visit counts towards: derived anew whenever a visit that took place changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth

from kam.accounts.models import Account
from kam.core.actions import start_job
from kam.core.models import Job, Unit, User
from kam.core.rules import Role
from kam.visits.models import Visit, VisitCredit, VisitParticipant, VisitTally
from kam.visits.queries.staff import workers

Key = tuple[int, date]  # account, day


def recount(keys: Iterable[Key]) -> None:
    """Write anew what counts on these days at these accounts, in one transaction.

    Once per account and day for each manager who took part, and once for each station whose staff did.
    """
    with transaction.atomic():
        _recount(sorted(set(keys)))


def _recount(wanted: list[Key]) -> None:
    # Who counts the same account waits: two visits of one day must not each think they are the first.
    list(Account.objects.select_for_update().filter(pk__in={pk for pk, _ in wanted}).order_by("pk").values("pk"))
    changed: Counter[tuple[int | None, int | None, date]] = Counter()
    for account_id, day in wanted:
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
        stored = VisitCredit.objects.filter(account_id=account_id, day=day)
        month = day.replace(day=1)
        changed.subtract((user_id, unit_id, month) for user_id, unit_id in stored.values_list("user_id", "unit_id"))
        changed.update((row.user_id, row.unit_id, month) for row in rows.values())
        stored.delete()
        VisitCredit.objects.bulk_create(rows.values())
    for (whose, where, month), by in sorted(changed.items(), key=str):
        if by:
            lookup: dict[str, Any] = {"user_id": whose, "unit_id": where, "month": month}
            tally, _ = VisitTally.objects.get_or_create(**lookup)
            VisitTally.objects.filter(pk=tally.pk).update(made=F("made") + by)


def tally_anew() -> int:
    """Count every month anew from the credits, after rows were written past this module; how many tallies."""
    months = VisitCredit.objects.annotate(month=TruncMonth("day")).values_list("user_id", "unit_id", "month")
    with transaction.atomic():
        VisitTally.objects.all().delete()
        rows = VisitTally.objects.bulk_create(
            (
                VisitTally(user_id=user_id, unit_id=unit_id, month=month, made=made)
                for user_id, unit_id, month, made in months.annotate(made=Count("pk")).order_by()
            ),
            batch_size=1_000,
        )
    return len(rows)


def recount_users(user_ids: Iterable[int], since: date) -> None:
    """Count anew every visit from `since` on that these people took part in: their posts have changed."""
    took_part = VisitParticipant.objects.filter(user_id__in=list(user_ids)).values("visit_id")
    keys = Visit.objects.counting().filter(Q(pk__in=took_part), day__gte=since).values_list("account_id", "day")
    recount(keys)


def order_recount(user: User, since: date, by: User, at: datetime) -> None:
    """Have the visits of somebody counted anew whose posts differ from `since` on; in the caller's transaction."""
    start_job(
        key=f"visits recounted {user.pk} {since.isoformat()} {at.isoformat()}",
        kind="kam.visits.tasks.recount_posts",
        by=by,
        at=at,
        args={"user": user.pk, "since": since.isoformat()},
    )


def recount_after_transfer(job: Job) -> dict[str, Any]:
    """Do what `order_recount` ordered. Safe to repeat."""
    recount_users([int(job.args["user"])], date.fromisoformat(job.args["since"]))
    return {"user": job.args["user"], "since": job.args["since"]}
