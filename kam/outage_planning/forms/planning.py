"""Outages, exceptions, protected periods and searches for windows, from text to what actions take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit
from kam.lib.choices import offer
from kam.lib.typed import DayField, MomentField
from kam.network.models import Line, Substation
from kam.outage_planning.models import KINDS, Crew
from kam.outage_planning.rules.lifecycle import Kind

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 900}, format="%Y-%m-%dT%H:%M")
LONGEST = timedelta(days=31)


class OutageForm(forms.Form):
    """An outage: what for, which lines, from when until when, by whom."""

    # Calls and faults have forms of their own, which tell customers as they are sent.
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(code, label) for code, label in KINDS if code in (Kind.PLANNED, Kind.TEMPORARY)]
    )
    title = forms.CharField(label=_("What for"), max_length=120, help_text=_("Pole 12 of the first branch is replaced"))
    reason = forms.CharField(
        label=_("Reason told to customers"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    lines = forms.ModelMultipleChoiceField(
        label=_("Lines taken out"),
        queryset=Line.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_("What branches off a line goes out with it."),
    )
    substations = forms.ModelMultipleChoiceField(
        label=_("Or all lines of a substation"),
        queryset=Substation.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )
    starts_at = MomentField(label=_("From"), widget=MOMENT)
    ends_at = MomentField(label=_("Until"), widget=MOMENT)
    unit = forms.ModelChoiceField(label=_("Unit that is responsible"), queryset=Unit.objects.none())
    crew = forms.ModelChoiceField(label=_("Crew"), queryset=Crew.objects.none(), required=False)

    def __init__(self, *args: Any, lines: Any, substations: Any, units: Any, crews: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("lines", lines), ("substations", substations), ("unit", units), ("crew", crews)):
            offer(self, name, rows)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("starts_at"), given.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("The outage must end after it begins."))
        elif start and end and end - start > LONGEST:
            self.add_error("ends_at", _("An outage of over 31 days is planned as several."))
        if "lines" in given and not given["lines"] and not given.get("substations"):
            self.add_error("lines", _("Choose the lines that are taken out, or a substation."))
        return given


class ReasonForm(forms.Form):
    """Why something is cancelled or an exception is asked for."""

    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=300)


class WindowForm(forms.Form):
    """Between which days a better time is looked for."""

    days_from = DayField(label=_("From"), widget=DAY)
    days_until = DayField(label=_("Until, not included"), widget=DAY)
    hours = forms.DecimalField(label=_("Hours"), min_value=1, max_value=72, max_digits=4, decimal_places=1)
    first_hour = forms.IntegerField(label=_("Not before (hour)"), min_value=0, max_value=23, initial=6)
    last_hour = forms.IntegerField(label=_("Over by (hour)"), min_value=1, max_value=24, initial=22)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        days_from, days_until = given.get("days_from"), given.get("days_until")
        if days_from and days_until:
            if days_until <= days_from:
                self.add_error("days_until", _("The period must end after it begins."))
            elif (days_until - days_from).days > 120:
                self.add_error("days_until", _("At most 120 days are looked through at once."))
        return given


class PeriodForm(forms.Form):
    """The days in which drafts are placed."""

    days_from = DayField(label=_("From"), widget=DAY)
    days_until = DayField(label=_("Until, not included"), widget=DAY)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        days_from, days_until = given.get("days_from"), given.get("days_until")
        if days_from and days_until:
            if days_until <= days_from:
                self.add_error("days_until", _("The period must end after it begins."))
            elif (days_until - days_from).days > 120:
                self.add_error("days_until", _("At most 120 days are looked through at once."))
        return given


class MoveForm(forms.Form):
    """Another time for an outage that customers know of, and why."""

    starts_at = MomentField(label=_("From"), widget=MOMENT)
    ends_at = MomentField(label=_("Until"), widget=MOMENT)
    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=300)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("starts_at"), given.get("ends_at")
        if start and end and not timedelta(0) < end - start <= LONGEST:
            self.add_error("ends_at", _("The outage must end after it begins."))
        return given


class ProtectedForm(forms.Form):
    """Days in which supply is guarded."""

    name = forms.CharField(label=_("What for"), max_length=100)
    unit = forms.ModelChoiceField(label=_("Unit with all below"), queryset=Unit.objects.none())
    days_from = DayField(label=_("First day"), widget=DAY)
    days_until = DayField(label=_("Day after the last"), widget=DAY)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        days_from, days_until = given.get("days_from"), given.get("days_until")
        if days_from and days_until and days_until <= days_from:
            self.add_error("days_until", _("The period must end after it begins."))
        return given
