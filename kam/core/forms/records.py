"""Forms of rules in force and of the audit record."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.actions import kind_of
from kam.core.models import AUDIT_LABELS
from kam.lib.choices import offer
from kam.lib.typed import DayField


class RuleForm(forms.Form):
    """A new value of one rule, from a day, with its source."""

    value = forms.CharField(label=_("new value"), max_length=2000)
    valid_from = DayField(label=_("holds from"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    source = forms.CharField(
        label=_("source"), max_length=300, help_text=_("Which clause, notice or decision says so, with its date.")
    )

    def __init__(self, *args: Any, last_value: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind_of(last_value)
        if self.kind in ("list", "table"):
            self.fields["value"].widget = forms.Textarea({"rows": 6})
            self.fields["value"].help_text = _("JSON, of the same shape as the present value.")

    def clean_value(self) -> Any:
        """Return the value as the rule's kind: text as it is, anything else read as JSON."""
        text = str(self.cleaned_data["value"]).strip()
        if self.kind == "text":
            return text
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if value is None or kind_of(value) != self.kind:
            raise forms.ValidationError(_("This must be of the same kind as the present value."), code="kind")
        return value


class AuditFilter(forms.Form):
    """What the audit record is narrowed to."""

    by = forms.CharField(label=_("who (user name)"), max_length=150, required=False)
    account = forms.CharField(label=_("account number"), max_length=32, required=False)
    action = forms.ChoiceField(label=_("what"), required=False)
    since = DayField(label=_("from"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = DayField(label=_("to"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labelled = sorted(((code, label) for code, label in AUDIT_LABELS.items()), key=lambda pair: pair[0])
        offer(self, "action", [("", _("everything")), *labelled])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if isinstance(since, date) and isinstance(until, date) and until < since:
            self.add_error("until", _("The last day is before the first. Change one of them."))
        return data
