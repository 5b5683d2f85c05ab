"""Forms on an account's credit page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.credit.models import CONTEST_OUTCOMES, FACT_LABELS, MEASURE_LABELS, OUTSIDE_SIGNS
from kam.credit.rules.measures import MeasureKind
from kam.lib import clock
from kam.lib.choices import offer
from kam.lib.typed import DayField, MomentField

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=300)


class FactForm(forms.Form):
    """Conduct that no bill tells of."""

    kind = forms.ChoiceField(label=_("What"), choices=[(one.value, label) for one, label in FACT_LABELS.items()])
    day = DayField(label=_("On"), widget=DAY)
    weight = forms.TypedChoiceField(label=_("Weight"), choices=OUTSIDE_SIGNS, coerce=int, initial=1)
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("Report, register, court, newspaper: where it can be looked up.")
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > clock.today():
            raise forms.ValidationError(_("This day has not come yet."))
        return day


class OverrideForm(forms.Form):
    """Another grade for a time."""

    grade = forms.ChoiceField(label=_("Grade"))
    valid_from = DayField(label=_("From"), widget=DAY)
    valid_until = DayField(label=_("Until, not included"), widget=DAY)
    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=300)

    def __init__(self, *args: Any, grades: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "grade", [(one, one) for one in grades])


class MeasureForm(forms.Form):
    """A measure that the grade allows."""

    kind = forms.TypedChoiceField(label=_("Measure"), coerce=MeasureKind)
    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=300)
    agreement = forms.CharField(
        label=_("Contract or agreement"),
        max_length=120,
        required=False,
        help_text=_("Needed for fixed dates, acceptance bills and energy bought in advance: only by contract."),
    )

    def __init__(self, *args: Any, kinds: Sequence[MeasureKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "kind", [(one.value, MEASURE_LABELS[one]) for one in kinds])


class AnswerForm(forms.Form):
    """The decision on an objection, as the customer reads it."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=CONTEST_OUTCOMES)
    answer = forms.CharField(
        label=_("Answer to the customer"), min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class ContestForm(forms.Form):
    """A customer's objection."""

    said_by = forms.CharField(label=_("Your name"), max_length=60)
    text = forms.CharField(
        label=_("What is not right?"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )


class NoticeForm(forms.Form):
    """The time at which supply is to be cut."""

    cut_at = MomentField(label=_("Supply is cut at"), widget=MOMENT)

    def clean_cut_at(self) -> datetime:
        found: datetime = self.cleaned_data["cut_at"]
        return found


class WordForm(forms.Form):
    """One line that a step needs: who was told, which receipt, how."""

    word = forms.CharField(label=_("Who, which, how"), min_length=1, max_length=120)
