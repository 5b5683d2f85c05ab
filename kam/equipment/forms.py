"""Equipment and its tests, from text to values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.equipment.models import KIND_LABELS, RESULT_LABELS
from kam.lib.typed import DayField

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class EquipmentForm(forms.Form):
    """One piece of equipment."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[(one.value, label) for one, label in KIND_LABELS.items()])
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As it is called on site: transformer no. 1"))
    model = forms.CharField(label=_("Model"), max_length=80, required=False)
    serial = forms.CharField(label=_("Serial number"), max_length=60, required=False)
    maker = forms.CharField(label=_("Maker"), max_length=80, required=False)
    place = forms.CharField(label=_("Installed at"), max_length=80, required=False)
    installed_on = DayField(label=_("In use since"), widget=DAY, required=False)
    tested_on = DayField(label=_("Last tested"), widget=DAY, required=False)
    months = forms.IntegerField(
        label=_("Months between tests"),
        min_value=1,
        max_value=240,
        required=False,
        help_text=_("Empty: what the company asks for this kind."),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        installed, tested = given.get("installed_on"), given.get("tested_on")
        if tested and tested > self.today:
            self.add_error("tested_on", _("This day is still to come."))
        if installed and tested and tested < installed:
            self.add_error("tested_on", _("It was tested before it was in use. Look at both days."))
        return given


class TestForm(forms.Form):
    """A test that was made."""

    day = DayField(label=_("Day of the test"), widget=DAY)
    result = forms.ChoiceField(label=_("Result"), choices=[(one.value, label) for one, label in RESULT_LABELS.items()])
    tester = forms.CharField(label=_("Who tested"), max_length=80, required=False)
    note = forms.CharField(label=_("Finding"), max_length=300, required=False)


class RemoveForm(forms.Form):
    """When it went out of use."""

    day = DayField(label=_("Out of use since"), widget=DAY)
