"""Forms of business applications."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Contact
from kam.core.models import User
from kam.lib.choices import offer
from kam.lib.typed import DayField, MomentField
from kam.network.models import Line
from kam.service_desk.forms.requests import CheckedFile
from kam.service_desk.models import APPLICATION_LABELS, SUPPLY_LABELS
from kam.service_desk.rules.applications import BUILDING, Kind
from kam.service_desk.rules.promises import Supply

DAY = forms.DateInput({"type": "date"}, "%Y-%m-%d")
MOMENT = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")


class ApplicationForm(forms.Form):
    """What the customer applies for."""

    kind = forms.ChoiceField(
        label=_("Kind of application"), choices=[(one.value, label) for one, label in APPLICATION_LABELS.items()]
    )
    supply = forms.ChoiceField(
        label=_("Supply"),
        choices=[("", _("as the kind says")), *((one.value, label) for one, label in SUPPLY_LABELS.items())],
        required=False,
        help_text=_("The workdays promised depend on it."),
    )
    kva_before = forms.DecimalField(
        label=_("Capacity so far (kVA)"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    kva_wanted = forms.DecimalField(
        label=_("Capacity wanted (kVA)"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    wanted_from = DayField(label=_("Wanted from"), widget=DAY, required=False)
    wanted_until = DayField(label=_("Wanted until, not included"), widget=DAY, required=False)
    contact = forms.ModelChoiceField(label=_("Who applies"), queryset=Contact.objects.none(), required=False)
    owner = forms.ModelChoiceField(
        label=_("Who deals with it"), queryset=User.objects.none(), required=False, help_text=_("Empty: I do.")
    )
    site = forms.CharField(label=_("Address of the site"), max_length=200, required=False)
    text = forms.CharField(label=_("What is asked for"), widget=forms.Textarea({"rows": 4}), max_length=5000)

    def __init__(self, *args: Any, contacts: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "contact", contacts)
        offer(self, "owner", people)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        kind = given.get("kind")
        building = kind in BUILDING
        if building and not given.get("kva_wanted"):
            self.add_error("kva_wanted", _("Say how much capacity is wanted."))
        if building and given.get("supply") in ("", Supply.CHANGE.value, None):
            self.add_error("supply", _("Choose the supply: the workdays promised depend on it."))
        if kind and not building:
            given["supply"] = Supply.CHANGE.value
        if kind == Kind.SUSPENSION and not given.get("wanted_from"):
            self.add_error("wanted_from", _("Say from when supply is suspended."))
        start, end = given.get("wanted_from"), given.get("wanted_until")
        if start and end and end <= start:
            self.add_error("wanted_until", _("The period must end after it begins."))
        elif kind == Kind.SUSPENSION and start and end and end - start < timedelta(days=15):
            self.add_error("wanted_until", _("A suspension lasts 15 days or more."))
        return given


class AppointmentForm(forms.Form):
    """When somebody comes for the survey."""

    starts_at = MomentField(label=_("From"), widget=MOMENT)
    ends_at = MomentField(label=_("Until"), widget=MOMENT)
    surveyor = forms.ModelChoiceField(label=_("Who comes"), queryset=User.objects.none())

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "surveyor", people)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("starts_at"), given.get("ends_at")
        if start and end and not timedelta(0) < end - start <= timedelta(hours=10):
            self.add_error("ends_at", _("The visit ends after it begins, on the same day."))
        return given


class PlaceForm(forms.Form):
    """Where the telephone is, filled in by the browser when the person agrees."""

    latitude = forms.FloatField(min_value=-90, max_value=90, required=False, widget=forms.HiddenInput)
    longitude = forms.FloatField(min_value=-180, max_value=180, required=False, widget=forms.HiddenInput)


class SurveyForm(PlaceForm):
    """What was found on the spot."""

    finding = forms.CharField(
        label=_("What was found"), widget=forms.Textarea({"rows": 4}), min_length=2, max_length=3000
    )


class SchemeForm(forms.Form):
    """One way to supply the customer."""

    title = forms.CharField(label=_("Scheme"), max_length=80)
    line = forms.ModelChoiceField(label=_("Line"), queryset=Line.objects.none(), required=False)
    voltage_kv = forms.DecimalField(label=_("Voltage (kV)"), min_value=0, max_digits=6, decimal_places=2)
    kva = forms.DecimalField(label=_("Capacity (kVA)"), min_value=0, max_digits=12, decimal_places=2)
    metering = forms.CharField(label=_("Metering"), max_length=120, required=False)
    cost_yuan = forms.DecimalField(
        label=_("Customer's cost (¥)"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    workdays = forms.IntegerField(label=_("Building time, workdays"), min_value=0, max_value=999, required=False)
    text = forms.CharField(label=_("Description"), widget=forms.Textarea({"rows": 3}), max_length=2000, required=False)

    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "line", lines)


class StepForm(forms.Form):
    """A step that is done."""

    code = forms.CharField(max_length=30)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class DocumentForm(forms.Form):
    """A document that came in: as a file, or on paper."""

    file = CheckedFile(label=_("File"), required=False)


class JudgeForm(forms.Form):
    """Whether a document is good, and what is missing."""

    accepted = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])
    note = forms.CharField(max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("accepted") == "0" and not given.get("note", "").strip():
            self.add_error("note", _("Say what is missing; all of it at once."))
        return given
