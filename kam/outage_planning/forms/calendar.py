"""Another time for a draft, as the calendar sends it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.lib.typed import MomentField
from kam.outage_planning.forms.planning import LONGEST, MOMENT


class PlaceForm(forms.Form):
    """When a draft is to be."""

    starts_at = MomentField(label=_("From"), widget=MOMENT)
    ends_at = MomentField(label=_("Until"), widget=MOMENT)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("starts_at"), given.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("The outage must end after it begins."))
        elif start and end and end - start > LONGEST:
            self.add_error("ends_at", _("An outage of over 31 days is planned as several."))
        return given
