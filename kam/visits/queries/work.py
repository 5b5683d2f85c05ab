"""What a person owes of visits today, for the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kam.core.models import User
from kam.core.rules import Reach, Right
from kam.visits.models import Answer, Visit
from kam.visits.queries.company import company_figures
from kam.visits.queries.quota import Standing

MOST = 8


@dataclass(frozen=True)
class Work:
    """Visits by what is to be done with them; each list bounded."""

    late: list[Visit]
    soon: list[Visit]
    proposed: list[Visit]
    steps: list[Visit]
    review: list[Visit]


def work_of(user: User, today: date) -> Work:
    """Return what is to be done: own visits for who makes them, those to review for who reviews. Three queries."""
    late: list[Visit] = []
    soon: list[Visit] = []
    proposed: list[Visit] = []
    steps: list[Visit] = []
    review: list[Visit] = []
    if user.may(Right.VISITS_WRITE):
        mine = Visit.objects.visible_to(user).joined_by(user).select_related("account")
        coming = mine.open().filter(day__lte=today + timedelta(days=14)).order_by("day", "starts_at", "pk")
        for visit in coming[: 6 * MOST]:
            if visit.answer == Answer.PROPOSED:
                proposed.append(visit)
            elif visit.day < today:
                late.append(visit)
            elif visit.day <= today + timedelta(days=1):
                soon.append(visit)
        due = mine.counting().filter(next_step_done_at=None, next_step_day__lte=today + timedelta(days=2))
        steps = list(due.exclude(next_step="").order_by("next_step_day", "pk")[:MOST])
    if user.may(Right.VISITS_REVIEW):
        done = Visit.objects.visible_to(user).filter(status="DONE").exclude(manager=user)
        rows = done.select_related("account", "manager").order_by("day", "pk")
        review = list(rows[:MOST])
    return Work(late[:MOST], soon[:MOST], proposed[:MOST], steps, review)


def own_standing(user: User, today: date) -> Standing | None:
    """Return how an account manager's own quota stands; None for anybody else."""
    if user.reach != Reach.OWN:
        return None
    found = company_figures(user, today, day_over=False).managers
    return found[0] if found else None
