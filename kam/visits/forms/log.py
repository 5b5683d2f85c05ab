"""What came of a visit: the form on the phone, filled in within a minute, sent once or several times."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import uuid
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Contact
from kam.core.models import User
from kam.lib.choices import offer
from kam.lib.typed import DayField, MomentField
from kam.service_desk.models import KIND_LABELS
from kam.visits.actions.log import Entry
from kam.visits.actions.on_the_spot import MOST_PHOTOS, Place
from kam.visits.models import Purpose, Topic

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
SATISFACTION = [
    (5, _("5 very content")),
    (4, _("4 content")),
    (3, _("3 neither")),
    (2, _("2 not content")),
    (1, _("1 angry")),
]
SIGNATURE = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=]+)\Z")
SIGNATURE_LENGTH = 400_000


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files in one field, each checked as one."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, (list, tuple)) else [data]
        return [one for one in (super(FilesField, self).clean(file, initial) for file in files) if one]


class PlaceForm(forms.Form):
    """Where the phone is. Coordinates count only with the person's consent; nonsense is as good as none."""

    consent = forms.BooleanField(label=_("Note where I am"), required=False)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    accuracy = forms.FloatField(required=False, min_value=0, max_value=1_000_000, widget=forms.HiddenInput)
    arrived_at = MomentField(required=False, widget=forms.HiddenInput)

    @property
    def place(self) -> Place | None:
        given = self.cleaned_data
        if not given.get("consent") or given.get("latitude") is None or given.get("longitude") is None:
            return None
        return Place(given["latitude"], given["longitude"], round(given.get("accuracy") or 0))


class LogForm(PlaceForm):
    """The entry. `uid` is made where it is filled in; the same one twice is stored once."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    day = DayField(label=_("When it was"), widget=DAY)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices)
    contacts = forms.ModelMultipleChoiceField(
        label=_("Whom we met"), queryset=Contact.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    others = forms.CharField(
        label=_("Others of the customer"), max_length=200, required=False, help_text=_("Names, with a comma between")
    )
    colleagues = forms.ModelMultipleChoiceField(
        label=_("Who came along"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 3}),
    )
    satisfaction = forms.TypedChoiceField(
        label=_("How content they are"),
        choices=SATISFACTION,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    photos = FilesField(
        label=_("Photos"),
        required=False,
        widget=ManyFiles(attrs={"multiple": True, "accept": "image/*", "capture": "environment"}),
    )
    signature = forms.CharField(required=False, max_length=SIGNATURE_LENGTH, widget=forms.HiddenInput)
    request_kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[(kind.value, label) for kind, label in KIND_LABELS.items()]
    )
    request_text = forms.CharField(
        label=_("What they asked for"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Becomes a request with an owner and a deadline"),
    )
    request_due = DayField(label=_("Answer promised by"), widget=DAY, required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=300, required=False)
    next_step_day = DayField(label=_("By"), widget=DAY, required=False)

    def __init__(self, *args: Any, contacts: Any, colleagues: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        offer(self, "contacts", contacts)
        offer(self, "colleagues", colleagues)
        for topic in Topic:
            self.fields[f"topic_{topic.value}"] = forms.CharField(
                label=topic.label, max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    @property
    def topics(self) -> list[forms.BoundField]:
        return [self[f"topic_{topic.value}"] for topic in Topic]

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError(_("A visit is written down once it has taken place. Choose today or before."))
        return day

    def clean_photos(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["photos"]
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(_("Twelve photos are kept at most. Take some out."))
        return files

    def clean_signature(self) -> bytes:
        text = str(self.cleaned_data["signature"])
        found = SIGNATURE.match(text)
        if not found:
            return b""
        try:
            return base64.b64decode(found[1], validate=True)
        except binascii.Error:
            return b""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("request_text") and not given.get("request_kind"):
            self.add_error("request_kind", _("Say what kind of request it is."))
        said = [given.get(f"topic_{topic.value}") for topic in Topic]
        if not any(said) and not given.get("request_text") and not given.get("next_step"):
            self.add_error(None, _("Write down at least one thing that was said, asked for or agreed."))
        return given

    def entry(self, *, arrived_at: datetime | None = None) -> Entry:
        """Return what the action takes."""
        given = self.cleaned_data
        names = str(given["others"]).replace("，", ",").replace("、", ",").split(",")
        return Entry(
            uid=given["uid"],
            day=given["day"],
            purpose=given["purpose"],
            colleagues=list(given["colleagues"]),
            contacts=list(given["contacts"]),
            others=[name.strip()[:60] for name in names if name.strip()][:12],
            topics={topic.value: given[f"topic_{topic.value}"].strip() for topic in Topic},
            satisfaction=given["satisfaction"],
            next_step=given["next_step"].strip(),
            next_step_day=given["next_step_day"],
            arrived_at=arrived_at,
        )


def photo_uid(entry: uuid.UUID, data: bytes) -> uuid.UUID:
    """Return the mark of a picture that has none of its own: the same picture of the same entry is stored once."""
    return uuid.uuid5(entry, hashlib.sha256(data).hexdigest())
