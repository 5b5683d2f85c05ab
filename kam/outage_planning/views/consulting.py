"""The answers: who has not given one, what one customer said, calls, visits, tries, settlements, acknowledgements."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.pages import page_of
from kam.outage_planning.actions import consulting, notices, planning
from kam.outage_planning.forms.consulting import AcknowledgeForm, NotedAnswerForm, SettleForm, TryForm
from kam.outage_planning.models import STATE_LABELS, Answer, Consultation, Notice, Outage
from kam.outage_planning.queries import consulting as queries
from kam.outage_planning.queries import telling
from kam.outage_planning.rules.consulting import Said, State
from kam.outage_planning.rules.lifecycle import Status
from kam.outage_planning.templatetags.outages import guard_words

WITH = ("outage", "account", "settled_by", "carried_from", "contact")
SHOWN = (State.COUNTERED, State.OBJECTED, State.ASKED, State.SILENT, State.AGREED, State.SETTLED)


@require_GET
def answers(request: HttpRequest) -> HttpResponse:
    """Who has not answered and what waits to be settled, of all outages in consultation; the nearest cut-off first."""
    rows = access.listed(request, Consultation.objects.all(), Right.OUTAGES_SEE)
    wanted = request.GET.get("status", "")
    states = [state.value for state in SHOWN if not wanted or state.value == wanted]
    page = page_of(queries.open_rows(rows, states), request.GET.get("page"))
    context = {
        "section": "outages",
        "page": page,
        "wanted": wanted,
        "states": [(state.value, STATE_LABELS[state]) for state in SHOWN],
        "now": clock.now(),
    }
    return render(request, "outage_planning/answers.html", context)


@require_GET
def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """One customer's consultation: what it was asked, everything it said, every try."""
    row = access.fetch(request, Consultation.objects.select_related(*WITH), Right.OUTAGES_SEE, pk=pk)
    return _page(request, row)


def _page(request: HttpRequest, row: Consultation, **more: Any) -> HttpResponse:
    now = clock.now()
    least, _apart = queries.try_rules(clock.day_of(now))
    moves = row.moves.select_related("by").order_by("-at", "-pk")[:50]
    context = {
        "section": "outages",
        "row": row,
        "outage": row.outage,
        "found": queries.heard(row),
        "least": least,
        "moves": moves,
        "states": {state.value: label for state, label in STATE_LABELS.items()},
        "open": consulting.is_open(row, now),
        "period_over": now >= row.answer_by,
        "answer_form": NotedAnswerForm(auto_id="id_answer_%s"),
        "try_form": TryForm(auto_id="id_try_%s", initial={"tried_at": now}),
        "settle_form": SettleForm(auto_id="id_settle_%s"),
        "now": now,
    }
    return render(request, "outage_planning/consultation.html", context | more)


def _act(request: HttpRequest, pk: int, right: Right) -> Consultation:
    row: Consultation = access.fetch(request, Consultation.objects.select_related(*WITH), right, pk=pk)
    return row


def _fixed() -> str:
    return _("The outage is no longer in consultation: this changes nothing any more.")


@require_POST
def note_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what a customer said on the telephone or on a visit."""
    row = _act(request, pk, Right.OUTAGES_ANSWER)
    form = NotedAnswerForm(request.POST, request.FILES, auto_id="id_answer_%s")
    if form.is_valid():
        given = dict(form.cleaned_data)
        given = {name: value for name, value in given.items() if not name.startswith(("from_", "until_"))}
        given["said"] = Said(given["said"])
        try:
            consulting.answer(consultation=row, by=access.staff(request), at=clock.now(), **given)
        except consulting.TooLate:
            form.add_error(None, _fixed())
        else:
            messages.success(request, _("The answer of %(account)s is noted.") % {"account": row.account.name})
            return redirect("outages:outage", row.outage_id)
    return _page(request, row, answer_form=form)


@require_POST
def note_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Document a try to get an answer."""
    row, form = _act(request, pk, Right.OUTAGES_ANSWER), TryForm(request.POST, auto_id="id_try_%s")
    if form.is_valid():
        try:
            consulting.note_try(consultation=row, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except consulting.TooLate:
            form.add_error(None, _fixed())
        except consulting.AnsweredAlready:
            form.add_error(None, _("The customer has answered; there is nothing to try for."))
        except consulting.ImpossibleTime:
            form.add_error("tried_at", _("The customer was asked only later. Write when it was tried."))
        else:
            row.refresh_from_db()
            silent = row.status == State.SILENT
            said = _("Noted. Silence counts as settled now.") if silent else _("The try is noted.")
            messages.success(request, said)
            return redirect("outages:consultation", row.pk)
    return _page(request, row, try_form=form)


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle a counter-proposal or an objection, with the reason."""
    row, form = _act(request, pk, Right.OUTAGES_PLAN), SettleForm(request.POST, auto_id="id_settle_%s")
    if form.is_valid():
        try:
            consulting.settle(
                consultation=row, reason=form.cleaned_data["reason"], by=access.staff(request), at=clock.now()
            )
        except (consulting.NothingToSettle, consulting.ReasonMissing):
            form.add_error(None, _("Nothing waits to be settled here. Look at it again."))
        else:
            messages.success(request, _("Settled with %(account)s.") % {"account": row.account.name})
            return redirect("outages:outage", row.outage_id)
    return _page(request, row, settle_form=form)


@require_GET
def attachment(request: HttpRequest, pk: int) -> FileResponse:
    """The paper or picture that came with an answer, as a download."""
    row = access.fetch(request, Answer.objects.all(), Right.OUTAGES_SEE, pk=pk)
    if not row.attachment:
        raise Http404
    answer = FileResponse(row.attachment.open("rb"), as_attachment=True, filename=row.attachment_name)
    answer["Content-Security-Policy"] = "sandbox"
    return answer


@require_POST
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix the time: everybody has agreed, was settled with, or was tried for in vain."""
    outage = access.fetch(request, Outage.objects.all(), Right.OUTAGES_PLAN, pk=pk)
    if _advance(request, outage, Status.AGREED):
        messages.success(request, _("%(number)s is agreed. It can be announced.") % {"number": outage.number})
    return redirect("outages:outage", pk)


@require_POST
def announce(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the notices: one for each affected account that has none of this plan yet."""
    outage = access.fetch(request, Outage.objects.all(), Right.OUTAGES_PLAN, pk=pk)
    if _advance(request, outage, Status.ANNOUNCED):
        told = telling.told_now(outage)
        said = ngettext("%(n)s customer is told of %(number)s.", "%(n)s customers are told of %(number)s.", told)
        messages.success(request, said % {"n": told, "number": outage.number})
    return redirect("outages:outage", pk)


def _advance(request: HttpRequest, outage: Outage, to: Status) -> bool:
    try:
        planning.advance(outage=outage, to=to, by=access.staff(request), at=clock.now())
    except planning.GuardsRefuse as refused:
        messages.error(request, " ".join(guard_words(guard.value) for guard in refused.guards))
    except (IllegalMove, StaleRow):
        messages.error(request, _("The outage stands elsewhere by now. Look at it again."))
    else:
        return True
    return False


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a customer has its notice, as it said on the telephone or signed on paper."""
    notice = access.fetch(request, Notice.objects.select_related("outage"), Right.OUTAGES_ANSWER, pk=pk)
    form = AcknowledgeForm(request.POST)
    if form.is_valid():
        notices.acknowledge(notice=notice, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("Acknowledged by %(who)s.") % {"who": form.cleaned_data["who"]})
    else:
        messages.error(request, _("Write who acknowledged the notice, and how."))
    return redirect("outages:outage", notice.outage_id)
