"""Forms of crews and of what they record on the spot."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit, User
from kam.lib.choices import offer
from kam.lib.typed import MomentField
from kam.outage_planning.models import Crew
from kam.service_desk.forms.applications import PlaceForm


class CrewForm(forms.Form):
    """A crew with its base and its people."""

    code = forms.CharField(label=_("Code"), max_length=32)
    name = forms.CharField(label=_("Name"), max_length=80)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())
    base = forms.CharField(label=_("Base"), max_length=120)
    latitude = forms.FloatField(label=_("Latitude of the base"), min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("Longitude of the base"), min_value=-180, max_value=180)
    on_duty = forms.BooleanField(label=_("Goes out to faults now"), required=False, initial=True)
    members = forms.ModelMultipleChoiceField(
        label=_("People"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only they record what happens on the spot."),
    )

    def __init__(self, *args: Any, units: Any, people: Any, crew: Crew | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.crew = crew
        offer(self, "unit", units)
        offer(self, "members", people)


class SendForm(forms.Form):
    """Which crew goes."""

    crew = forms.ModelChoiceField(queryset=Crew.objects.none())

    def __init__(self, *args: Any, crews: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "crew", crews)


class SpotForm(PlaceForm):
    """Time and place of something on the spot, and the entry's own mark, all by the telephone."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    told_at = MomentField(required=False, widget=forms.HiddenInput)


class FinishForm(SpotForm):
    """What was wrong and what was done."""

    cause = forms.CharField(label=_("Cause"), max_length=120)
    result = forms.CharField(
        label=_("What was done"), widget=forms.Textarea({"rows": 3}), min_length=2, max_length=2000
    )


class SiteForm(forms.Form):
    """Where a fault is, on the map."""

    latitude = forms.FloatField(label=_("Latitude"), min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180)
