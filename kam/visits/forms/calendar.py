"""Another time, as the calendar sends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.lib.typed import MomentField
from kam.visits.forms.plan import MOMENT


class PlaceForm(forms.Form):
    """From and until."""

    starts_at = MomentField(label=_("From"), widget=MOMENT)
    ends_at = MomentField(label=_("Until"), widget=MOMENT)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("starts_at"), given.get("ends_at")
        if start and end and not timedelta(0) < end - start <= timedelta(days=1):
            self.add_error("ends_at", _("A visit ends after it begins, within a day."))
        return given
