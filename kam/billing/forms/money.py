"""What a person tells about payments, bills, plans and what is agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.accounts.models import Account
from kam.billing.models import Payment
from kam.billing.rules.plans import BadShares, Instalment, cycle, spread
from kam.lib.choices import offer
from kam.lib.typed import DayField

MOST: dict[str, Any] = {"max_digits": 14, "decimal_places": 2}
CENT = Decimal("0.01")


class Day(DayField):
    """A day, typed or picked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **kwargs)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("reason"), min_length=2, max_length=300)


class NoteForm(forms.Form):
    """A few words, if any."""

    note = forms.CharField(label=_("note"), max_length=300, required=False)


class EmptyForm(forms.Form):
    """Nothing to tell."""


class AmountForm(ReasonForm):
    """So much, and why."""

    amount = forms.DecimalField(label=_("amount, yuan"), min_value=CENT, **MOST)
    field_order = ("amount", "reason")


class ContestForm(AmountForm):
    """What the customer contests of the bill that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class InvoiceForm(forms.Form):
    """Which invoice."""

    invoice_no = forms.CharField(label=_("invoice number"), max_length=40)


class MonthForm(forms.Form):
    """Which month."""

    month = DayField(label=_("month"), input_formats=["%Y-%m"], widget=forms.DateInput({"type": "month"}, "%Y-%m"))


class PaymentForm(forms.Form):
    """A payment, and where it goes if not to the oldest bills. `key` keeps a form sent twice one payment."""

    amount = forms.DecimalField(label=_("amount, yuan"), min_value=CENT, **MOST)
    channel = forms.ChoiceField(
        label=_("channel"),
        choices=[choice for choice in Payment.Channel.choices if choice[0] not in ("ACCEPTANCE", "NOTE")],
    )
    received_on = Day(label=_("received on"))
    reference = forms.CharField(label=_("reference"), max_length=120, required=False)
    payer = forms.CharField(label=_("payer"), max_length=120, required=False)
    note = forms.CharField(label=_("note"), max_length=200, required=False)
    # Of our own making alone: the keys of files and of other systems are theirs.
    key = forms.RegexField(r"^desk:[0-9a-f]{24}$", widget=forms.HiddenInput, max_length=100)

    def __init__(self, *args: Any, bills: Sequence[Any], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.bills = list(bills)
        for bill in self.bills:
            self.fields[f"bill_{bill.pk}"] = forms.DecimalField(
                label=bill.number,
                required=False,
                min_value=Decimal(0),
                max_value=bill.open_amount,
                widget=forms.NumberInput({"aria-label": bill.number}),
                **MOST,
            )

    @property
    def told_fields(self) -> list[tuple[Any, forms.BoundField]]:
        return [(bill, self[f"bill_{bill.pk}"]) for bill in self.bills]

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if day > self.today:
            raise forms.ValidationError(_("Money cannot have come on a day that is still to come."))
        return day

    def clean(self) -> dict[str, Any]:
        """Put what goes where into `told`; None where the oldest are to be paid first."""
        data = super().clean() or self.cleaned_data
        told = {bill.pk: data[f"bill_{bill.pk}"] for bill in self.bills if data.get(f"bill_{bill.pk}")}
        if told and sum(told.values()) > data.get("amount", Decimal(0)):
            raise forms.ValidationError(_("More is given to bills than came in."))
        data["told"] = told or None
        return data


class ToldForm(forms.Form):
    """Where a payment goes instead."""

    reason = forms.CharField(label=_("reason"), min_length=2, max_length=300)

    def __init__(self, *args: Any, bills: Sequence[Any], most: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        self.bills = list(bills)
        for bill in self.bills:
            self.fields[f"bill_{bill.pk}"] = forms.DecimalField(
                label=bill.number, required=False, min_value=Decimal(0), **MOST
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["told"] = {bill.pk: data[f"bill_{bill.pk}"] for bill in self.bills if data.get(f"bill_{bill.pk}")}
        if sum(data["told"].values()) > self.most:
            raise forms.ValidationError(_("More is given to bills than came in."))
        return data


class PlanForm(forms.Form):
    """A plan by the customer's cash cycle: on which days of the month its money comes, and how much of it then."""

    starts_on = Day(label=_("payments count from"))
    total = forms.DecimalField(label=_("sum, yuan"), min_value=CENT, **MOST)
    days = forms.CharField(
        label=_("days of the month on which the customer's money comes"),
        max_length=60,
        help_text=_("Such as 10, 25. 31 is the last day of each month."),
    )
    shares = forms.CharField(label=_("shares, %"), max_length=60, help_text=_("One for each day, such as 40, 60."))
    rounds = forms.IntegerField(label=pgettext_lazy("of a plan", "months"), min_value=1, max_value=12)
    with_expected = forms.BooleanField(label=_("the bills expected meanwhile are part of it"), required=False)
    reason = forms.CharField(label=_("why the customer needs it"), min_length=2, max_length=300)

    def clean(self) -> dict[str, Any]:
        """Cut the sum into instalments."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        try:
            days = [int(word) for word in _words(data["days"])]
            shares = [Decimal(word) for word in _words(data["shares"])]
            dated = cycle(days, shares, data["starts_on"], data["rounds"])
            data["instalments"] = spread(
                data["total"], [day for day, _share in dated], [share for _day, share in dated]
            )
        except (BadShares, ValueError, ArithmeticError):
            self.add_error("days", _("Give days from 1 to 31 and as many shares above nothing."))
        return data

    def instalments(self) -> list[Instalment]:
        found: list[Instalment] = self.cleaned_data["instalments"]
        return found


def _words(text: str) -> list[str]:
    return [word for word in text.replace("，", ",").replace("、", ",").replace(";", ",").split(",") if word.strip()]


class PrepaidForm(forms.Form):
    """A contract to buy energy in advance."""

    contract_no = forms.CharField(label=_("contract number"), max_length=60)
    signed_on = Day(label=_("signed"))
    may_limit = forms.BooleanField(
        label=_("the contract allows to limit the load"),
        required=False,
        help_text=_("Without this clause nobody can limit the load, whatever the balance."),
    )


class LimitForm(ReasonForm):
    """A limit and why."""

    limit_kw = forms.DecimalField(label=_("limit, kW"), min_value=Decimal(0), max_digits=12, decimal_places=2)
    field_order = ("limit_kw", "reason")


class AcceptanceForm(forms.Form):
    """A bill of exchange that is offered."""

    number = forms.CharField(label=_("bill of exchange number"), max_length=60)
    acceptor = forms.CharField(label=_("acceptor"), max_length=120)
    face = forms.DecimalField(label=_("face value, yuan"), min_value=CENT, **MOST)
    issued_on = Day(label=_("issued"))
    due_on = Day(label=_("due"))
    discount_percent = forms.DecimalField(
        label=_("discount that the customer bears, % a year"),
        min_value=0,
        max_value=24,
        max_digits=6,
        decimal_places=4,
        initial=0,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("issued_on") and data.get("due_on") and data["due_on"] <= data["issued_on"]:
            self.add_error("due_on", _("It is due after its issue."))
        return data


class FileForm(forms.Form):
    """A table."""

    file = forms.FileField(label=_("file"), help_text=_("CSV or XLSX."))


class BillsFileForm(FileForm):
    """A table of bills; columns are found by their usual names."""

    order = forms.ChoiceField(
        label=_("dates are written"),
        required=False,
        choices=[
            ("", _("found in the file")),
            ("day", _("day first (31/12/2026)")),
            ("month", _("month first (12/31/2026)")),
        ],
    )


class LineForm(forms.Form):
    """Whose payment a line of a bank is."""

    account_no = forms.CharField(label=_("account number"), max_length=32)

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = accounts

    def clean_account_no(self) -> Account:
        found: Account | None = self.accounts.filter(account_no=self.cleaned_data["account_no"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("You see no account with this number."))
        return found


class StatementForm(forms.Form):
    """From when until when, both days counted in."""

    days_from = Day(label=_("from"))
    days_to = Day(label=_("to"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("days_from"), data.get("days_to")
        if first and last and last < first:
            self.add_error("days_to", _("The last day is before the first. Change one of them."))
        return data


class ReceivablesFilter(forms.Form):
    """What the list of receivables is narrowed to."""

    q = forms.CharField(label=_("name or number"), max_length=60, required=False)
    age = forms.ChoiceField(label=_("age"), required=False)

    def __init__(self, *args: Any, ages: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "age", [("", _("everything open")), *ages.items()])
