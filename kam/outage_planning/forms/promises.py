"""Which period and unit promises are looked at for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit
from kam.lib.choices import offer
from kam.lib.typed import DayField

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LONGEST_DAYS = 1_100


class PeriodForm(forms.Form):
    """A period of whole days and a unit with all below."""

    days_from = DayField(label=_("From"), widget=DAY)
    days_until = DayField(label=_("Until, not included"), widget=DAY)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False, empty_label=_("all"))

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        days_from, days_until = given.get("days_from"), given.get("days_until")
        if days_from and days_until:
            if days_until <= days_from:
                self.add_error("days_until", _("The period must end after it begins."))
            elif (days_until - days_from).days > LONGEST_DAYS:
                self.add_error("days_until", _("At most three years are looked at together."))
        return given
