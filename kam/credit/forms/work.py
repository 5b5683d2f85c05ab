"""Filters of credit's lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit
from kam.lib.choices import offer

AUTO = {"data-autosubmit": "1"}


class GradesForm(forms.Form):
    """The list of grades."""

    q = forms.CharField(label=_("Name or number"), required=False, max_length=60)
    grade = forms.CharField(label=_("Grade"), required=False, max_length=4)
    unit = forms.ModelChoiceField(label=_("Unit with all below"), queryset=Unit.objects.none(), required=False)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units)
