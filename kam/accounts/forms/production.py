"""Production plans and when an outage hurts, from text to rows."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import WEEKDAYS, OutagePreference, ProductionPlan
from kam.lib.typed import DayField

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class PreferenceForm(forms.Form):
    """Hours of weekdays, or of certain days, in which an outage hurts most or least."""

    level = forms.ChoiceField(label=_("An outage then"), choices=OutagePreference.Level.choices)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means every day."),
    )
    from_time = forms.TimeField(label=_("From (hour)"), widget=CLOCK, initial=time(0))
    until_time = forms.TimeField(
        label=_("Until (hour)"),
        widget=CLOCK,
        initial=time(0),
        help_text=_("00:00 is the end of the day; an hour before the first runs over midnight."),
    )
    days_from = DayField(label=_("Only from the day"), widget=DAY, required=False)
    days_until = DayField(label=_("Only before the day"), widget=DAY, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        _check_days(self, given)
        start, end = given.get("from_time"), given.get("until_time")
        if start is not None and end is not None:
            given["from_minute"] = start.hour * 60 + start.minute
            given["until_minute"] = end.hour * 60 + end.minute or 1440
            if given["from_minute"] == given["until_minute"]:
                self.add_error("until_time", _("The two hours must differ."))
        return given


class PlanForm(forms.Form):
    """What the customer is going to produce."""

    horizon = forms.ChoiceField(label=_("Horizon"), choices=ProductionPlan.Horizon.choices)
    days_from = DayField(label=_("From"), widget=DAY)
    days_until = DayField(label=_("Until, not included"), widget=DAY, required=False)
    load_change_kw = forms.DecimalField(
        label=_("Change of load (kW)"),
        required=False,
        max_digits=12,
        decimal_places=2,
        help_text=_("A minus sign means less load."),
    )
    bearing = forms.ChoiceField(
        label=_("Bearing on outages"), choices=ProductionPlan._meta.get_field("bearing").choices or []
    )
    text = forms.CharField(label=_("Plan"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 4}))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        _check_days(self, given)
        return given


def _check_days(form: forms.Form, given: dict[str, Any]) -> None:
    days_from, days_until = given.get("days_from"), given.get("days_until")
    if days_from and days_until and days_until <= days_from:
        form.add_error("days_until", _("The period must end after it begins."))
