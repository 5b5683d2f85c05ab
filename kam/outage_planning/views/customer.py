"""Pages for customers (signed links): may supply go off then, and we have your notice (RELIABILITY 3.8)."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kam.accounts.access import customer_page
from kam.accounts.models import CustomerLink
from kam.lib import clock
from kam.outage_planning.actions import consulting, notices
from kam.outage_planning.forms.consulting import AnswerForm, SeenForm
from kam.outage_planning.models import Consultation
from kam.outage_planning.queries import consulting as queries
from kam.outage_planning.queries import telling
from kam.outage_planning.rules.consulting import Said, Through
from kam.outage_planning.rules.telling import AckHow


@customer_page("outage.consult")
def consult(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """What is proposed, and three answers; the answer given stands on top and may be changed until the cut-off."""
    row = _consultation(link, rest)
    at = clock.now()
    form = AnswerForm(request.POST or None, request.FILES or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            consulting.answer(
                consultation=row,
                said=Said(given["said"]),
                windows=given["windows"],
                reason=given["reason"],
                comment=given["comment"],
                attachment=given["attachment"],
                through=Through.LINK,
                answered_by=given["answered_by"] or (link.contact.name if link.contact else ""),
                by=None,
                at=at,
                key=_form_key(request, row),
                link=link,
            )
        except consulting.TooLate:
            problem = _("The time is fixed by now, so this answer was not taken. Please call us.")
        else:
            return redirect(request.get_full_path())
    found = queries.heard(row)
    language = get_language() or row.language
    context: dict[str, Any] = {
        "row": row,
        "outage": row.outage,
        "effect": telling.effect_words(row.effect, telling.minutes_out(row), language),
        "facts": telling.facts_for(row.outage, language),
        "answer": found.deciding,
        "said_windows": found.windows if found.deciding and found.deciding.said == Said.OTHER else (),
        "open": consulting.is_open(row, at),
        "form": form,
        "problem": problem,
        "key": request.POST.get("key") or secrets.token_urlsafe(18),
    }
    return render(request, "outage_planning/customer_consult.html", context)


@customer_page("outage.acknowledge")
def acknowledge(request: HttpRequest, link: CustomerLink, rest: str) -> HttpResponse:
    """The notice in full, and one button that says it has come."""
    notice = telling.of_link(link)
    if notice is None or rest:
        raise Http404
    form = SeenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        who = form.cleaned_data["who"] or (link.contact.name if link.contact else "")
        notices.acknowledge(notice=notice, how=AckHow.LINK, who=who, by=None, at=clock.now(), link=link)
        return redirect(request.get_full_path())
    language = get_language() or link.language
    effect = telling.effects_of(notice.outage).get(notice.account_id)
    context = {
        "notice": notice,
        "outage": notice.outage,
        "facts": telling.facts_for(notice.outage, language),
        "effect": telling.effect_words(*effect, language) if effect else "",
        "form": form,
    }
    return render(request, "outage_planning/customer_notice.html", context)


def _consultation(link: CustomerLink, rest: str) -> Consultation:
    """Return what the link asks about; 404, one page for every failure, where that is gone."""
    row = queries.of_link(link)
    if row is None or rest:
        raise Http404
    return row


def _form_key(request: HttpRequest, row: Consultation) -> str:
    """Return the form's own key; of this consultation alone, whatever was sent."""
    return f"{row.pk}.{request.POST.get('key', '')[:40] or secrets.token_urlsafe(18)}"
