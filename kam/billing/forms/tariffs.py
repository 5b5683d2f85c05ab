"""A new version of a tariff."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.billing.models import Tariff
from kam.lib.choices import offer
from kam.lib.typed import DayField
from kam.metering.rules.tou import Band
from kam.metering.templatetags.readings import BANDS


class TariffForm(forms.Form):
    """Prices from a day on; a band without a price does not occur in the tariff."""

    name = forms.CharField(label=_("name"), max_length=120)
    valid_from = DayField(label=_("holds from"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    basis = forms.ChoiceField(label=_("basis"), choices=Tariff.Basis)
    calendar_code = forms.ChoiceField(label=_("time-of-use calendar"), required=False)
    funds_yuan_kwh = forms.DecimalField(
        label=_("government funds, yuan/kWh"),
        min_value=0,
        max_digits=10,
        decimal_places=8,
        help_text=_("Part of the prices above; left out of the power-factor adjustment."),
    )
    capacity_yuan_kva = forms.DecimalField(
        label=_("capacity price, yuan/kVA and month"), required=False, min_value=0, max_digits=8, decimal_places=4
    )
    demand_yuan_kw = forms.DecimalField(
        label=_("demand price, yuan/kW and month"), required=False, min_value=0, max_digits=8, decimal_places=4
    )
    power_factor_standard = forms.TypedChoiceField(
        label=_("power-factor standard"),
        required=False,
        coerce=Decimal,
        empty_value=None,
        choices=[("", _("not assessed")), ("0.90", "0.90"), ("0.85", "0.85"), ("0.80", "0.80")],
    )
    source = forms.CharField(
        label=_("source"), max_length=300, help_text=_("Which clause, notice or decision says so, with its date.")
    )

    def __init__(self, *args: Any, calendar_codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "calendar_code", [("", "–"), *((code, code) for code in calendar_codes)])
        for band in Band:
            self.fields[f"price_{band.value}"] = forms.DecimalField(
                label=_("price %(band)s, yuan/kWh") % {"band": BANDS[band.value]},
                required=False,
                min_value=0,
                max_digits=12,
                decimal_places=8,
            )
        self.order_fields(["name", "valid_from", "basis", "calendar_code", *(f"price_{band.value}" for band in Band)])

    def clean(self) -> dict[str, Any]:
        """See that there is a price, and that a two-part tariff has its second part."""
        data = super().clean() or self.cleaned_data
        data["prices"] = {
            band.value: str(price.normalize() if price == price.to_integral() else price)
            for band in Band
            if (price := data.get(f"price_{band.value}")) is not None
        }
        if not data["prices"]:
            raise forms.ValidationError(_("Give the price of at least one band."))
        two_part = data.get("basis") == Tariff.Basis.TWO_PART
        if two_part and data.get("capacity_yuan_kva") is None and data.get("demand_yuan_kw") is None:
            self.add_error("capacity_yuan_kva", _("A two-part tariff has a capacity or a demand price."))
        return data
