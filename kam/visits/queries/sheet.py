"""What to know before the gate: one page for one visit (走访前准备)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from kam.accounts.models import Contact, ProductionPlan
from kam.billing.queries.pages import MoneyBrief, money_brief
from kam.core.models import User
from kam.core.rules import Right
from kam.credit.models import CreditGrade
from kam.equipment.models import Equipment
from kam.equipment.queries import due_of
from kam.lib import pdf
from kam.metering.models import MonthUse
from kam.outage_planning.queries.of_account import AccountOutages, outages_of
from kam.service_desk.models import Request
from kam.visits.models import Visit

LAST, MOST = 3, 8


@dataclass(frozen=True)
class Use:
    """The latest month with readings beside the same month a year before."""

    month: date
    kwh: float
    before_kwh: float | None
    max_kw: float | None
    power_factor: float | None

    @property
    def change(self) -> float | None:
        return self.kwh / self.before_kwh - 1 if self.before_kwh else None


@dataclass(frozen=True)
class Sheet:
    """Everything on the page; what the company does not know of a customer is empty."""

    visit: Visit
    contacts: list[Contact]
    last: list[Visit]
    steps: list[Visit]
    requests: list[Request]
    outages: AccountOutages
    plans: list[ProductionPlan]
    equipment: list[Equipment]
    use: Use | None
    money: MoneyBrief | None  # None where the reader has no right to it
    grade: CreditGrade | None


def sheet_of(visit: Visit, *, reader: User, today: date) -> Sheet:
    """Gather what `reader` may read before `visit`, which comes with its account. Seventeen queries."""
    account = visit.account
    earlier = Visit.objects.counting().filter(account=account).exclude(pk=visit.pk)
    return Sheet(
        visit=visit,
        contacts=list(Contact.objects.filter(account=account, active=True).order_by("role", "pk")[:MOST]),
        last=list(
            earlier.filter(day__lte=today)
            .select_related("manager")
            .prefetch_related("topics")
            .order_by("-day", "-pk")[:LAST]
        ),
        steps=list(
            earlier.exclude(next_step="").filter(next_step_done_at=None).order_by("next_step_day", "-day")[:MOST]
        ),
        requests=list(
            Request.objects.open().filter(account=account).select_related("owner").order_by("next_due_at", "pk")[:MOST]
        ),
        outages=outages_of(account, today=today),
        plans=list(
            ProductionPlan.objects.filter(account=account)
            .exclude(days_until__lte=today)
            .order_by("days_from", "pk")[:MOST]
        ),
        equipment=due_of(account, today=today),
        use=_use(visit, today),
        money=money_brief(account, today) if reader.may(Right.MONEY_SEE) else None,
        grade=CreditGrade.objects.in_force().filter(account=account).order_by("-as_of").first()
        if reader.may(Right.CREDIT_SEE)
        else None,
    )


def _use(visit: Visit, today: date) -> Use | None:
    rows = MonthUse.objects.filter(account=visit.account, month__lt=today.replace(day=1))
    latest = rows.order_by("-month").first()
    if latest is None:
        return None
    before = rows.filter(month=latest.month.replace(year=latest.month.year - 1)).first()
    return Use(latest.month, latest.kwh, before.kwh if before else None, latest.max_kw, latest.power_factor)


def pdf_of(sheet: Sheet, *, language: str, today: date) -> bytes:
    """Return the sheet as PDF, A4. Raises `kam.lib.pdf.RenderFailed`."""
    with override(language):
        html = render_to_string(
            "visits/sheet_pdf.html",
            {"sheet": sheet, "visit": sheet.visit, "account": sheet.visit.account, "today": today}
            | {"company": settings.COMPANY_NAME},
        )
        title = _("Preparation of a visit") + f" · {sheet.visit.account.name}"
        return pdf.render_in_child(html, css=_css(), title=title, lang=language)


@lru_cache(maxsize=1)
def _css() -> str:
    return (Path(settings.BASE_DIR) / "templates/visits/sheet_pdf.css").read_text(encoding="utf-8")
