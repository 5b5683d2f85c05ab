"""Forms of the desk and of a request's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.accounts.models import Contact
from kam.accounts.rules.contact_text import is_phone, normal_phone
from kam.core.models import User
from kam.lib.choices import offer
from kam.lib.uploads import ACCEPT, Accepted, RefusedFile, accept
from kam.service_desk.models import KIND_LABELS, PLACE_LABELS, Note, Pause
from kam.service_desk.rules.lifecycle import Kind

KINDS = [(kind.value, label) for kind, label in KIND_LABELS.items()]
PLACES = [(place.value, label) for place, label in PLACE_LABELS.items()]
REFUSALS = {
    "empty": _("The file is empty."),
    "size": _("The file is larger than 15 MB."),
    "kind": _("Files of this kind are not taken. Send PDF, pictures, XLSX, DOCX, CSV or TXT."),
    "damaged": _("The file is damaged, or is not what its name says."),
    "bomb": _("The file unpacks to more than is allowed."),
    "macros": _("The file has macros or scripts in it. Save it without them."),
    "hidden": _("Something else is hidden in the file. Save it anew and send that."),
    "pixels": _("The picture has more than 40 million pixels."),
}


def refusal_words(refused: RefusedFile) -> str:
    """Say why a file is not taken and what to do."""
    return str(REFUSALS[refused.code])


class CheckedFile(forms.FileField):
    """A file that `kam.lib.uploads` accepts; cleans to `Accepted`."""

    widget = forms.ClearableFileInput({"accept": ACCEPT})

    def clean(self, data: Any, initial: Any = None) -> Accepted | None:
        given = super().clean(data, initial)
        if not given:
            return None
        try:
            return accept(given.name, given.read())
        except RefusedFile as refused:
            raise forms.ValidationError(refusal_words(refused), code=refused.code) from refused


class TakeForm(forms.Form):
    """A request as it is told: by telephone, in the room, in a letter."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    text = forms.CharField(label=_("What is asked for"), widget=forms.Textarea({"rows": 5}), max_length=5000)
    title = forms.CharField(
        label=_("In short"), max_length=120, required=False, help_text=_("Empty: the first sentence.")
    )
    contact = forms.ModelChoiceField(label=_("Who calls"), queryset=Contact.objects.none(), required=False)
    caller_name = forms.CharField(label=_("Somebody else"), max_length=60, required=False)
    phone = forms.CharField(label=_("Number to call back"), max_length=30, required=False)
    place = forms.ChoiceField(label=_("Where the fault is"), choices=[("", "–"), *PLACES], required=False)
    site = forms.CharField(label=_("Address of the fault"), max_length=200, required=False)
    owner = forms.ModelChoiceField(
        label=_("Who deals with it"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("Empty: I do. I stay answerable for it in any case."),
    )

    def __init__(self, *args: Any, contacts: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "contact", contacts)
        offer(self, "owner", people)
        if not self.is_bound:
            self.fields["kind"].widget.attrs["autofocus"] = True  # the caller is found: go on by keyboard

    def clean_phone(self) -> str:
        """Return the number; refuse what cannot be one."""
        text = str(self.cleaned_data["phone"])
        if text and not is_phone(normal_phone(text)):
            raise forms.ValidationError(_("This cannot be a telephone number."), code="phone")
        return text

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == Kind.FAULT and not given.get("place"):
            self.add_error("place", _("Say whether it is town, country or a remote area: the promise depends on it."))
        return given


class NoteForm(forms.Form):
    """What was done or heard."""

    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[
            (Note.Kind.NOTE, Note.Kind.NOTE.label),
            (Note.Kind.CONTACT, Note.Kind.CONTACT.label),
            (Note.Kind.CUSTOMER, Note.Kind.CUSTOMER.label),
        ],
    )
    text = forms.CharField(label=_("Text"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class AnswerForm(forms.Form):
    """The answer that the customer is given."""

    answer = forms.CharField(label=_("Answer"), widget=forms.Textarea({"rows": 5}), max_length=5000)
    send_link = forms.BooleanField(
        label=_("Send the customer a page to read it and rate it"), required=False, initial=True
    )


class PersonForm(forms.Form):
    """A colleague, and why or for what."""

    user = forms.ModelChoiceField(label=_("Colleague"), queryset=User.objects.none())
    reason = forms.CharField(label=_("Why, or what for"), min_length=2, max_length=200)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "user", people)


class OwnerForm(forms.Form):
    """Who a new request goes to."""

    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", people)


class DecideForm(forms.Form):
    """Accept a handover, or say why not."""

    accept = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])
    answer = forms.CharField(max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("accept") == "0" and not given.get("answer", "").strip():
            self.add_error("answer", _("Say why you do not take it over."))
        return given


class PauseForm(forms.Form):
    """Why time stands still, and what is waited for."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Pause.Reason.choices)
    text = forms.CharField(label=_("What is waited for"), min_length=2, max_length=300)


class TextForm(forms.Form):
    """One text that an action needs: a reason, what was done."""

    text = forms.CharField(label=_("Text"), min_length=2, max_length=1000)


class CallForm(forms.Form):
    """What the customer said when called back."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        widget=forms.RadioSelect,
        choices=[
            ("content", _("reached, content")),
            ("not_content", _("reached, not content: open it again")),
            ("not_reached", _("not reached")),
        ],
    )
    stars = forms.TypedChoiceField(
        label=_("Rating"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "–"), *[(n, "★" * n) for n in range(5, 0, -1)]],
    )
    words = forms.CharField(
        label=_("In the customer's words"), widget=forms.Textarea({"rows": 2}), max_length=500, required=False
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("outcome") == "content" and not given.get("stars"):
            self.add_error("stars", _("Ask for the rating, one to five."))
        if given.get("outcome") == "not_content" and not given.get("words", "").strip():
            self.add_error("words", _("Write down why the customer is not content."))
        return given


class FileForm(forms.Form):
    """One file of a request."""

    file = CheckedFile(label=_("File"), help_text=_("PDF, pictures, XLSX, DOCX, CSV or TXT, up to 15 MB."))


class NumberForm(forms.Form):
    """The number of another request."""

    number = forms.CharField(label=_("Number of the other request"), max_length=20)


class FindForm(forms.Form):
    """What to look for among the things of an account."""

    q = forms.CharField(max_length=60, required=False)


class AboutForm(forms.Form):
    """The thing that a request is about, as a reference."""

    ref = forms.CharField(
        label=_("What it is about"), max_length=80, error_messages={"required": _("Choose one of the things below.")}
    )


class CannedForm(forms.Form):
    """A text that is written often."""

    title = forms.CharField(label=_("Title"), max_length=60)
    kind = forms.ChoiceField(
        label=pgettext_lazy("of a text", "For"), choices=[("", _("every kind")), *KINDS], required=False
    )
    text = forms.CharField(label=_("Text"), widget=forms.Textarea({"rows": 4}), max_length=2000)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)
