"""Symposia from text to what the actions take."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit
from kam.lib.choices import offer
from kam.lib.typed import DayField
from kam.lib.uploads import ACCEPT
from kam.service_desk.models import KIND_LABELS
from kam.visits.forms.plan import DAY, TimeForm


class SymposiumForm(TimeForm):
    """What it is about, when and where."""

    title = forms.CharField(label=_("Subject"), max_length=120)
    place = forms.CharField(label=_("Where"), max_length=200)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())
    agenda = forms.CharField(
        label=_("Agenda"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    field_order = ["title", "starts_at", "minutes", "place", "unit", "agenda"]

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units)


class GuestsForm(forms.Form):
    """Account numbers or a whole group of importance."""

    numbers = forms.CharField(
        label=_("Account numbers"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("With spaces, commas or new lines between"),
    )
    importance = forms.ChoiceField(label=_("Or all of one importance"), required=False)

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "importance", [("", "–"), *choices])

    def clean_numbers(self) -> list[str]:
        text = str(self.cleaned_data["numbers"])
        for mark in ",，、;；":
            text = text.replace(mark, " ")
        return text.split()


class HoldForm(forms.Form):
    """What was said."""

    minutes = forms.CharField(label=_("Minutes"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8}))


class MaterialForm(forms.Form):
    """A file for those who come."""

    file = forms.FileField(label=_("Material"), widget=forms.FileInput(attrs={"accept": ACCEPT}))


class RequestForm(forms.Form):
    """What a guest asked for."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, label) for kind, label in KIND_LABELS.items()])
    text = forms.CharField(label=_("What they asked for"), max_length=2000)
    due = DayField(label=_("Answer promised by"), widget=DAY, required=False)


class AnswerForm(forms.Form):
    """The customer's answer to an invitation."""

    coming = forms.ChoiceField(choices=[("yes", _("We come")), ("no", _("We cannot come"))])
    people = forms.IntegerField(label=_("How many of you"), min_value=1, max_value=50, required=False)
    note = forms.CharField(label=_("What should be talked about"), max_length=300, required=False)
