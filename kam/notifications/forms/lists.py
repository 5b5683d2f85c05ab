"""What the queue is narrowed to."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.lib.choices import offer
from kam.notifications.models import CHANNEL_LABELS, DELIVERY_LABELS


class QueueFilter(forms.Form):
    """Filters that stand in the address. Without a status: what is under way or stuck."""

    status = forms.ChoiceField(label=_("where it stands"), required=False)
    channel = forms.ChoiceField(label=_("channel"), required=False)
    account = forms.CharField(label=_("account number"), max_length=32, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        states = [(one.value, label) for one, label in DELIVERY_LABELS.items()]
        ways = [(one.value, label) for one, label in CHANNEL_LABELS.items()]
        offer(
            self,
            "status",
            [
                ("", _("under way or stuck")),
                ("ALL", _("everything")),
                *states,
            ],
        )
        offer(self, "channel", [("", _("every channel")), *ways])
