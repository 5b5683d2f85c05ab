"""Faults, calls for less load, and who has read a call."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.models import Unit
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.sheets import UnreadableTable, read_table
from kam.network.models import Line, Substation
from kam.outage_planning.actions import execution, faults, load_control, planning, rounds
from kam.outage_planning.forms.execution import NewsForm
from kam.outage_planning.forms.sudden import MOST_NUMBERS, CallForm, FaultForm
from kam.outage_planning.models import Notice, Outage
from kam.outage_planning.queries import load_control as queries
from kam.outage_planning.queries import telling
from kam.outage_planning.rules.lifecycle import Kind, Status
from kam.outage_planning.rules.load_control import BadCut, NoColumns, understand
from kam.outage_planning.templatetags.outages import cause_words, guard_words, refusal_words
from kam.outage_planning.views.execution import on_site

LIVE_MINUTES = 120  # a page that asks again and again keeps its session alive; after this it asks no more


@require_http_methods(["GET", "POST"])
def fault(request: HttpRequest) -> HttpResponse:
    """A fault or an emergency trip: one form, and everybody affected is told."""
    now = clock.now()
    form = FaultForm(
        request.POST or None,
        initial={
            "began_at": now,
            "expected_at": now + timedelta(hours=2),
            "unit": access.staff(request).unit_id,
            "lines": request.GET.getlist("line"),
        },
        lines=access.listed(request, Line.objects.all(), Right.OUTAGES_PLAN).order_by("code"),
        substations=access.listed(request, Substation.objects.all(), Right.OUTAGES_PLAN).order_by("code"),
        units=access.listed(request, Unit.objects.all(), Right.OUTAGES_PLAN).order_by("path"),
    )
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        chosen = {line.pk: line for line in given.pop("lines")}
        leaving = access.listed(request, Line.objects.all(), Right.OUTAGES_PLAN).filter(
            substation__in=given.pop("substations")
        )
        lines = list(({line.pk: line for line in leaving} | chosen).values())
        cause = cause_words(given["cause"]) or _("fault")
        given["reason"] = given["reason"] or (cause if given["cause"] else _("cause being looked for"))
        title = _("%(line)s: %(cause)s") % {"line": lines[0].name if lines else "", "cause": cause}
        try:
            outage = faults.report(title=title[:120], lines=lines, by=access.staff(request), at=now, **given)
        except execution.ImpossibleTime:
            form.add_error("began_at", _("That time is still to come."))
        else:
            told = queries.told(outage)
            text = ngettext(
                "%(number)s is under way; %(n)s key account is told.",
                "%(number)s is under way; %(n)s key accounts are told.",
                told,
            )
            messages.success(request, text % {"number": outage.number, "n": told})
            return redirect("outages:outage", outage.pk)
    return render(request, "outage_planning/fault.html", {"section": "outages", "form": form})


@require_POST
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell whoever is still without supply how the repair goes."""
    outage = access.fetch(request, Outage.objects.select_related("unit", "crew"), Right.OUTAGES_RUN, pk=pk)
    form = NewsForm(request.POST, prefix="news")
    if not form.is_valid():
        return on_site(request, outage, news_form=form, problem=_("Say what is known, and when supply is expected."))
    try:
        faults.news(outage=outage, by=access.staff(request), at=clock.now(), **form.cleaned_data)
    except execution.ImpossibleTime:
        return on_site(request, outage, news_form=form, problem=_("That time is over. Say a later one."))
    except execution.NotUnderWay:
        return on_site(request, outage, problem=_("This outage is not under way. Look at it again."))
    messages.success(request, _("Whoever is still without supply is told."))
    return redirect("outages:site", outage.pk)


@dataclass
class Scope:
    """Whom a call concerns and how much each takes less, with what was not understood of a table."""

    cuts: dict[int, int] = field(default_factory=dict)
    bad: list[BadCut] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@require_http_methods(["GET", "POST"])
def call(request: HttpRequest) -> HttpResponse:
    """A call for less load: one form; looked at first, or told at once."""
    now = clock.now()
    start = now + timedelta(minutes=45)
    form = CallForm(
        request.POST or None,
        request.FILES or None,
        initial={"starts_at": start, "ends_at": start + timedelta(hours=2), "unit": access.staff(request).unit_id},
        lines=access.listed(request, Line.objects.all(), Right.OUTAGES_PLAN).order_by("code"),
        units=access.listed(request, Unit.objects.all(), Right.OUTAGES_PLAN).order_by("path"),
    )
    context: dict[str, Any] = {"section": "outages", "form": form}
    if request.method == "POST" and form.is_valid():
        scope = _scope(request, form)
        if scope is not None and not scope.cuts:
            form.add_error(None, _("No key account is in this choice."))
        elif scope is not None and (scope.unknown or scope.bad) and "anyway" not in request.POST:
            form.add_error(None, _("Not everything was understood; see below. Mend it, or tell only the others."))
            context |= {"scope": scope, "rows": _rows(request, scope)}
        elif scope is not None and "look" in request.POST:
            context |= {"scope": scope, "rows": _rows(request, scope), "total": sum(scope.cuts.values())}
        elif scope is not None:
            return _called(request, form, scope)
    return render(request, "outage_planning/call.html", context)


def _called(request: HttpRequest, form: CallForm, scope: Scope) -> HttpResponse:
    given = form.cleaned_data
    by, at = access.staff(request), clock.now()
    kind = Kind(given["kind"])
    level, total = queries.level_words(given["level"], by.language), sum(scope.cuts.values())
    outage = load_control.prepare(
        kind=kind,
        level=given["level"],
        title=_("%(level)s, %(kw)s kW") % {"level": level, "kw": f"{total:,}"},
        reason=given["reason"],
        unit=given["unit"],
        starts_at=given["starts_at"],
        ends_at=given["ends_at"],
        cuts=scope.cuts,
        by=by,
        at=at,
    )
    return _announced(request, outage)


@require_POST
def announce(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell everybody whom a temporary outage, a staggering or a limit concerns."""
    outage = access.fetch(request, Outage.objects.select_related("unit"), Right.OUTAGES_PLAN, pk=pk)
    return _announced(request, outage)


def _announced(request: HttpRequest, outage: Outage) -> HttpResponse:
    try:
        load_control.announce(outage=outage, by=access.staff(request), at=clock.now())
    except planning.GuardsRefuse as refused:
        messages.error(request, " ".join(guard_words(guard.value) for guard in refused.guards))
        return redirect("outages:outage", outage.pk)
    except (IllegalMove, StaleRow):
        messages.error(request, _("Only a draft of this kind is announced so. Look at it again."))
        return redirect("outages:outage", outage.pk)
    decided = telling.round_of(outage)
    total = decided.total if decided is not None else queries.told(outage)
    text = ngettext("%(n)s key account is told.", "%(n)s key accounts are told.", total)
    messages.success(request, text % {"n": total})
    return redirect("outages:receipts", outage.pk)


@require_GET
def receipts(request: HttpRequest, pk: int) -> HttpResponse:
    """Who has read, who has not; the part that changes asks for itself while it matters."""
    outage = access.fetch(request, Outage.objects.select_related("unit"), Right.OUTAGES_SEE, pk=pk)
    notices = access.listed(request, Notice.objects.all(), Right.OUTAGES_SEE).filter(outage=outage)
    found = queries.receipts(notices)
    now = clock.now()
    accounts = access.listed(request, Account.objects.all(), Right.OUTAGES_SEE)
    begun = max((row.created_at for row in found.rows), default=outage.created_at)
    context = {
        "section": "outages",
        "outage": outage,
        "found": found,
        "cuts": queries.cuts_of(outage),
        "now": now,
        "telling": telling.progress_of(telling.round_of(outage), accounts),
        "again": reverse("outages:tell_again", args=[outage.pk]),
        "live": bool(found.silent) and now < begun + timedelta(minutes=LIVE_MINUTES) and outage.status in _LIVE,
    }
    name = "receipts_rows.html" if getattr(request, "htmx", None) else "receipts.html"
    return render(request, f"outage_planning/{name}", context)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try those again that could not be told."""
    outage = access.fetch(request, Outage.objects.all(), Right.OUTAGES_PLAN, pk=pk)
    row = telling.round_of(outage)
    if row is None or not rounds.again(row=row, by=access.staff(request), at=clock.now()):
        messages.info(request, _("Nothing waits to be tried again."))
    return redirect("outages:receipts", pk)


_LIVE = (Status.ANNOUNCED, Status.UNDER_WAY)


def _accounts(request: HttpRequest) -> QuerySet[Account]:
    rows = access.listed(request, Account.objects.all(), Right.OUTAGES_PLAN)
    return rows.exclude(status=Account.Status.LEFT)


def _scope(request: HttpRequest, form: CallForm) -> Scope | None:
    """Return whom the form names; None where the table as a whole cannot be read, which the form then says."""
    given = form.cleaned_data
    if given["file"]:
        return _of_table(request, form, given["file"])
    accounts = _accounts(request)
    ids: set[int] = set()
    if given["lines"]:
        ids |= set(queries.on_lines(accounts, [line.pk for line in given["lines"]]).values_list("pk", flat=True))
    for unit in given["stations"]:
        ids |= set(accounts.filter(unit__path__startswith=unit.path).values_list("pk", flat=True)[: MOST_NUMBERS + 1])
    found = dict(_by_number(accounts, given["numbers"]))
    ids |= set(found.values())
    unknown = [number for number in given["numbers"] if number not in found]
    if len(ids) > MOST_NUMBERS:
        form.add_error(None, _("At most 5,000 accounts are called at once."))
        return None
    return Scope(queries.shares(accounts.filter(pk__in=ids), given["total_kw"]), [], unknown)


def _of_table(request: HttpRequest, form: CallForm, file: Any) -> Scope | None:
    with tempfile.NamedTemporaryFile(suffix=".table") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        try:
            table = read_table(Path(kept.name))
            rows, bad = understand(table.header, table.rows)
        except UnreadableTable as refusal:
            form.add_error("file", refusal_words(refusal))
            return None
        except NoColumns:
            form.add_error("file", _("The table needs the columns 户号 (account_no) and 压减千瓦 (cut_kw)."))
            return None
    if len(rows) > MOST_NUMBERS:
        form.add_error("file", _("At most 5,000 accounts are called at once."))
        return None
    known = dict(_by_number(_accounts(request), [row.account_no for row in rows]))
    cuts = {known[row.account_no]: row.cut_kw for row in rows if row.account_no in known}
    return Scope(cuts, bad, [row.account_no for row in rows if row.account_no not in known])


def _by_number(accounts: QuerySet[Account], numbers: Sequence[str]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        found += accounts.filter(account_no__in=part).values_list("account_no", "pk")
    return found


def _rows(request: HttpRequest, scope: Scope) -> list[tuple[Account, int]]:
    """The largest cuts first, at most two hundred."""
    order = sorted(scope.cuts, key=lambda pk: (-scope.cuts[pk], pk))[:200]
    accounts = _accounts(request).in_bulk(order)
    return [(accounts[pk], scope.cuts[pk]) for pk in order if pk in accounts]
