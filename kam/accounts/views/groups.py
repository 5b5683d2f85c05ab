"""Make and rename groups of companies; their pages with totals are in reports, which sees their energy."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kam.accounts.actions.groups import GroupNameTaken, save_group
from kam.accounts.forms.account import GroupForm
from kam.accounts.models import AccountGroup
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Make a group."""
    access.check(request, Right.ACCOUNTS_EDIT)
    return _page(request, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a group."""
    return _page(request, access.fetch(request, AccountGroup.objects.all(), Right.ACCOUNTS_EDIT, pk=pk))


def _page(request: HttpRequest, group: AccountGroup | None) -> HttpResponse:
    form = GroupForm(request.POST or None, initial={"name": group.name, "note": group.note} if group else {})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = save_group(
                group=group, name=given["name"], note=given["note"], by=access.staff(request), at=clock.now()
            )
        except GroupNameTaken:
            form.add_error("name", _("Another group has this name."))
        else:
            messages.success(request, _("The group “%(name)s” is saved.") % {"name": row.name})
            return redirect("reports:group", row.pk)
    return render(request, "accounts/group_edit.html", {"section": "groups", "form": form, "group": group})
