"""Forms of what people do by hand: reasons, calls, paper, another way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.lib import clock
from kam.lib.typed import MomentField
from kam.notifications.models import CHANNEL_LABELS
from kam.notifications.rules.addresses import BadAddress, normal
from kam.notifications.rules.states import Channel

INSTANT = "%Y-%m-%dT%H:%M"


def instant_field(**options: Any) -> forms.DateTimeField:
    """Return a field for an instant in the company's zone."""
    return MomentField(
        widget=forms.DateTimeInput({"type": "datetime-local"}, INSTANT),
        input_formats=[INSTANT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        **options,
    )


class ReasonForm(forms.Form):
    """Why a person steps in; goes on the audit record."""

    reason = forms.CharField(label=_("reason"), min_length=4, max_length=200)


class OtherWayForm(ReasonForm):
    """Another way to the same person."""

    WAYS = (Channel.SMS, Channel.MAIL, Channel.CALL)

    channel = forms.ChoiceField(label=_("by"), choices=[(way.value, CHANNEL_LABELS[way]) for way in WAYS])
    address = forms.CharField(
        label=_("phone or mail address"), max_length=120, help_text=_("Stored encrypted, shown masked.")
    )
    field_order = ("channel", "address", "reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "channel" in data and "address" in data:
            try:
                data["address"] = normal(Channel(data["channel"]), data["address"])
            except BadAddress:
                self.add_error("address", _("This is no address for this way. Check the digits or the mail's domain."))
        return data


class CallForm(forms.Form):
    """What came of a call."""

    reached = forms.TypedChoiceField(
        label=_("what came of it"),
        choices=[("yes", _("reached, and told")), ("no", _("not reached"))],
        widget=forms.RadioSelect,
        coerce=lambda text: text == "yes",
    )
    answered_by = forms.CharField(label=_("who answered"), max_length=60, required=False)
    note = forms.CharField(label=_("note"), max_length=300, required=False, widget=forms.Textarea({"rows": 2}))
    again_at = instant_field(label=_("call again after"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reached") and not data.get("answered_by"):
            self.add_error("answered_by", _("Write down who answered: without a name it is no proof."))
        if data.get("reached") is False and not data.get("note"):
            self.add_error("note", _("Write down what happened: engaged, no answer, wrong number."))
        return data


class PaperForm(forms.Form):
    """The photo of a signed notice."""

    photo = forms.FileField(
        label=_("photo of the signed receipt"),
        widget=forms.ClearableFileInput({"accept": "image/jpeg,image/png,image/webp", "capture": "environment"}),
    )
    signed_by = forms.CharField(label=_("signed by"), max_length=60)
    signed_at = instant_field(label=_("signed at"))

    def clean_signed_at(self) -> datetime:
        at: datetime = self.cleaned_data["signed_at"]
        if at > clock.now():
            raise forms.ValidationError(_("This is in the future. Write when it was signed."), code="future")
        return at
