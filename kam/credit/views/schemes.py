"""Grading schemes: look, copy, edit, try, propose, release by a second person."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kam.accounts.models import Account
from kam.core import access
from kam.core.models import Job
from kam.core.rules import Right
from kam.credit.actions import schemes, trials
from kam.credit.forms.schemes import SchemeForm
from kam.credit.models import CreditRuleSet
from kam.credit.rules.scheme import BadScheme
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.typed import whole


@require_GET
def scheme_list(request: HttpRequest) -> HttpResponse:
    """Every scheme and version, what holds now on top."""
    rows = access.listed(request, CreditRuleSet.objects.all(), Right.CREDIT_SEE)
    found = list(rows.defer("body", "trial").select_related("proposed_by", "released_by").order_by("code", "-version"))
    today = clock.today()
    now = next(
        (row for row in found if row.status == "RELEASED" and row.valid_from <= today and _open(row, today)), None
    )
    return render(request, "credit/schemes.html", {"section": "credit", "rows": found, "now": now})


def _open(row: CreditRuleSet, today: object) -> bool:
    return row.valid_until is None or row.valid_until > today  # type: ignore[operator]


@require_GET
def scheme(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: its table in words, its trial run, its way to release."""
    row = access.fetch(
        request, CreditRuleSet.objects.select_related("proposed_by", "released_by"), Right.CREDIT_SEE, pk=pk
    )
    return _page(request, row)


def _page(request: HttpRequest, row: CreditRuleSet, problem: str = "") -> HttpResponse:
    user = access.staff(request)
    job = Job.objects.visible_to(user).filter(kind=trials.TASK, key__startswith=f"scheme-{row.pk}-").last()
    movers = row.trial.get("movers", [])
    accounts = access.listed(request, Account.objects.all(), Right.CREDIT_SEE)
    named = {one.pk: one for one in accounts.filter(pk__in=[pk for pk, _was, _now in movers])}
    context = {
        "section": "credit",
        "scheme": row,
        "body": row.body,
        "problem": problem,
        "job": job,
        "tried": bool(row.trial) and row.trial_of == schemes.digest(row.body),
        "movers": [(named[pk], was, now) for pk, was, now in movers if pk in named],
        "moves": trials.moves_of(row.trial),
        "may_decide": row.status == "PROPOSED" and user.may(Right.CREDIT_APPROVE) and row.proposed_by_id != user.pk,
    }
    return render(request, "credit/scheme.html", context)


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft a new version from this one."""
    row = access.fetch(request, CreditRuleSet.objects.all(), Right.CREDIT_RULES, pk=pk)
    made = schemes.copy(of=row, valid_from=clock.today() + timedelta(days=30), by=access.staff(request), at=clock.now())
    messages.success(request, _("Version %(n)s is drafted. It holds for nobody yet.") % {"n": made.version})
    return redirect("credit:scheme_edit", made.pk)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    row = access.fetch(request, CreditRuleSet.objects.all(), Right.CREDIT_RULES, pk=pk)
    initial = {"name": row.name, "source": row.source, "valid_from": row.valid_from}
    form = SchemeForm(request.POST or None, body=row.body, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            schemes.edit(
                rule_set=row,
                edits=whole(request.POST.get("edits")) or 0,
                name=form.cleaned_data["name"],
                source=form.cleaned_data["source"],
                valid_from=form.cleaned_data["valid_from"],
                body=form.body(),
                by=access.staff(request),
                at=clock.now(),
            )
        except schemes.NotADraft:
            form.add_error(None, _("What was proposed or released is not edited: copy it."))
        except schemes.ChangedMeanwhile:
            form.add_error(None, _("Somebody saved this scheme meanwhile. Look at it again before you write over it."))
        else:
            messages.success(request, _("Saved. Try it before you propose it."))
            return redirect("credit:scheme", row.pk)
    return render(request, "credit/scheme_edit.html", {"section": "credit", "form": form, "scheme": row})


@require_POST
def try_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Grade everybody by the draft, writing nothing but who would move."""
    row = access.fetch(request, CreditRuleSet.objects.all(), Right.CREDIT_RULES, pk=pk)
    try:
        trials.order(rule_set=row, by=access.staff(request), at=clock.now())
    except BadScheme:
        return _page(request, row, _("This scheme cannot grade; edit it first."))
    return redirect("credit:scheme", row.pk)


@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a second person to release a draft."""
    row = access.fetch(request, CreditRuleSet.objects.all(), Right.CREDIT_RULES, pk=pk)
    try:
        schemes.propose(rule_set=row, by=access.staff(request), at=clock.now())
    except schemes.NotTried:
        return _page(request, row, _("Try exactly this version first, so that the second person sees who would move."))
    except (IllegalMove, StaleRow, BadScheme):
        return _page(request, row, _("Only a draft is proposed."))
    messages.success(request, _("Proposed. Somebody else releases it."))
    return redirect("credit:scheme", row.pk)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Release a scheme that somebody else proposed, or give it back."""
    row = access.fetch(request, CreditRuleSet.objects.all(), Right.CREDIT_APPROVE, pk=pk)
    release = request.POST.get("release") == "1"
    try:
        schemes.decide(
            rule_set=row,
            release=release,
            reason=request.POST.get("reason", "").strip()[:300],
            by=access.staff(request),
            at=clock.now(),
        )
    except schemes.SamePerson:
        return _page(request, row, _("Who proposed a scheme does not release it."))
    except schemes.StartsTooEarly:
        return _page(request, row, _("Its first day is over, or not after that of the scheme in force. Give it back."))
    except (IllegalMove, StaleRow):
        return _page(request, row, _("This was decided before."))
    messages.success(request, _("The scheme is released.") if release else _("The scheme is given back."))
    return redirect("credit:scheme", row.pk)
