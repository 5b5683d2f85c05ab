"""All accounts of one person go to another, after a look at what that means."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kam.accounts.actions import team
from kam.accounts.forms.people import HandoverForm
from kam.accounts.models import Account, Assignment
from kam.accounts.queries.handover import Preview, preview
from kam.accounts.views.staff import staff_choices
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock


@require_http_methods(["GET", "POST"])
def handover(request: HttpRequest) -> HttpResponse:
    """First the counts, then one transaction. Only accounts that the supervisor sees are handed over."""
    access.check(request, Right.ACCOUNTS_ASSIGN)
    user = access.staff(request)
    now = clock.now()
    initial = {
        "part": Assignment.Part.MANAGER,
        "held_from": clock.day_of(now),
        "giver": request.GET.get("giver"),
    }
    form = HandoverForm(request.POST or None, initial=initial, staff=staff_choices(user))
    shown: Preview | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        visible = access.listed(request, Account.objects.all(), Right.ACCOUNTS_SEE)
        shown = preview(visible, giver=given["giver"], part=given["part"], held_from=given["held_from"])
        if request.POST.get("step") == "confirm" and shown.account_ids:
            count = team.hand_over(
                giver=given["giver"],
                taker=given["taker"],
                part=given["part"],
                held_from=given["held_from"],
                only=shown.account_ids,
                by=user,
                at=now,
            )
            said = ngettext(
                "%(n)d account goes from %(giver)s to %(taker)s.",
                "%(n)d accounts go from %(giver)s to %(taker)s.",
                count,
            )
            messages.success(request, said % {"n": count, "giver": given["giver"], "taker": given["taker"]})
            return redirect("accounts:list")
    context = {"section": "accounts", "form": form, "preview": shown, "today": clock.day_of(now)}
    return render(request, "accounts/handover.html", context)
