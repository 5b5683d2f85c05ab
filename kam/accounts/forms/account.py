"""Make and edit an account."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account, AccountGroup
from kam.accounts.rules import credit_code, industry
from kam.accounts.rules.credit_code import Verdict
from kam.accounts.rules.number import MOST, is_number
from kam.core.models import Unit, User
from kam.lib.choices import offer
from kam.lib.typed import DayField


class AccountForm(forms.Form):
    """What is written about an account. Choices come in scoped; the check character of a credit code only warns."""

    name = forms.CharField(label=_("Name"), max_length=120)
    uscc = forms.CharField(label=_("Credit code"), required=False, max_length=40, help_text=_("18 characters"))
    uscc_kept = forms.BooleanField(
        label=_("I compared the code with the licence. Keep it in spite of its check character."), required=False
    )
    other_id = forms.CharField(
        label=_("Other identifier"),
        required=False,
        max_length=60,
        help_text=_("For who has no credit code: organisation or old licence number"),
    )
    industry = forms.CharField(
        label=_("Industry code"), required=False, max_length=4, help_text=_("GB/T 4754, two to four digits: 3120")
    )
    kind = forms.ChoiceField(label=_("Customer kind"), choices=Account.Kind.choices)
    address = forms.CharField(label=_("Address"), required=False, max_length=200)
    latitude = forms.DecimalField(
        label=_("Latitude (°)"), required=False, min_value=-90, max_value=90, max_digits=9, decimal_places=6
    )
    longitude = forms.DecimalField(
        label=_("Longitude (°)"), required=False, min_value=-180, max_value=180, max_digits=9, decimal_places=6
    )
    unit = forms.ModelChoiceField(label=_("Supply station"), queryset=Unit.objects.none())
    voltage_kv = forms.DecimalField(
        label=_("Voltage (kV)"), required=False, min_value=0, max_value=1000, max_digits=6, decimal_places=2
    )
    contract_kva = forms.DecimalField(
        label=_("Contracted capacity (kVA)"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    contract_until = DayField(
        label=_("Supply contract ends"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day on which it no longer holds. Empty: open-ended."),
    )
    importance = forms.ChoiceField(label=_("Importance"), choices=Account.Importance.choices)
    continuous = forms.BooleanField(label=_("Continuous production"), required=False)
    status = forms.ChoiceField(label=_("Status"), choices=Account.Status.choices)
    group = forms.ModelChoiceField(label=_("Group"), queryset=AccountGroup.objects.none(), required=False)
    is_group_parent = forms.BooleanField(label=_("Parent company of its group"), required=False)
    service_group = forms.CharField(label=_("Service group"), required=False, max_length=60)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, units: Any, groups: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units)
        offer(self, "group", groups)
        self.wrong_check = False

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_uscc(self) -> str:
        code = credit_code.normal(self.cleaned_data["uscc"])
        if code and credit_code.verdict(code) == Verdict.MALFORMED:
            raise ValidationError(
                _("A credit code has 18 digits and capitals without I, O, S, V, Z. Other numbers go below.")
            )
        return code

    def clean_industry(self) -> str:
        code = str(self.cleaned_data["industry"]).strip()
        if code:
            try:
                industry.division_of(code)
            except industry.UnknownIndustry as error:
                raise ValidationError(_("GB/T 4754 has no such code. Its first two digits are 01 to 97.")) from error
        return code

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        code = given.get("uscc", "")
        self.wrong_check = bool(code) and credit_code.verdict(code) == Verdict.WRONG_CHECK
        if self.wrong_check and not given.get("uscc_kept"):
            self.add_error(
                "uscc",
                _("The check character does not fit: probably a typing error. If the licence says so, tick below."),
            )
        if not self.wrong_check:
            given["uscc_kept"] = False
        return given

    @property
    def asks_to_keep(self) -> bool:
        """Tell whether the tick that keeps a code is shown."""
        return self.wrong_check or bool(self.initial.get("uscc_kept"))

    GROUPS: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (
            _("Who it is"),
            ("name", "uscc", "uscc_kept", "other_id", "industry", "kind", "address", "latitude", "longitude"),
        ),
        (_("Supply"), ("unit", "voltage_kv", "contract_kva", "contract_until", "importance", "continuous")),
        (_("Service"), ("manager", "representative", "status", "group", "is_group_parent", "service_group", "note")),
    )

    @property
    def grouped(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the fields under their headings."""
        hidden = set() if self.asks_to_keep else {"uscc_kept"}
        return [
            (title, [self[name] for name in names if name in self.fields and name not in hidden])
            for title, names in self.GROUPS
        ]


class NewAccountForm(AccountForm):
    """An account that is made by hand, with its team."""

    account_no = forms.CharField(label=_("Account number"), max_length=MOST)
    manager = forms.ModelChoiceField(label=_("Account manager"), queryset=User.objects.none(), required=False)
    representative = forms.ModelChoiceField(
        label=_("Service representative"), queryset=User.objects.none(), required=False
    )
    field_order = ["account_no"]
    GROUPS = (
        (_("Who it is"), ("account_no", *AccountForm.GROUPS[0][1])),
        *AccountForm.GROUPS[1:],
    )

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("manager", "representative"):
            offer(self, name, staff)

    def clean_account_no(self) -> str:
        # Full-width digits come out of Chinese input methods and mean the same.
        number = unicodedata.normalize("NFKC", self.cleaned_data["account_no"])
        if not is_number(number):
            raise ValidationError(_("Digits and letters only; “_”, “.” and “-” may stand inside."))
        return number


class GroupForm(forms.Form):
    """A group of companies."""

    name = forms.CharField(label=_("Name of the group"), max_length=120)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
