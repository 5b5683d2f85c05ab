"""The list of accounts and what a person keeps of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.accounts.actions import saved_views
from kam.accounts.forms.filters import FilterForm, SaveViewForm
from kam.accounts.models import Account
from kam.accounts.queries import account_list, columns
from kam.accounts.queries.choices import Choices, choices_for
from kam.core import access
from kam.core.rules import Right
from kam.lib.typed import whole

SAFE = {*FilterForm.FIRST, *FilterForm.MORE, "group", "sort", "cols"}


def clean_query(text: str) -> str:
    """Return only the parameters that the list knows."""
    given = QueryDict(text, mutable=True)
    for name in list(given):
        if name not in SAFE | set(account_list.MORE) or not any(given.getlist(name)):
            del given[name]
    return given.urlencode()[:1000]


@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """The list: filters and order in the address, bounded pages, capped count."""
    rows = access.listed(request, Account.objects.all(), Right.ACCOUNTS_SEE)
    user = access.staff(request)
    choices = choices_for(user, group_id=whole(request.GET.get("group")))
    form = FilterForm(request.GET, choices=choices, user=user)
    shown = columns.chosen(request.GET.getlist("cols"), user)
    sort = request.GET.get("sort", "name")
    page = account_list.page(
        rows,
        user,
        criteria=form.criteria(),
        text=form.cleaned_data.get("q", ""),
        sort=sort,
        number=request.GET.get("page"),
        joins=columns.joins(shown),
    )
    context = {
        "section": "accounts",
        "form": form,
        "choices": choices,
        "columns": [(column, _arrow(column, sort)) for column in shown],
        "name_arrow": _arrow(columns.NAME, sort),
        "all_columns": [(column, column in shown) for column in columns.offered(user)],
        "chips": [(label, value, _without(request, name)) for name, label, value in form.chips()],
        "page": page,
        "rows": [(row, columns.cells(row, shown)) for row in page.rows],
        "query": clean_query(request.GET.urlencode()),
        "view_now": _view_now(choices, request.GET.urlencode()),
    }
    return render(request, "accounts/list.html", context)


def _arrow(column: columns.Column, sort: str) -> tuple[str, str]:
    """Return (next order, "ascending" | "descending" | "") of a column's head; no order for what has no index."""
    if not column.sort:
        return "", ""
    if sort == column.sort:
        return f"-{column.sort}", "ascending"
    return column.sort, "descending" if sort == f"-{column.sort}" else ""


def _without(request: HttpRequest, name: str) -> str:
    """Return the page's query string without one filter."""
    query = request.GET.copy()
    for gone in (name, "page"):
        query.pop(gone, None)
    return f"?{query.urlencode()}"


def _view_now(choices: Choices, query: str) -> int | None:
    now = clean_query(query)
    return next((pk for pk, _name, kept in choices.views if kept == now and now), None)


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list as shown under a name."""
    access.check(request, Right.ACCOUNTS_SEE)
    form = SaveViewForm(request.POST)
    query = clean_query(request.POST.get("query", ""))
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 60 characters."))
    else:
        try:
            view = saved_views.save_view(by=access.staff(request), name=form.cleaned_data["name"], query=query)
            messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
        except saved_views.TooManyViews:
            messages.error(request, _("You have 30 views. Remove one first."))
    return redirect(f"{reverse('accounts:list')}?{query}")


@require_POST
def drop_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a saved view away."""
    access.check(request, Right.ACCOUNTS_SEE)
    if not saved_views.drop_view(by=access.staff(request), pk=pk):
        raise Http404
    messages.success(request, _("The view is removed."))
    return redirect("accounts:list")
