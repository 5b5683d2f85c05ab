"""Train the risk of late payment, score the open bills, write the early warnings; safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum

from kam.billing.models import Bill
from kam.core.actions import record
from kam.credit.models import BillRisk, ConductFact, EarlyWarning, LateRiskModel
from kam.credit.queries.histories import instalments_of
from kam.credit.queries.risk import newest_model, paid_bills
from kam.credit.queries.warning_signs import signs_of, stored
from kam.credit.rules.history import FactKind, months_before
from kam.credit.rules.late_features import PaidBill, known_at_issue
from kam.credit.rules.late_risk import Judged, Risk, TooLittle, judge, model_of, score, train
from kam.credit.rules.warning import Seen, Warned, warning
from kam.lib import clock
from kam.metering.models import MonthUse

AT_ONCE = 2_000
LEARN_FROM = 200_000  # bills; more would teach nothing new
LEARN_MONTHS = 36


def learn(*, at: datetime) -> LateRiskModel | None:
    """Train on all bills with a fate, judge a model that knew nothing of the last fifth; None: too little history."""
    day = clock.day_of(at)
    bills = list(islice(_sample(paid_bills(months_before(day, LEARN_MONTHS))), LEARN_FROM))
    if not bills:
        return None
    split = bills[len(bills) * 4 // 5].issued
    try:
        _, judged = judge(bills, split, day)
        model = train(known_at_issue(bills), day)
    except TooLittle:
        return None
    with transaction.atomic():
        row = LateRiskModel.objects.create(
            train_until=split, test_until=day, learned=model.as_json(), judged=judged.as_json(), at=at
        )
        record(by=None, at=at, action="credit.risk_learned", subject=row, auc=judged.auc, brier=judged.brier)
    return row


def _sample(bills: Iterator[PaidBill]) -> Iterator[PaidBill]:
    """Yield the bills of every account, or of every n-th where there are very many: whole histories, not bits."""
    total = Bill.objects.filter(kind=Bill.Kind.ENERGY, cancelled_on=None).count()
    step = max(total // LEARN_FROM, 1)
    return (bill for bill in bills if bill.account % step == 0)


def score_open(*, at: datetime) -> int:
    """Write the risk of every open bill anew; returns how many. Settled bills lose theirs."""
    day = clock.day_of(at)
    row = newest_model()
    model = model_of(row.learned) if row else None
    since = months_before(day, LEARN_MONTHS)
    open_ids = set(Bill.objects.owed().filter(kind=Bill.Kind.ENERGY).values_list("pk", flat=True))
    known = known_at_issue(paid_bills(since), keep=lambda bill: bill.id in open_ids)
    risks = score(model, known)
    with transaction.atomic():
        BillRisk.objects.filter(bill__open_amount=0).delete()
        for start in range(0, len(risks), AT_ONCE):
            _keep(risks[start : start + AT_ONCE], at)
    return len(risks)


def _keep(risks: list[Risk], at: datetime) -> None:
    BillRisk.objects.bulk_create(
        (
            BillRisk(
                bill_id=one.bill_id,
                probability=round(one.probability, 4),
                days_if_late=round(one.days_if_late, 1),
                usual_days=round(one.usual_days, 1),
                thin=one.thin,
                drivers=[[name, round(weight, 3)] for name, weight in one.drivers],
                at=at,
            )
            for one in risks
        ),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["bill"],
        update_fields=["probability", "days_if_late", "usual_days", "thin", "drivers", "at"],
    )


def judge_between(train_until: date, test_until: date) -> Judged:
    """Train until one day and judge until another, writing nothing. Raises `TooLittle`."""
    return judge(list(paid_bills()), train_until, test_until)[1]


# ---- early warning -----------------------------------------------------------------------------------------------


def warn_early(*, at: datetime) -> int:
    """Write which accounts give early warning, with reasons; returns how many. Who no longer does leaves the list."""
    day = clock.day_of(at)
    since = {row.pk: row.first_on for row in EarlyWarning.objects.only("account_id", "first_on")}
    ids = list(Bill.objects.order_by("account_id").values_list("account_id", flat=True).distinct())
    found: dict[int, Warned] = {}
    evidence: dict[tuple[int, str], list[Any]] = {}
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        signs = signs_of(part, day)
        for pk, seen in _seen(part, day).items():
            more = [(one.weight, code, one.now, one.then) for code, one in signs.get(pk, ())]
            warned = warning(replace(seen, signs=more))
            if warned is not None:
                found[pk] = warned
                evidence |= {(pk, code): stored(one) for code, one in signs.get(pk, ())}
    rows = [
        EarlyWarning(
            account_id=pk,
            score=one.score,
            reasons=[
                [str(code), round(now, 3), round(then, 3), evidence.get((pk, code), [])]
                for code, now, then in one.reasons
            ],
            first_on=since.get(pk, day),
            as_of=day,
        )
        for pk, one in found.items()
    ]
    with transaction.atomic():
        EarlyWarning.objects.all().delete()
        EarlyWarning.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _seen(ids: list[int], day: date) -> dict[int, Seen]:
    days: dict[int, list[int]] = defaultdict(list)
    overdue: dict[int, int] = defaultdict(int)
    bills = Bill.objects.standing().filter(
        account_id__in=ids, kind=Bill.Kind.ENERGY, due_on__gte=months_before(day, 15)
    )
    for account_id, due, settled in bills.order_by("due_on", "pk").values_list("account_id", "due_on", "settled_on"):
        if settled is not None:
            days[account_id].append((settled - due).days)
        elif due < day:
            overdue[account_id] = max(overdue[account_id], (day - due).days)
    risky = BillRisk.objects.filter(bill__account_id__in=ids, bill__due_on__gte=day).order_by()
    risks = dict(
        risky.values("bill__account_id").annotate(most=Max("probability")).values_list("bill__account_id", "most")
    )
    outside = dict(
        ConductFact.objects.filter(account_id__in=ids, kind=FactKind.OUTSIDE, mended_on=None, taken_back_at=None)
        .order_by()
        .values("account_id")
        .annotate(sum=Sum("weight"))
        .values_list("account_id", "sum")
    )
    plans = instalments_of(ids, day)
    use = _use(ids, day)
    return {
        pk: Seen(
            days=days.get(pk, ()),
            overdue_days=overdue.get(pk, 0),
            risk=risks.get(pk, 0.0),
            kwh=use.get(pk, ()),
            plan_broken=any(not one.kept and (day - one.due).days < 60 for one in plans.get(pk, ())),
            outside=outside.get(pk, 0),
        )
        for pk in ids
    }


def _use(ids: list[int], day: date) -> dict[int, list[float | None]]:
    """Return kWh of the last 15 whole months, oldest first, None where a month has no whole figure."""
    first = day.replace(day=1)
    months = [months_before(first, back) for back in range(15, 0, -1)]
    places = {month: place for place, month in enumerate(months)}
    found: dict[int, list[float | None]] = defaultdict(lambda: [None] * 15)
    rows = MonthUse.objects.filter(account_id__in=ids, month__gte=months[0], month__lt=first, completeness__gte=0.9)
    for account_id, month, kwh in rows.values_list("account_id", "month", "kwh"):
        found[account_id][places[month]] = kwh
    return found


def nightly(*, at: datetime) -> dict[str, int]:
    """Do what a night does: learn once a week, score, warn."""
    newest = newest_model()
    learned = 0
    if newest is None or at - newest.at > timedelta(days=7):
        learned = int(learn(at=at) is not None)
    return {"learned": learned, "scored": score_open(at=at), "warned": warn_early(at=at)}
