"""What cannot wait: a fault, a call for less load, the supply outlook. One form each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit
from kam.lib.choices import offer
from kam.lib.typed import DayField, MomentField
from kam.network.models import Line, Substation
from kam.outage_planning.models import CAUSES, KIND_LABELS, LEVELS
from kam.outage_planning.rules.lifecycle import Kind

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
MOST_NUMBERS = 5_000
LARGEST_FILE = 2 * 1024 * 1024


class FaultForm(forms.Form):
    """Which lines, what is known, when supply is expected."""

    lines = forms.ModelMultipleChoiceField(
        label=_("Lines without supply"),
        queryset=Line.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_("What branches off a line goes out with it."),
    )
    substations = forms.ModelMultipleChoiceField(
        label=_("Or all lines of a substation"),
        queryset=Substation.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )
    cause = forms.ChoiceField(label=_("Cause, if known"), choices=[("", _("not known yet")), *CAUSES], required=False)
    reason = forms.CharField(
        label=_("What customers are told about it"),
        max_length=200,
        required=False,
        help_text=_("Short; the lines, the expected time and the number to call are in the text already."),
    )
    began_at = MomentField(label=_("Without supply since"), widget=MOMENT)
    expected_at = MomentField(label=_("Supply expected"), widget=MOMENT)
    unit = forms.ModelChoiceField(label=_("Unit that is responsible"), queryset=Unit.objects.none())

    def __init__(self, *args: Any, lines: Any, substations: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("lines", lines), ("substations", substations), ("unit", units)):
            offer(self, name, rows)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        begun, expected = given.get("began_at"), given.get("expected_at")
        if begun and expected and expected <= begun:
            self.add_error("expected_at", _("Supply is expected after it has gone."))
        if "lines" in given and not given["lines"] and not given.get("substations"):
            self.add_error("lines", _("Choose the lines that are taken out, or a substation."))
        return given


class CallForm(forms.Form):
    """A call for less load: how severe, when, who, how much."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(kind.value, KIND_LABELS[kind]) for kind in (Kind.STAGGER, Kind.LIMIT)]
    )
    level = forms.ChoiceField(label=_("Level"), choices=LEVELS, initial="IV")
    starts_at = MomentField(label=_("From"), widget=MOMENT)
    ends_at = MomentField(label=_("Until"), widget=MOMENT)
    reason = forms.CharField(label=_("Reason told to customers"), max_length=200, required=False)
    unit = forms.ModelChoiceField(label=_("Unit that is responsible"), queryset=Unit.objects.none())
    lines = forms.ModelMultipleChoiceField(
        label=_("Accounts on these lines"),
        queryset=Line.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    stations = forms.ModelMultipleChoiceField(
        label=_("Accounts of these units"),
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )
    numbers = forms.CharField(
        label=_("These account numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One or several, apart by a space, a comma or a new line."),
    )
    total_kw = forms.IntegerField(
        label=_("Together less by (kW)"),
        min_value=1,
        max_value=9_999_999,
        required=False,
        help_text=_("Shared among them by contracted capacity, in whole kW that add up."),
    )
    file = forms.FileField(
        label=_("Or a table with account number and kW"),
        required=False,
        help_text=_("CSV or XLSX with the columns 户号 (account_no) and 压减千瓦 (cut_kw)."),
    )

    def __init__(self, *args: Any, lines: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("lines", lines), ("stations", units), ("unit", units)):
            offer(self, name, rows)

    def clean_numbers(self) -> list[str]:
        text = self.cleaned_data["numbers"]
        for sign in ",，、;；":
            text = text.replace(sign, " ")
        found = list(dict.fromkeys(text.split()))
        if len(found) > MOST_NUMBERS:
            raise forms.ValidationError(_("At most 5,000 accounts are called at once."))
        return found

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 2 MB."))
        return file

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("starts_at"), given.get("ends_at")
        if start and end and not timedelta(0) < end - start <= timedelta(days=3):
            self.add_error("ends_at", _("A call ends after it begins, within three days."))
        chosen = given.get("lines") or given.get("stations") or given.get("numbers")
        if given.get("file"):
            if chosen:
                self.add_error("file", _("Choose accounts here or by a table, not both."))
        elif not chosen:
            self.add_error("lines", _("Choose lines, units, account numbers, or a table."))
        elif "total_kw" in given and not given["total_kw"]:
            self.add_error("total_kw", _("Say by how many kW they take less together."))
        return given


class OutlookForm(forms.Form):
    """What is to come in supply and demand, and to whom it is told."""

    title = forms.CharField(label=_("In one sentence"), max_length=60)
    level = forms.ChoiceField(label=_("Level"), choices=[("", _("no shortage")), *LEVELS], required=False)
    text = forms.CharField(label=_("Text"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 6}))
    days_from = DayField(label=_("First day"), widget=DAY)
    days_until = DayField(label=_("Day after the last"), widget=DAY)
    unit = forms.ModelChoiceField(label=_("Accounts of this unit with all below"), queryset=Unit.objects.none())
    lines = forms.ModelMultipleChoiceField(
        label=_("Only those on these lines"),
        queryset=Line.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    least_kva = forms.IntegerField(label=_("Only those with at least (kVA)"), min_value=0, required=False)
    continuous = forms.BooleanField(label=_("Only continuous production"), required=False)

    def __init__(self, *args: Any, lines: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("lines", lines), ("unit", units)):
            offer(self, name, rows)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        days_from, days_until = given.get("days_from"), given.get("days_until")
        if days_from and days_until and days_until <= days_from:
            self.add_error("days_until", _("The period must end after it begins."))
        return given
