"""What needs a person in credit today, for the home page: cases, falls, objections, second persons, the tiers."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from kam.core.models import User
from kam.core.rules import Right
from kam.core.templatetags.kam import figure
from kam.credit.models import (
    MEASURE_LABELS,
    CreditGrade,
    CreditRuleSet,
    EarlyWarning,
    GradeContest,
    GradeOverride,
    Measure,
    SupplyCase,
    TierDay,
    TierFigure,
    TierMove,
)
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.supply import OPEN, Step
from kam.credit.templatetags.credit import hours_left, step_words
from kam.reports.queries.day import MOST, Figure
from kam.reports.queries.day_items import Group, Item


def credit_groups(user: User, at: datetime) -> list[Group]:
    """Return the groups of who works in credit or decides there; five queries at most."""
    found = []
    if user.may(Right.CREDIT_WORK):
        found += [_cases(user, at), _waiting(user), _warnings(user)]
    if user.may(Right.CREDIT_APPROVE):
        found.append(_second_person(user))
    return [group for group in found if group.items]


def _cases(user: User, at: datetime) -> Group:
    rows = SupplyCase.objects.visible_to(user).filter(status__in=OPEN).select_related("account")
    items = []
    for row in rows.order_by("reconnect_by", "cut_at", "pk")[:MOST]:
        why, tone = step_words(row.status), "soon"
        if row.status == Step.CLEARED and row.reconnect_by is not None:
            why = _("reconnect: %(time)s") % {"time": hours_left(row.reconnect_by)}
            tone = "late" if row.reconnect_by < at else "soon"
        items.append(Item(row.account.name, why, reverse("credit:case", args=[row.pk]), tone))
    return Group(_("Cases on the supply"), items, reverse("credit:work"))


def _waiting(user: User) -> Group:
    falls = CreditGrade.objects.visible_to(user).filter(status="PROPOSED").select_related("account")
    items = [
        Item(
            row.account.name,
            _("objects to its grade"),
            reverse("credit:account", args=[row.account.account_no]),
            "soon",
        )
        for row in GradeContest.objects.visible_to(user)
        .filter(outcome="")
        .select_related("account")
        .order_by("at")[:MOST]
    ]
    items += [
        Item(
            row.account.name,
            f"{row.previous} → {row.grade}",
            reverse("credit:account", args=[row.account.account_no]),
            "soon",
        )
        for row in falls.defer("parts", "vetoes").order_by("-as_of", "pk")[: MOST - len(items)]
    ]
    return Group(_("Grades that wait for you"), items, reverse("credit:work"))


def _warnings(user: User) -> Group:
    rows = EarlyWarning.objects.visible_to(user).select_related("account").order_by("-score", "account_id")[:4]
    items = [
        Item(
            row.account.name,
            str(row.score),
            reverse("credit:account", args=[row.account.account_no]),
            "late" if row.score >= 60 else "soon",
        )
        for row in rows
    ]
    return Group(_("Early warnings"), items, reverse("credit:warnings"))


def _second_person(user: User) -> Group:
    items = [
        Item(f"{row.name} {row}", _("scheme to release"), reverse("credit:scheme", args=[row.pk]), "soon")
        for row in CreditRuleSet.objects.filter(status="PROPOSED").exclude(proposed_by=user).defer("body", "trial")[:4]
    ]
    cases = SupplyCase.objects.visible_to(user).filter(status=Step.SUBMITTED).exclude(submitted_by=user)
    if not user.may(Right.CREDIT_APPROVE_IMPORTANT):
        cases = cases.filter(important=False)
    items += [
        Item(row.account.name, _("case on the supply to approve"), reverse("credit:case", args=[row.pk]), "late")
        for row in cases.select_related("account").order_by("pk")[:MOST]
    ]
    overrides = GradeOverride.objects.visible_to(user).filter(approved_by=None, refused=False).exclude(proposed_by=user)
    items += [
        Item(
            row.account.name,
            _("another grade: %(grade)s") % {"grade": row.grade},
            reverse("credit:account", args=[row.account.account_no]),
            "soon",
        )
        for row in overrides.select_related("account").order_by("pk")[:MOST]
    ]
    measures = Measure.objects.visible_to(user).filter(status="PROPOSED").exclude(proposed_by=user)
    items += [
        Item(
            row.account.name,
            str(MEASURE_LABELS[MeasureKind(row.kind)]),
            reverse("credit:account", args=[row.account.account_no]),
            "soon",
        )
        for row in measures.select_related("account").order_by("pk")[:MOST]
    ]
    return Group(_("Wait for you as the second person"), items[:MOST], reverse("credit:work"))


def credit_figures(user: User) -> list[Figure]:
    """Return what executives look at first: overdue and who fell, of the newest prepared day. Three queries."""
    if not user.may(Right.TIERS_SEE):
        return []
    day = TierDay.objects.order_by("-as_of").first()
    if day is None:
        return []
    sums = (
        TierFigure.objects.visible_to(user)
        .filter(as_of=day.as_of)
        .aggregate(owed=Sum("receivable"), late=Sum("overdue"))
    )
    begin = TierMove.objects.filter(end=day.as_of).order_by("-begin").values_list("begin", flat=True).first()
    moves = TierMove.objects.visible_to(user).filter(begin=begin, end=day.as_of).exclude(from_grade=F("to_grade"))
    moved = moves.exclude(from_grade="").exclude(to_grade="").aggregate(n=Sum("accounts"))["n"] if begin else None
    address = reverse("credit:tiers")
    return [
        Figure(_("Receivables"), f"¥ {figure(sums['owed'])}", f"{day.as_of}", address),
        Figure(_("Overdue"), f"¥ {figure(sums['late'])}", f"{day.as_of}", f"{reverse('credit:tier_list')}?overdue=1"),
        *(
            [Figure(_("Grades that moved"), figure(moved or 0), _("since %(day)s") % {"day": begin}, address)]
            if begin
            else []
        ),
    ]
