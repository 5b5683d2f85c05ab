"""Forms behind the desk: periods of promises, new figures, mail, tokens."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit, User
from kam.lib.choices import offer
from kam.lib.typed import DayField
from kam.service_desk.forms.requests import KINDS
from kam.service_desk.models import SIDE_LABELS, ApplicationTemplate
from kam.service_desk.rules.applications import Problem, problems
from kam.service_desk.templatetags.desk_words import DOCUMENTS, STEPS

DAY = forms.DateInput({"type": "date"}, "%Y-%m-%d")


class PeriodForm(forms.Form):
    """Which days and which unit the page is about."""

    days_from = DayField(label=_("From"), widget=DAY)
    days_until = DayField(label=_("Until, not included"), widget=DAY)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first, until = given.get("days_from"), given.get("days_until")
        if first and until and until <= first:
            self.add_error("days_until", _("The period must end after it begins."))
        return given


class FigureForm(forms.Form):
    """A new figure of one promise, from a day, with its source."""

    figure = forms.IntegerField(label=_("New figure"), min_value=1, max_value=100_000)
    valid_from = DayField(label=_("Holds from"), widget=DAY)
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("Which clause, notice or decision says so, with its date.")
    )

    def __init__(self, *args: Any, after: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.after = after

    def clean_valid_from(self) -> date:
        """Return the day; what held, held."""
        day: date = self.cleaned_data["valid_from"]
        if day <= self.after:
            raise forms.ValidationError(_("It must begin after the present figure did."), code="early")
        return day


STEPS_AT_MOST = 14
OWN_DOCUMENTS = 3
ASKED = [("", _("not asked for")), ("0", _("where there is one")), ("1", _("needed"))]
OTHER = "+"


class TemplateForm(forms.Form):
    """Steps and documents of a kind of application, from a day on; `steps` and `documents` as a template keeps them."""

    valid_from = DayField(label=_("Holds from"), widget=DAY)
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("Which clause, notice or decision says so, with its date.")
    )

    def __init__(self, *args: Any, template: ApplicationTemplate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.after = template.valid_from
        self.own_documents = [one for one in template.documents if one["code"] not in DOCUMENTS]
        named = [("", "–"), *STEPS.items(), (OTHER, _("another"))]
        sides = [(one.value, label) for one, label in SIDE_LABELS.items()]
        for number in range(1, STEPS_AT_MOST + 1):
            known = template.steps[number - 1] if number <= len(template.steps) else {"code": "", "side": "SUPPLIER"}
            own = known["code"] if known["code"] not in STEPS else ""
            labels = {"n": number}
            self._add(f"step_{number}", forms.ChoiceField(choices=named, required=False), _("Step %(n)s") % labels)
            self._add(f"own_{number}", forms.CharField(max_length=30, required=False), _("Name of step %(n)s") % labels)
            self._add(f"side_{number}", forms.ChoiceField(choices=sides), _("Whose step %(n)s is") % labels)
            self.initial.update({f"step_{number}": OTHER if own else known["code"], f"own_{number}": own})
            self.initial[f"side_{number}"] = known["side"]
        asked = {one["code"]: "1" if one["needed"] else "0" for one in template.documents}
        for code, words in DOCUMENTS.items():
            self._add(f"document_{code}", forms.ChoiceField(choices=ASKED, required=False), words)
            self.initial[f"document_{code}"] = asked.get(code, "")
        for number in range(1, OWN_DOCUMENTS + 1):
            kept = self.own_documents[number - 1]["code"] if number <= len(self.own_documents) else ""
            labels = {"n": number}
            field = forms.CharField(max_length=30, required=False)
            self._add(f"paper_{number}", field, _("Document of your own %(n)s") % labels)
            asked_for = forms.ChoiceField(choices=ASKED, required=False)
            self._add(f"needed_{number}", asked_for, _("Whether document of your own %(n)s is needed") % labels)
            self.initial.update({f"paper_{number}": kept, f"needed_{number}": asked.get(kept, "")})

    def _add(self, name: str, field: forms.Field, label: Any) -> None:
        field.label = label
        field.widget.attrs["aria-label"] = label
        self.fields[name] = field

    @property
    def step_rows(self) -> list[tuple[forms.BoundField, ...]]:
        return [
            tuple(self[f"{part}_{number}"] for part in ("step", "own", "side"))
            for number in range(1, STEPS_AT_MOST + 1)
        ]

    @property
    def document_rows(self) -> list[tuple[str, forms.BoundField]]:
        return [(code, self[f"document_{code}"]) for code in DOCUMENTS]

    @property
    def own_document_rows(self) -> list[tuple[forms.BoundField, ...]]:
        return [(self[f"paper_{number}"], self[f"needed_{number}"]) for number in range(1, OWN_DOCUMENTS + 1)]

    @property
    def steps(self) -> list[dict[str, str]]:
        """The steps as they are filled in, in their order."""
        found = []
        for number in range(1, STEPS_AT_MOST + 1):
            code = self.cleaned_data.get(f"step_{number}", "")
            code = self.cleaned_data.get(f"own_{number}", "").strip() if code == OTHER else code
            if code:
                found.append({"code": code, "side": self.cleaned_data[f"side_{number}"]})
        return found

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The documents that are asked for."""
        asked = [(code, self.cleaned_data.get(f"document_{code}", "")) for code in DOCUMENTS]
        for number in range(1, OWN_DOCUMENTS + 1):
            name = self.cleaned_data.get(f"paper_{number}", "").strip()
            asked += [(name, self.cleaned_data.get(f"needed_{number}", ""))] if name else []
        return [{"code": code, "needed": need == "1"} for code, need in asked if need]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("valid_from") and given["valid_from"] <= self.after:
            self.add_error("valid_from", _("It must begin after the latest one did."))
        for number in range(1, STEPS_AT_MOST + 1):
            if given.get(f"step_{number}") == OTHER and not given.get(f"own_{number}", "").strip():
                self.add_error(f"own_{number}", _("Name the step."))
        if not self.errors:
            for problem in problems([step["code"] for step in self.steps], [step["side"] for step in self.steps]):
                self.add_error(None, PROBLEMS[problem])
        return given


PROBLEMS = {
    Problem.NONE: _("An application has at least one step."),
    Problem.TWICE: _("Each step stands once."),
    Problem.FIRST: _("It begins with a step of the company: the acceptance."),
    Problem.ORDER: _("A scheme is made before it is chosen, and the site surveyed before the scheme."),
    Problem.CUSTOMER: _("The customer chooses the scheme; what the company does is the company's step."),
}


class ClaimForm(forms.Form):
    """Whose mail it is."""

    account_no = forms.CharField(label=_("Account number"), max_length=32)
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)


class TokenForm(forms.Form):
    """Another system that comes in by API."""

    name = forms.CharField(label=_("Name of the system"), max_length=60)
    acts_for = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Speaks for"),
        help_text=_("It sees and does what this person sees and may. Without a person it only hands requests in."),
        required=False,
        empty_label=_("nobody: requests only"),
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "acts_for", people)
