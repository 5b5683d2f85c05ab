"""A visit or a series from text to what the actions take."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Contact
from kam.core.models import User
from kam.lib.choices import offer
from kam.lib.typed import DayField, MomentField
from kam.visits.models import Purpose, VisitSeries
from kam.visits.rules.series import Step, dates_of

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 900}, format="%Y-%m-%dT%H:%M")
LENGTHS = [(30, _("30 minutes")), (60, _("1 hour")), (90, _("1½ hours")), (120, _("2 hours")), (240, _("half a day"))]


class TimeForm(forms.Form):
    """When a visit is to be."""

    starts_at = MomentField(label=_("When"), widget=MOMENT)
    minutes = forms.TypedChoiceField(label=_("How long"), choices=LENGTHS, coerce=int, initial=60)

    @property
    def ends_at(self) -> Any:
        return self.cleaned_data["starts_at"] + timedelta(minutes=self.cleaned_data["minutes"])


class PlanForm(TimeForm):
    """A visit to one account; with a step it returns."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices)
    note = forms.CharField(
        label=_("What about"), max_length=300, required=False, help_text=_("Told to the customer, in a few words")
    )
    contacts = forms.ModelMultipleChoiceField(
        label=_("Whom to meet"),
        queryset=Contact.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    colleagues = forms.ModelMultipleChoiceField(
        label=_("Who comes along"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )
    place = forms.CharField(label=_("Where, if not at the account's address"), max_length=200, required=False)
    step = forms.ChoiceField(
        label=_("Returns"), required=False, choices=[("", _("once only")), *VisitSeries.Step.choices]
    )
    every = forms.IntegerField(label=_("Every so many weeks or months"), min_value=1, max_value=24, required=False)
    until_day = DayField(label=_("Before the day"), widget=DAY, required=False)
    exceptions = forms.CharField(
        label=_("But not on"), max_length=600, required=False, help_text=_("Dates, as 2026-10-01 2027-02-17")
    )

    def __init__(self, *args: Any, contacts: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "contacts", contacts)
        offer(self, "colleagues", colleagues)

    def clean_exceptions(self) -> list[date]:
        words = str(self.cleaned_data["exceptions"]).replace(",", " ").replace("，", " ").replace("、", " ").split()
        try:
            return [date.fromisoformat(word) for word in words]
        except ValueError as error:
            raise forms.ValidationError(_("Write dates as 2026-10-01, with a space between two.")) from error

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        step, starts_at = given.get("step"), given.get("starts_at")
        if not step:
            return given
        for name in ("every", "until_day"):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, _("A series needs this."))
        every, until_day = given.get("every"), given.get("until_day")
        if starts_at and every and until_day and "exceptions" in given:
            first = starts_at.date()
            if until_day > first + timedelta(days=3 * 366):
                self.add_error("until_day", _("A series is planned for three years at most."))
            elif not dates_of(first, until_day, Step(step), every, given["exceptions"]):
                self.add_error("until_day", _("No date of the series is left."))
        return given


class MoveForm(TimeForm):
    """Another time for a visit."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Needed where the customer was told")
    )


class ReasonForm(forms.Form):
    """Why a visit is cancelled."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=300)


class WordsForm(forms.Form):
    """A question back, or the answer to it."""

    text = forms.CharField(label=_("Text"), min_length=2, max_length=500)


class ProposalForm(forms.Form):
    """Another time that the customer would rather have."""

    starts_at = MomentField(label=_("A time that suits you"), widget=MOMENT)
    note = forms.CharField(label=_("Anything to add"), max_length=200, required=False)
