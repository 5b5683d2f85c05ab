"""The call desk: the next call first, script on screen, who answered and when."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from kam.core import access
from kam.core.actions import RevealRefused
from kam.core.queries import account_numbers
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.notifications import actions, queries
from kam.notifications.forms.people import CallForm, PaperForm, ReasonForm
from kam.notifications.models import CallTask
from kam.notifications.rules.states import Channel

WITH = ("message", "delivery", "taken_by")


@require_GET
def calls(request: HttpRequest) -> HttpResponse:
    """Whom to call and which paper to bring, the nearest deadline first."""
    now = clock.now()
    rows: Any = access.listed(request, CallTask.objects.all(), Right.NOTIFY_SEE)
    page = page_of(queries.next_calls(rows=rows, at=now), request.GET.get("page"))
    numbers = account_numbers(row.message.account_id for row in page.rows if row.message.account_id)
    context = {"page": page, "numbers": numbers, "now": now, "section": "calls"}
    return render(request, "notifications/calls.html", context)


@require_GET
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: the script, the tries so far, what to note."""
    task = access.fetch(request, CallTask.objects.select_related(*WITH), Right.NOTIFY_SEE, pk=pk)
    return _page(request, task)


def _page(request: HttpRequest, task: CallTask, **more: Any) -> HttpResponse:
    account_id = task.message.account_id
    context = {
        "task": task,
        "account_no": account_numbers([account_id]).get(account_id) if account_id else "",
        "tries": task.tries.select_related("by").order_by("at"),
        "is_paper": task.delivery.channel == Channel.PAPER,
        "call_form": CallForm(),
        "give_up_form": ReasonForm(auto_id="id_give_up_%s"),
        "paper_form": PaperForm(auto_id="id_paper_%s"),
        "now": clock.now(),
        "section": "calls",
        **more,
    }
    return render(request, "notifications/call.html", context)


def _act(request: HttpRequest, pk: int) -> CallTask:
    task: CallTask = access.fetch(request, CallTask.objects.select_related(*WITH), Right.NOTIFY_ACT, pk=pk)
    return task


def _taken_text(error: actions.TaskTaken) -> str:
    return _("%(name)s is calling at this moment. Take the next one.") % {"name": error.by}


def _done_text() -> str:
    return _("Somebody has done this already, or it is no longer needed.")


@require_POST
@sensitive_variables("number")
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold the task and show the number; the look is on the audit record."""
    task = _act(request, pk)
    try:
        number = actions.take_call(task=task, by=access.staff(request), at=clock.now())
    except actions.TaskTaken as error:
        messages.warning(request, _taken_text(error))
    except actions.TaskDone:
        messages.warning(request, _done_text())
    except RevealRefused as refused:
        text = _("You have looked at %(limit)s numbers in this hour. Ask the supervisor, or wait.")
        messages.error(request, text % {"limit": refused.limit})
    else:
        task.refresh_from_db()
        return _page(request, task, number=number, taken=True)
    return redirect("notifications:call", pk)


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what came of a call."""
    task, form = _act(request, pk), CallForm(request.POST)
    if form.is_valid():
        try:
            actions.note_call(task=task, by=access.staff(request), at=clock.now(), **form.cleaned_data)
        except actions.TaskTaken as error:
            form.add_error(None, _taken_text(error))
        except actions.TaskDone:
            form.add_error(None, _done_text())
        else:
            reached = form.cleaned_data["reached"]
            said = _("Noted: told by telephone. It is proven.") if reached else _("Noted. The call stays on the list.")
            messages.success(request, said)
            return redirect("notifications:calls")
    return _page(request, task, call_form=form)


@require_POST
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """End a task without having reached anybody."""
    task, form = _act(request, pk), ReasonForm(request.POST, auto_id="id_give_up_%s")
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            actions.give_up(task=task, reason=reason, by=access.staff(request), at=clock.now())
        except actions.TaskTaken as error:
            form.add_error(None, _taken_text(error))
        except actions.TaskDone:
            form.add_error(None, _done_text())
        else:
            messages.success(request, _("Given up. The message counts as not reached, with your reason."))
            return redirect("notifications:calls")
    return _page(request, task, give_up_form=form)
