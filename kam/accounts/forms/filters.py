"""The filters of the list of accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account
from kam.accounts.queries import account_list
from kam.accounts.queries.choices import Choices
from kam.accounts.rules import industry
from kam.core.models import User
from kam.lib.choices import offer

VOLTAGES = ("0.38", "10", "20", "35", "66", "110", "220", "330", "500")
YES_NO = (("", _("any")), ("1", _("continuous")), ("0", _("not continuous")))
AUTO = {"data-autosubmit": "1"}


def section_choices() -> list[tuple[str, str]]:
    """Return the 20 sections of GB/T 4754 in the reader's language."""
    chinese = str(get_language()).startswith("zh")
    return [(code, f"{code} {industry.name_of(code, chinese=chinese)}") for code in industry.SECTIONS]


class FilterForm(forms.Form):
    """Every field may be empty; a value that makes no sense does not filter and is shown as wrong."""

    q = forms.CharField(label=_("Name, number, meter, contact …"), required=False, max_length=60)
    unit = forms.TypedChoiceField(label=_("Unit"), required=False, coerce=int, empty_value=None)
    manager = forms.TypedChoiceField(label=_("Account manager"), required=False, coerce=int, empty_value=None)
    importance = forms.ChoiceField(label=_("Importance"), required=False)
    kind = forms.ChoiceField(label=_("Customer kind"), required=False)
    section = forms.ChoiceField(label=_("Industry section"), required=False)
    voltage = forms.TypedChoiceField(
        label=_("Voltage (kV)"),
        required=False,
        coerce=Decimal,
        empty_value=None,
        choices=[("", _("any")), *((v, v) for v in VOLTAGES)],
    )
    continuous = forms.TypedChoiceField(
        label=_("Production"), required=False, coerce=lambda v: v == "1", empty_value=None, choices=YES_NO
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    kva_from = forms.DecimalField(label=_("Capacity from (kVA)"), required=False, min_value=0, max_digits=12)
    kva_until = forms.DecimalField(label=_("below (kVA)"), required=False, min_value=0, max_digits=12)

    FIRST = ("q", "unit", "manager", "importance")
    MORE = ("kind", "section", "voltage", "continuous", "status", "kva_from", "kva_until")

    def __init__(self, data: Any, *, choices: Choices, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.offered = choices
        self._offer("unit", [(unit.pk, "\u3000" * unit.depth + unit.name) for unit in choices.units])
        managers: list[tuple[int, Any]] = [(0, _("nobody")), *choices.managers] if choices.managers else []
        self._offer("manager", managers)
        self._offer("importance", Account.Importance.choices)
        self._offer("kind", Account.Kind.choices)
        self._offer("section", section_choices())
        self._offer("status", Account.Status.choices)
        self.handed = [key for key, handed in account_list.MORE.items() if user.may(handed.right)]
        for key in self.handed:
            handed = account_list.MORE[key]
            self.fields[key] = forms.ChoiceField(label=str(handed.label), required=False)
            self._offer(key, list(handed.choices()))
        for name in ("unit", "manager"):
            if len(self.fields[name].choices) <= 2:  # type: ignore[attr-defined]
                del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.widget.attrs.update(AUTO)

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        offer(self, name, [("", _("any")), *choices])

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST if name in self.fields]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in (*self.MORE, *self.handed)]

    @property
    def more_used(self) -> bool:
        return any(self.data.get(name) for name in (*self.MORE, *self.handed))

    def criteria(self) -> dict[str, Any]:
        """Return what `queries.account_list.filtered` takes."""
        self.is_valid()
        given = self.cleaned_data
        below = {unit.pk: unit.below for unit in self.offered.units}
        return {
            "unit_ids": below.get(given["unit"]) if given.get("unit") else None,
            "manager_id": given.get("manager"),
            "importance": given.get("importance"),
            "kind": given.get("kind"),
            "section": given.get("section"),
            "voltage_kv": given.get("voltage"),
            "continuous": given.get("continuous"),
            "status": given.get("status"),
            "kva_from": given.get("kva_from"),
            "kva_until": given.get("kva_until"),
            "group_id": self.offered.group[0] if self.offered.group else None,
            **{key: given.get(key) for key in self.handed},
        }

    def chips(self) -> list[tuple[str, Any, str]]:
        """Return (parameter, label, value in words) of every filter in use."""
        self.is_valid()
        found: list[tuple[str, Any, str]] = []
        for name, field in self.fields.items():
            raw = str(self.data.get(name, "")).strip()
            if not raw or name in self.errors:
                continue
            words = raw
            if isinstance(field, forms.ChoiceField):
                words = next((str(said) for value, said in field.choices if str(value) == raw), raw)  # type: ignore
            found.append((name, field.label, words.strip()))
        if self.offered.group:
            found.append(("group", _("Group"), self.offered.group[1]))
        return found


class SaveViewForm(forms.Form):
    """A name for the list as it is shown."""

    name = forms.CharField(label=_("Name of this view"), max_length=60)
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)


class ExportForm(forms.Form):
    """The list as shown, in one of two formats."""

    format = forms.ChoiceField(choices=[("xlsx", "XLSX"), ("csv", "CSV")])
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
