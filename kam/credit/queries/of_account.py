"""One account's grade: computed for a day with all that is behind it, or as it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from kam.accounts.models import Account
from kam.billing.models import AcceptanceBill, Bill
from kam.credit.models import ConductFact, CreditRuleSet, GradeOverride
from kam.credit.queries.histories import earlier_grades, histories, scheme_on
from kam.credit.rules.history import FactKind
from kam.credit.rules.scheme import Graded, grade, scheme_of


@dataclass(frozen=True)
class Computed:
    """A grade computed for a day, the scheme it was computed by, and the override that holds instead of it."""

    graded: Graded
    rule_set: CreditRuleSet
    override: GradeOverride | None

    @property
    def grade(self) -> str:
        return self.override.grade if self.override else self.graded.grade


def computed(account: Account, at: date) -> Computed:
    """Grade one account at the end of `at`, writing nothing. Raises `NoScheme`."""
    rule_set = scheme_on(at)
    scheme = scheme_of(rule_set.body)
    history = histories([account.pk], at, scheme)[account.pk]
    earlier = earlier_grades([account.pk], at, scheme).get(account.pk, ())
    override = GradeOverride.objects.on(at).filter(account=account).order_by("-approved_at").first()
    return Computed(grade(history, at, scheme, earlier), rule_set, override)


def told(found: Computed) -> dict[str, Any]:
    """Return a computed grade by the names of the contract of `manage.py grade`."""
    parts, vetoes = found.graded.parts, found.graded.vetoes
    bills = bill_lines(
        {pk for part in parts for pk in part.measured.bills} | {pk for one in vetoes for pk in one.bills}
    )
    facts = fact_lines(
        {pk for part in parts for pk in part.measured.facts} | {pk for one in vetoes for pk in one.facts}
    )
    return {
        "grade": found.grade,
        "points": float(found.graded.points),
        "indicators": [
            {
                "name": part.indicator.value,
                "value": None if part.measured.value is None else round(part.measured.value, 4),
                "points": float(part.points),
                "max_points": float(part.max_points),
                "evidence": [bills[pk] for pk in part.measured.bills if pk in bills]
                + [facts[pk] for pk in part.measured.facts if pk in facts],
            }
            for part in parts
        ],
        "rule_set": f"{found.rule_set.code}-{found.rule_set.version}",
        "vetoes": [
            {
                "name": one.kind.value if one.kind else one.veto.value,
                "at_best": one.at_best,
                "evidence": [bills[pk] for pk in one.bills if pk in bills]
                + [facts[pk] for pk in one.facts if pk in facts],
            }
            for one in vetoes
        ],
        "computed_grade": found.graded.grade,
        "before_cap": found.graded.uncapped,
        "new_customer": found.graded.new,
        "override_until": found.override.valid_until.isoformat() if found.override else None,
    }


def bill_lines(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return what is said of each bill behind a figure."""
    rows = Bill.objects.filter(pk__in=list(ids)).values_list("pk", "number", "due_on", "amount", "settled_on")
    return {
        pk: {
            "bill": number,
            "due": due.isoformat(),
            "amount": str(amount),
            "settled": settled.isoformat() if settled else None,
        }
        for pk, number, due, amount, settled in rows
    }


def fact_lines(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return what is said of each fact behind a figure; ids below zero are bills of exchange."""
    wanted = list(ids)
    rows = ConductFact.objects.filter(pk__in=wanted).values_list("pk", "kind", "day", "source")
    found: dict[int, dict[str, Any]] = {
        pk: {"fact": kind, "day": day.isoformat(), "source": source} for pk, kind, day, source in rows
    }
    papers = AcceptanceBill.objects.filter(pk__in=[-pk for pk in wanted if pk < 0])
    for pk, number, day in papers.values_list("pk", "number", "due_on"):
        found[-pk] = {"fact": FactKind.DISHONOURED.value, "day": day.isoformat(), "source": number}
    return found
