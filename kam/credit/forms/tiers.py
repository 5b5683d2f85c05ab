"""Which day, compared with which, of which part of the company."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from kam.accounts.rules import industry
from kam.core.models import Unit
from kam.credit.forms.work import AUTO
from kam.lib.choices import offer


def _day(text: str) -> date:
    return date.fromisoformat(text)


class TiersForm(forms.Form):
    """The choice that all figures and charts of the page obey."""

    as_of = forms.TypedChoiceField(label=_("As of"), required=False, coerce=_day, empty_value=None)
    before = forms.TypedChoiceField(label=_("compared with"), required=False, coerce=_day, empty_value=None)
    unit = forms.ModelChoiceField(label=_("Unit with all below"), queryset=Unit.objects.none(), required=False)
    industry = forms.ChoiceField(label=_("Industry section"), required=False)

    def __init__(self, *args: Any, days: Sequence[date], units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(day.isoformat(), day.isoformat()) for day in days]
        offer(self, "as_of", offered)
        offer(self, "before", [("", _("a year before")), *offered[1:]])
        offer(self, "unit", units)
        chinese = str(get_language()).startswith("zh")
        offer(
            self,
            "industry",
            [
                ("", _("any")),
                *((code, f"{code} {industry.name_of(code, chinese=chinese)}") for code in industry.SECTIONS),
            ],
        )
        for field in self.fields.values():
            field.widget.attrs.update(AUTO)

    @property
    def scope_query(self) -> str:
        """Return the part of the company as a query string, for the lists behind the numbers."""
        query = QueryDict(mutable=True)
        for name in ("unit", "industry"):
            if self.data.get(name) and name not in self.errors:
                query[name] = str(self.data[name])
        return query.urlencode()

    @property
    def scope_words(self) -> str:
        """Return the part of the company in words."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        parts = [str(given["unit"])] if given.get("unit") else []
        if given.get("industry"):
            parts.append(industry.name_of(given["industry"], chinese=str(get_language()).startswith("zh")))
        return " · ".join(parts) or gettext("whole company within reach")
