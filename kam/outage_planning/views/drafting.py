"""Choosing lines for an outage, and what it would do while the form is still being filled in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kam.accounts.models import Account
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.typed import whole
from kam.network.models import Line, Substation
from kam.outage_planning.forms.calendar import PlaceForm
from kam.outage_planning.forms.planning import OutageForm
from kam.outage_planning.queries import clashes
from kam.outage_planning.queries.drafting import Group, line_groups
from kam.outage_planning.rules.lifecycle import Kind

NAMED = 8


def picker(form: OutageForm) -> list[Group]:
    """Return the lines to choose from, with what is chosen."""
    substations: Any = form.fields["substations"]
    lines: Any = form.fields["lines"]
    return line_groups(
        list(substations.queryset), list(lines.queryset), _chosen(form, "substations"), _chosen(form, "lines")
    )


def _chosen(form: OutageForm, name: str) -> set[int]:
    values = form[name].value() or []
    return {pk for value in values if (pk := whole(getattr(value, "pk", value))) is not None}


@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Whom the chosen lines would hit at the chosen time, and what stands against it. Nothing is kept."""
    access.check(request, Right.OUTAGES_PLAN)
    mine = access.listed(request, Line.objects.all(), Right.OUTAGES_PLAN)
    within = access.listed(request, Substation.objects.all(), Right.OUTAGES_PLAN).filter(
        pk__in=_ids(request, "substations")
    )
    lines = set(mine.filter(pk__in=_ids(request, "lines")).values_list("pk", flat=True))
    lines |= set(mine.filter(substation__in=within).values_list("pk", flat=True))
    times = PlaceForm(request.GET)
    context: dict[str, Any] = {"lines": len(lines)}
    if lines and times.is_valid():
        kind, crew = request.GET.get("kind", ""), _ids(request, "crew")
        found = clashes.would(
            lines,
            Kind(kind) if kind in {one.value for one in Kind} else Kind.PLANNED,
            crew_id=crew[0] if crew else None,
            now=clock.now(),
            **times.cleaned_data,
        )
        numbers, names = clashes.named(found.conflicts)
        seen = access.listed(request, Account.objects.all(), Right.OUTAGES_PLAN).filter(pk__in=found.impacts)
        by_pk = {account.pk: account for account in seen}
        context |= {
            "found": found,
            "numbers": numbers,
            "names": {pk: name for pk, name in names.items() if pk in by_pk},
            "accounts": [(by_pk[pk], found.impacts[pk]) for pk in found.worst if pk in by_pk][:NAMED],
            "elsewhere": len(found.impacts) - len(by_pk),
            "more": max(len(by_pk) - NAMED, 0),
        }
    return render(request, "outage_planning/preview.html", context)


def _ids(request: HttpRequest, name: str) -> list[int]:
    return [pk for text in request.GET.getlist(name)[:500] if (pk := whole(text)) is not None]
