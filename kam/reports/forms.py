"""Periods and batches as people type them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit
from kam.lib.choices import offer
from kam.lib.typed import DayField


class PeriodForm(forms.Form):
    """First and last day; the last day is included, as people speak, and `period_until` is the day after it."""

    first = DayField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = DayField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first. Choose a later one."))
        return cleaned

    @property
    def period(self) -> tuple[date, date]:
        """The half-open period; only after the form is valid."""
        return self.cleaned_data["first"], self.cleaned_data["last"] + timedelta(days=1)


class OrderForm(PeriodForm):
    """A report to be written."""

    language = forms.ChoiceField(label=_("Language of the report"), choices=settings.LANGUAGES)


class BatchForm(forms.Form):
    """Reports of a unit and month."""

    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())
    month = DayField(
        label=_("Month"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        help_text=_("For example 2026-10"),
    )
    language = forms.ChoiceField(label=_("Language of the report"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units)
