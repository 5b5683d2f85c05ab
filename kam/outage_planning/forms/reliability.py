"""Which period and whose reliability."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit
from kam.lib.choices import offer
from kam.lib.typed import DayField
from kam.network.models import Line

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """A period of whole days, what of the company, and for how many customers."""

    days_from = DayField(label=_("From"), widget=DAY)
    days_until = DayField(label=_("Until, not included"), widget=DAY)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False, empty_label=_("all"))
    line = forms.ModelChoiceField(label=_("Line"), queryset=Line.objects.none(), required=False, empty_label=_("all"))
    account = forms.CharField(label=_("Account number"), max_length=32, required=False)
    served = forms.IntegerField(label=_("Customers served"), min_value=1)

    def __init__(self, *args: Any, units: Any, lines: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = accounts
        offer(self, "unit", units)
        offer(self, "line", lines)

    def clean_account(self) -> Any:
        number = self.cleaned_data["account"].strip()
        found = self.accounts.filter(account_no=number).first() if number else None
        if number and found is None:
            raise forms.ValidationError(_("There is no account of this number within your reach."))
        return found

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        days_from, days_until = given.get("days_from"), given.get("days_until")
        if days_from and days_until and days_until <= days_from:
            self.add_error("days_until", _("The period must end after it begins."))
        return given
