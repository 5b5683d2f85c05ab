"""Groups of companies with what they add up to (ACC-5)."""

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kam.accounts.models import Account, AccountGroup
from kam.accounts.queries.account_list import counted_page
from kam.core import access
from kam.core.access import exports
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.reports.queries import groups as queries


def _filtered(request: HttpRequest) -> tuple[QuerySet[AccountGroup], str]:
    rows = access.listed(request, AccountGroup.objects.all(), Right.ACCOUNTS_SEE)
    if text := request.GET.get("q", "").strip()[:60]:
        rows = rows.filter(name__icontains=text)
    return rows.order_by("name", "pk"), text


@require_GET
def groups(request: HttpRequest) -> HttpResponse:
    """The groups with an account in reach, and the totals of those accounts."""
    rows, text = _filtered(request)
    visible = access.listed(request, Account.objects.all(), Right.ACCOUNTS_SEE)
    page = counted_page(rows, request.GET.get("page"))
    totals = queries.totals(visible, [row.pk for row in page.rows], year=clock.today().year)
    context = {
        "section": "groups",
        "page": page,
        "rows": [(row, totals.get(row.pk, queries.NOTHING)) for row in page.rows],
        "text": text,
        "year": clock.today().year,
    }
    return render(request, "reports/groups.html", context)


@require_POST
def groups_export(request: HttpRequest) -> FileResponse:
    """The groups as filtered, with their totals, as a file."""
    access.check(request, Right.ACCOUNTS_EXPORT)
    visible = access.listed(request, Account.objects.all(), Right.ACCOUNTS_SEE)
    year = clock.today().year
    rows = list(_filtered(request)[0][: exports.MOST])
    totals = queries.totals(visible, [row.pk for row in rows], year=year)
    columns = [
        sheets.Column("name", _("Group")),
        sheets.Column("accounts", _("Accounts"), "integer"),
        sheets.Column("capacity_kva", _("Capacity (kVA)"), "number"),
        sheets.Column("kwh", _("Energy %(year)s (kWh)") % {"year": year}, "number"),
    ]
    sums = ((row.name, totals.get(row.pk, queries.NOTHING)) for row in rows)
    lines = ([name, one.accounts, one.capacity_kva, round(one.kwh, 2)] for name, one in sums)
    return exports.answer(request, name="groups", columns=columns, rows=lines)


@require_GET
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """One group: totals, the parent first, then the subsidiaries in reach."""
    row = access.fetch(request, AccountGroup.objects.all(), Right.ACCOUNTS_SEE, pk=pk)
    visible = access.listed(request, Account.objects.all(), Right.ACCOUNTS_SEE)
    year = clock.today().year
    members = visible.filter(group=row).select_related("unit", "manager")
    page = counted_page(members.order_by("-is_group_parent", "name", "pk"), request.GET.get("page"))
    context = {
        "section": "groups",
        "group": row,
        "year": year,
        "totals": queries.totals(visible, [row.pk], year=year).get(row.pk, queries.NOTHING),
        "page": page,
        "rows": queries.with_energy(page.rows, year=year),
    }
    return render(request, "reports/group.html", context)
