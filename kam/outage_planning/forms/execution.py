"""What is noted on site: it has begun, supply is back at these points, it takes longer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.lib.choices import offer
from kam.lib.typed import MomentField
from kam.network.models import Line
from kam.outage_planning.models import LostPoint

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class BeginForm(forms.Form):
    """Since when the lines are dead."""

    really_at = MomentField(label=_("Dead since"), widget=MOMENT)


class RestoreForm(forms.Form):
    """Where supply is back, and since when."""

    lines = forms.ModelMultipleChoiceField(queryset=Line.objects.none(), required=False)
    points = forms.ModelMultipleChoiceField(queryset=LostPoint.objects.none(), required=False)
    back_at = MomentField(label=_("Supply back since"), widget=MOMENT)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, lines: Any = None, points: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if lines is not None:
            offer(self, "lines", lines)
            offer(self, "points", points)


class ExtendForm(forms.Form):
    """Until when it takes longer, and why: everybody concerned is told."""

    ends_at = MomentField(label=_("Supply expected"), widget=MOMENT)
    reason = forms.CharField(label=_("Reason told to customers"), min_length=4, max_length=300)


class NewsForm(forms.Form):
    """What is known by now of a fault, for everybody who is still without supply."""

    text = forms.CharField(label=_("News"), min_length=4, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    expected_at = MomentField(label=_("Supply expected"), widget=MOMENT)
