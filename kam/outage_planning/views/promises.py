"""The promises about outages: how each was kept in a period, the list behind every number, as a workbook too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kam.accounts.models import Account
from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import CAP, LAST, SIZE, Page
from kam.lib.sheets import Column, write_xlsx
from kam.lib.typed import whole
from kam.outage_planning.forms.promises import PeriodForm
from kam.outage_planning.models import Outage
from kam.outage_planning.queries import promises as queries
from kam.outage_planning.rules.promises import Owed, Promise, State
from kam.outage_planning.templatetags.outages import promise_state_words, promise_words


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """How each promise was kept; with `promise` and `state`, the list behind the number."""
    rows, form = _asked(request)
    context: dict[str, Any] = {"section": "reliability", "form": form}
    if form.is_valid():
        now = clock.now()
        found = queries.owed(rows, form.cleaned_data["days_from"], form.cleaned_data["days_until"])
        context["tallies"] = queries.tallies(found, now)
        context["figures"] = queries.figures(form.cleaned_data["days_from"])
        chosen = _chosen(request, found)
        if chosen is not None:
            promise, state, listed = chosen
            one = _page(listed, request.GET.get("page"))
            context |= {
                "promise": promise,
                "state": state,
                "page": one,
                "rows": list(_named(request, rows, one.rows)),
                "now": now,
            }
    return render(request, "outage_planning/promises.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse | FileResponse:
    """The figures and every single promise behind them, as a workbook of two sheets in one table."""
    rows, form = _asked(request)
    if not form.is_valid():
        return render(request, "outage_planning/promises.html", {"section": "reliability", "form": form})
    given, now = form.cleaned_data, clock.now()
    found = queries.owed(rows, given["days_from"], given["days_until"])
    file = BytesIO()
    columns = [
        Column(key, title, kind)  # type: ignore[arg-type]
        for key, title, kind in (
            ("promise", _("promise"), "text"),
            ("number", _("outage number"), "text"),
            ("title", _("what for"), "text"),
            ("unit", _("unit"), "text"),
            ("account_no", _("account number"), "text"),
            ("account", _("account"), "text"),
            ("due", _("due"), "text"),
            ("done", _("done"), "text"),
            ("state", _("state"), "text"),
            ("waived", _("exception"), "text"),
            ("minutes", _("minutes to the first word"), "number"),
        )
    ]
    write_xlsx(file, columns, _lines(request, rows, found, now), title=_("Promises"))
    file.seek(0)
    name = f"promises-{given['days_from']}-{given['days_until']}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)


def _asked(request: HttpRequest) -> tuple[QuerySet[Outage], PeriodForm]:
    rows = access.listed(request, Outage.objects.all(), Right.OUTAGES_SEE)
    today = clock.today()
    usual = {
        "days_from": today.replace(month=1, day=1),
        "days_until": max(date(today.year + 1, 1, 1), today + timedelta(days=90)),
    }
    form = PeriodForm(
        {
            **{name: value.isoformat() for name, value in usual.items()},
            **{name: value for name, value in request.GET.items() if value},
        },
        units=access.listed(request, Unit.objects.all(), Right.OUTAGES_SEE).order_by("path"),
    )
    if form.is_valid() and form.cleaned_data["unit"] is not None:
        rows = rows.filter(unit__path__startswith=form.cleaned_data["unit"].path)
    return rows, form


def _chosen(request: HttpRequest, found: dict[Promise, list[Owed]]) -> tuple[Promise, State | None, list[Owed]] | None:
    name, state = request.GET.get("promise", ""), request.GET.get("state", "")
    if name not in set(Promise):
        return None
    promise = Promise(name)
    kept = State(state) if state in set(State) else None
    now = clock.now()
    listed = [one for one in found.get(promise, []) if kept is None or one.state(now) == kept]
    if state == "WAIVED":
        listed = [one for one in listed if one.waived]
    return promise, kept, sorted(listed, key=lambda one: (one.due_at, one.outage_id, one.account_id or 0), reverse=True)


def _page(rows: Sequence[Owed], number: str | None) -> Page:
    pages = max(-(-len(rows) // SIZE), 1)
    wanted = min(max(whole(number) or 1, 1), pages, LAST)
    part = rows[(wanted - 1) * SIZE : wanted * SIZE]
    return Page(part, wanted, min(len(rows), CAP), len(rows) > CAP, SIZE)


def _named(
    request: HttpRequest, rows: QuerySet[Outage], part: Sequence[Owed]
) -> Iterator[tuple[Owed, Outage, Account | None, State]]:
    """Give each promise its outage and its account; an account of other units stays unnamed."""
    now = clock.now()
    outages = rows.select_related("unit").in_bulk({one.outage_id for one in part})
    wanted = sorted({one.account_id for one in part if one.account_id is not None})
    accounts: dict[int, Account] = {}
    for start in range(0, len(wanted), 500):
        seen = access.listed(request, Account.objects.all(), Right.OUTAGES_SEE)
        accounts |= seen.in_bulk(wanted[start : start + 500])
    for one in part:
        account = None if one.account_id is None else accounts.get(one.account_id)
        yield one, outages[one.outage_id], account, one.state(now)


def _lines(
    request: HttpRequest, rows: QuerySet[Outage], found: dict[Promise, list[Owed]], now: Any
) -> Iterator[tuple[Any, ...]]:
    def moment(at: Any) -> str:
        return at.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M") if at else ""

    for promise in Promise:
        for one, outage, account, state in _named(request, rows, found.get(promise, [])):
            yield (
                promise_words(promise),
                outage.number,
                outage.title,
                str(outage.unit),
                account.account_no if account else "",
                account.name if account else "",
                moment(one.due_at),
                moment(one.done_at),
                promise_state_words(state),
                _("yes") if one.waived else "",
                one.minutes,
            )
