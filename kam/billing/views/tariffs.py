"""Tariffs: their versions, who is on them, and a new version."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kam.billing import actions
from kam.billing.forms import TariffForm
from kam.billing.models import AccountTariff, Tariff
from kam.billing.queries import on_tariff, tariff_rows
from kam.core import access
from kam.core.rules import Right
from kam.lib import clock
from kam.lib.pages import page_of
from kam.metering.queries import calendars


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every tariff with the prices that hold today."""
    versions = access.listed(request, Tariff.objects.order_by("code", "valid_from"), Right.TARIFFS_SEE)
    accounts = AccountTariff.objects.visible_to(access.staff(request))
    context = {"section": "tariffs", "tariffs": tariff_rows(versions, accounts, clock.today())}
    return render(request, "billing/tariffs.html", context)


@require_GET
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One tariff: its versions, latest first, and the accounts on it that the reader may see."""
    access.fetch(request, Tariff.objects.all(), Right.TARIFFS_SEE, code=code)
    versions = access.listed(request, Tariff.objects.filter(code=code).order_by("-valid_from"), Right.TARIFFS_SEE)
    accounts = AccountTariff.objects.visible_to(access.staff(request))
    context = {
        "section": "tariffs",
        "code": code,
        "versions": tariff_rows(versions, accounts, clock.today(), every_version=True),
        "page": page_of(on_tariff(accounts, code), request.GET.get("page")),
    }
    return render(request, "billing/tariff.html", context)


def add(request: HttpRequest, code: str) -> HttpResponse:
    """Let a new version of a tariff hold from a day."""
    latest = access.fetch(request, Tariff.objects.order_by("-valid_from"), Right.RULES_EDIT, code=code)
    form = TariffForm(request.POST or None, initial=_initial(latest), calendar_codes=sorted(calendars()))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        tariff = Tariff(
            code=code,
            **{
                name: data[name]
                for name in (
                    "name",
                    "basis",
                    "calendar_code",
                    "prices",
                    "funds_yuan_kwh",
                    "capacity_yuan_kva",
                    "demand_yuan_kw",
                    "power_factor_standard",
                    "valid_from",
                    "source",
                )
            },
        )
        try:
            actions.add_version(tariff=tariff, by=access.staff(request), at=clock.now())
        except actions.VersionExists:
            form.add_error("valid_from", _("A version of this tariff begins on that very day already."))
        else:
            messages.success(
                request, _("%(name)s holds from %(day)s.") % {"name": tariff.name, "day": tariff.valid_from}
            )
            return redirect("billing:tariff", code)
    return render(request, "billing/tariff_add.html", {"section": "tariffs", "form": form, "latest": latest})


def _initial(latest: Tariff) -> dict[str, object]:
    names = ("name", "basis", "calendar_code", "funds_yuan_kwh", "capacity_yuan_kva", "demand_yuan_kw")
    start = {name: getattr(latest, name) for name in names}
    start["power_factor_standard"] = latest.power_factor_standard and f"{latest.power_factor_standard:.2f}"
    return start | {f"price_{band}": price for band, price in latest.prices.items()}
