"""Forms of texts and robots."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.lib import clock
from kam.lib.typed import DayField
from kam.notifications.actions.wording import is_robot
from kam.notifications.rules.first_texts import places_of
from kam.notifications.rules.texts import BadText, Form, places


class TemplateForm(forms.Form):
    """A new version of one text."""

    subject = forms.CharField(label=_("subject"), max_length=200, required=False)
    text = forms.CharField(label=_("text"), max_length=4000, widget=forms.Textarea({"rows": 8}))
    valid_from = DayField(label=_("holds from"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, key: str, form: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key
        if form == Form.LONG:
            self.fields["subject"].required = True
        else:
            del self.fields["subject"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("subject", "text"):
            try:
                unknown = sorted(places(data.get(name) or "") - places_of(self.key))
            except BadText:
                self.add_error(name, _("A brace stands alone. Places look like {company}."))
            else:
                if unknown:
                    self.add_error(name, _("Nobody fills these places: %(places)s.") % {"places": ", ".join(unknown)})
        data.setdefault("subject", "")
        return data

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day < clock.today():
            raise forms.ValidationError(_("What was sent, was sent. Take today or a later day."), code="past")
        return day


class RobotForm(forms.Form):
    """A robot in a work chat."""

    name = forms.CharField(label=_("name"), max_length=60, help_text=_("By this name messages are addressed to it."))
    url = forms.CharField(
        label=_("address"),
        max_length=400,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_(
            "wecombot://KEY, dingtalk://TOKEN, feishu://TOKEN. A secret: whoever has it can write to the chat."
        ),
    )
    active = forms.BooleanField(label=_("in use"), required=False, initial=True)

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            self.fields["url"].required = False
            self.fields["url"].help_text = _("Leave empty to keep the present one.")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        if url and not is_robot(url):
            raise forms.ValidationError(_("This is no address of a robot that is allowed here."), code="robot")
        return url
