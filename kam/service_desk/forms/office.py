"""Forms behind the desk: periods of promises, new figures, mail, tokens."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit, User
from kam.service_desk.forms.requests import KINDS

DAY = forms.DateInput({"type": "date"}, "%Y-%m-%d")


class PeriodForm(forms.Form):
    """Which days and which unit the page is about."""

    days_from = forms.DateField(label=_("From"), widget=DAY)
    days_until = forms.DateField(label=_("Until, not included"), widget=DAY)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first, until = given.get("days_from"), given.get("days_until")
        if first and until and until <= first:
            self.add_error("days_until", _("The period must end after it begins."))
        return given


class FigureForm(forms.Form):
    """A new figure of one promise, from a day, with its source."""

    figure = forms.IntegerField(label=_("New figure"), min_value=1, max_value=100_000)
    valid_from = forms.DateField(label=_("Holds from"), widget=DAY)
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("Which clause, notice or decision says so, with its date.")
    )

    def __init__(self, *args: Any, after: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.after = after

    def clean_valid_from(self) -> date:
        """Return the day; what held, held."""
        day: date = self.cleaned_data["valid_from"]
        if day <= self.after:
            raise forms.ValidationError(_("It must begin after the present figure did."), code="early")
        return day


class ClaimForm(forms.Form):
    """Whose mail it is."""

    account_no = forms.CharField(label=_("Account number"), max_length=32)
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)


class TokenForm(forms.Form):
    """Another system that comes in by API."""

    name = forms.CharField(label=_("Name of the system"), max_length=60)
    acts_for = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Speaks for"),
        help_text=_("It sees and does what this person sees and may. Without a person it only hands requests in."),
        required=False,
        empty_label=_("nobody: requests only"),
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["acts_for"].queryset = people  # type: ignore[attr-defined]
