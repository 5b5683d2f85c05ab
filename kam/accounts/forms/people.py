"""Contacts of an account and the staff who hold it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Assignment, Contact
from kam.accounts.rules.contact_text import is_phone, normal_phone
from kam.core.models import User
from kam.lib.choices import offer
from kam.lib.typed import DayField

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ContactForm(forms.Form):
    """A person at the customer. On an edit an empty phone or mail keeps what is stored, which is never shown here."""

    name = forms.CharField(label=_("Name"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=Contact.Role.choices)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    mail = forms.CharField(label=_("Mail"), max_length=120, required=False, validators=[EmailValidator()])
    channel = forms.ChoiceField(label=_("Preferred channel"), choices=Contact.Channel.choices)
    language = forms.ChoiceField(label=_("Language"), choices=[("zh-hans", "中文"), ("en", "English")])
    consent_at = DayField(
        label=_("Consented on"),
        required=False,
        widget=DAY,
        help_text=_("The day on which the person agreed to be contacted"),
    )

    def __init__(self, *args: Any, stored: Contact | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stored is not None:
            for name, hint in (("phone", stored.phone_last4), ("mail", stored.mail_hint)):
                if hint:
                    self.fields[name].help_text = _("Stored: %(hint)s. Leave empty to keep it.") % {"hint": hint}
                    self.fields[f"drop_{name}"] = forms.BooleanField(
                        label=_("Remove the stored phone") if name == "phone" else _("Remove the stored mail"),
                        required=False,
                    )

    def clean_phone(self) -> str:
        phone = normal_phone(self.cleaned_data["phone"])
        if self.cleaned_data["phone"] and not is_phone(phone):
            raise ValidationError(_("A phone number has 5 to 20 digits."))
        return phone

    def replacement(self, name: str) -> str | None:
        """Return what is to be stored as phone or mail; None keeps what is stored."""
        if self.cleaned_data.get(f"drop_{name}"):
            return ""
        return self.cleaned_data[name] or None


class RevealForm(forms.Form):
    """Why a person looks at a phone number or mail address."""

    field = forms.ChoiceField(choices=[("phone", _("Phone")), ("mail", _("Mail"))])
    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=200)


class TeamForm(forms.Form):
    """Who holds one part of an account from which day on."""

    part = forms.ChoiceField(label=_("Part"), choices=Assignment.Part.choices)
    user = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none(), required=False)
    held_from = DayField(label=_("From"), widget=DAY)

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "user", staff)
        self.fields["user"].empty_label = _("nobody")  # type: ignore[attr-defined]


class HandoverForm(forms.Form):
    """All accounts of one person go to another."""

    giver = forms.ModelChoiceField(label=_("From whom"), queryset=User.objects.none())
    taker = forms.ModelChoiceField(label=_("To whom"), queryset=User.objects.none())
    part = forms.ChoiceField(label=_("Part"), choices=Assignment.Part.choices)
    held_from = DayField(
        label=_("From the day"), widget=DAY, help_text=_("A day to come is planned and takes effect by itself.")
    )

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("giver", "taker"):
            offer(self, name, staff)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("giver") and given.get("giver") == given.get("taker"):
            self.add_error("taker", _("This person holds the accounts already."))
        return given
