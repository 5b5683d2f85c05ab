"""What customers answer by link, and what colleagues note of a call, a visit, a try or a settlement."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.lib import clock
from kam.lib.typed import MomentField
from kam.lib.uploads import ACCEPT, Accepted, RefusedFile, accept
from kam.outage_planning.forms.planning import LONGEST, MOMENT
from kam.outage_planning.models import ACK_LABELS, RESULT_LABELS, SAID_LABELS, THROUGH_LABELS, TRY_LABELS, choices
from kam.outage_planning.rules.consulting import Said, Through, TryHow, TryResult, Window
from kam.outage_planning.rules.telling import AckHow

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
WINDOWS = 3


class CheckedFile(forms.FileField):
    """A file that `kam.lib.uploads` accepts; cleans to `Accepted`."""

    widget = forms.FileInput({"accept": ACCEPT})

    def clean(self, data: Any, initial: Any = None) -> Accepted | None:
        given = super().clean(data, initial)
        if not given:
            return None
        try:
            return accept(given.name, given.read())
        except RefusedFile as refused:
            raise forms.ValidationError(str(REFUSALS[refused.code]), code=refused.code) from refused


class AnswerForm(forms.Form):
    """One answer: agree, other times (up to three), or an objection with its reason."""

    said = forms.ChoiceField(label=_("Answer"), choices=choices(SAID_LABELS), widget=forms.RadioSelect)
    from_1 = MomentField(label=_("First time, from"), widget=MOMENT, required=False)
    until_1 = MomentField(label=_("First time, until"), widget=MOMENT, required=False)
    from_2 = MomentField(label=_("Second time, from"), widget=MOMENT, required=False)
    until_2 = MomentField(label=_("Second time, until"), widget=MOMENT, required=False)
    from_3 = MomentField(label=_("Third time, from"), widget=MOMENT, required=False)
    until_3 = MomentField(label=_("Third time, until"), widget=MOMENT, required=False)
    reason = forms.CharField(
        label=_("Why no outage is possible then"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    comment = forms.CharField(
        label=_("Anything we should know"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    attachment = CheckedFile(label=_("Picture or paper"), required=False)
    answered_by = forms.CharField(label=_("Your name"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        said = given.get("said")
        given["windows"] = self._windows(given) if said == Said.OTHER else []
        if said == Said.OTHER and not given["windows"] and not self.errors:
            self.add_error("from_1", _("Write at least one time that suits you, from and until."))
        if said == Said.OBJECT and not str(given.get("reason") or "").strip():
            self.add_error("reason", _("Write why, in a sentence: we look for a way."))
        return given

    def _windows(self, given: dict[str, Any]) -> list[Window]:
        found, now = [], clock.now()
        for number in range(1, WINDOWS + 1):
            start, end = given.get(f"from_{number}"), given.get(f"until_{number}")
            if start is None and end is None:
                continue
            if start is None or end is None:
                self.add_error(f"{'from' if start is None else 'until'}_{number}", _("Write both, from and until."))
            elif start <= now:
                self.add_error(f"from_{number}", _("This time is over. Write one that is still to come."))
            elif not timedelta(0) < end - start <= LONGEST:
                self.add_error(f"until_{number}", _("The time must end after it begins."))
            else:
                found.append(Window(start, end))
        return found


class NotedAnswerForm(AnswerForm):
    """An answer that was given on the telephone or on a visit."""

    through = forms.ChoiceField(label=_("How it came"), choices=choices(THROUGH_LABELS)[1:], widget=forms.RadioSelect)
    field_order = ("through", "answered_by", "said")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answered_by"].label = _("who gave the answer")
        self.fields["answered_by"].required = True
        self.fields["reason"].label = _("reason of an objection")
        self.fields["comment"].label = _("comment")

    def clean_through(self) -> Through:
        return Through(self.cleaned_data["through"])


class TryForm(forms.Form):
    """A try to get an answer."""

    how = forms.TypedChoiceField(label=_("how"), choices=choices(TRY_LABELS), coerce=TryHow)
    tried_at = MomentField(label=_("when"), widget=MOMENT)
    whom = forms.CharField(label=_("whom"), max_length=60, required=False)
    result = forms.TypedChoiceField(label=_("what came of it"), choices=choices(RESULT_LABELS), coerce=TryResult)
    note = forms.CharField(label=_("note"), min_length=2, max_length=300)

    def clean_tried_at(self) -> datetime:
        at: datetime = self.cleaned_data["tried_at"]
        if at > clock.now():
            raise forms.ValidationError(_("This is in the future. Write when it was tried."), code="future")
        return at


class SettleForm(forms.Form):
    """Why the proposed time stays in spite of an answer."""

    reason = forms.CharField(
        label=_("why it is settled so"),
        min_length=4,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The customer reads this: it is told at once that the time stays, and why."),
    )


class AcknowledgeForm(forms.Form):
    """Who said that the notice has come, and how."""

    how = forms.TypedChoiceField(label=_("how"), choices=choices(ACK_LABELS)[1:], coerce=AckHow)
    who = forms.CharField(label=_("who acknowledged"), min_length=1, max_length=60)


class SeenForm(forms.Form):
    """The customer's own word that it has the notice."""

    who = forms.CharField(label=_("Your name"), max_length=60, required=False)
