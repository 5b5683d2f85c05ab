"""Money in words: how a bill stands, what is wrong with a row of a file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kam.accounts.templatetags.kam_accounts import MONEY_WORDS
from kam.billing.actions import acceptance, agreements, bank, books, issuing, ledger, posting, prepaid, telling
from kam.billing.models import BILL_STATUS_LABELS, Bill, Payment, WriteOff
from kam.billing.models.agreements import PLAN_LABELS
from kam.billing.queries.bills import CannotBill
from kam.billing.queries.pages import AgeRow
from kam.billing.queries.statement import Entry
from kam.billing.rules.allocation import TooMuch, UnknownBill
from kam.billing.rules.bill_rows import ALIASES, NoColumn, Problem
from kam.billing.rules.plans import PlanStatus
from kam.lib.lifecycle import IllegalMove, StaleRow
from kam.lib.sheets import UnreadableTable, unreadable_words
from kam.metering.templatetags.readings import BANDS

register = template.Library()

ROW_PROBLEMS = {
    "missing": gettext_lazy("nothing stands here"),
    "not_a_date": gettext_lazy("not a date"),
    "not_an_amount": gettext_lazy("not an amount in yuan and cents"),
    "only_notes": gettext_lazy("only a negative amount corrects another bill"),
    "no_such_bill": gettext_lazy("the account has no bill with this number that stands"),
    "more_than_bill": gettext_lazy("takes back more than is left of the bill"),
    "too_long": gettext_lazy("longer than can be stored"),
    "bad_text": gettext_lazy("letters, digits, dot, dash and underscore only"),
    "due_before_issue": gettext_lazy("due before it was issued"),
    "not_a_number": gettext_lazy("not a number"),
    "not_a_month": gettext_lazy("not a month"),
    "unknown_account": gettext_lazy("no account has this number"),
    "number_twice": gettext_lazy("stands above in this file already"),
    "differs": gettext_lazy("stored already with other figures; reverse that bill first"),
    "month_closed": gettext_lazy("the books of this month are closed"),
    "out_of_reach": gettext_lazy("the account is not one of your unit"),
    "in_future": gettext_lazy("a day that is still to come"),
    "not_above_nothing": gettext_lazy("not above nothing"),
    "unknown_channel": gettext_lazy("no such way of paying"),
    "payment_differs": gettext_lazy("came before with another account, sum or day"),
    "no_open_bill": gettext_lazy("one of the bills is not open"),
    "too_much": gettext_lazy("more than is open on the bill, or than was paid"),
}


@register.filter
@register.filter
def column_words(column: str) -> str:
    """Name a column of a file of bills in Chinese, the name that programs write behind."""
    names = ALIASES.get(column)
    return f"{next(name for name in names if not name.isascii())} {names[0]}" if names else column


def row_problem_words(problem: Problem) -> str:
    """Return what is wrong with a row, with the value that is."""
    said = str(ROW_PROBLEMS.get(problem.code, problem.code))
    return _("%(problem)s (%(value)s)") % {"problem": said, "value": problem.value} if problem.value else said


def refusal_words(refusal: UnreadableTable | NoColumn) -> str:
    """Say why a file as a whole was not taken in."""
    if isinstance(refusal, NoColumn):
        found = ", ".join(refusal.header[:30])
        return _("The table has no column %(name)s. Its columns: %(found)s") % {"name": refusal.name, "found": found}
    return unreadable_words(refusal)


@register.filter
def yuan(value: Any) -> str:
    """Write a sum with two decimals and thousands separators; nothing becomes a dash."""
    return "–" if value is None or value == "" else f"{Decimal(str(value)):,.2f}"


# What stands against an act, in words: what is wrong and what to do.
_PROBLEMS: dict[type[Exception], str | Promise] = {
    ledger.AlreadyReversed: gettext_lazy("It was reversed before."),
    posting.OfAcceptance: gettext_lazy("An acceptance bill paid this. Note its dishonour at the bill instead."),
    ledger.MonthClosed: gettext_lazy("The books of that month are closed. Date it into an open month."),
    ledger.SamePerson: gettext_lazy("You proposed it, so another person has to decide."),
    ledger.NotThatMuch: gettext_lazy("That is more than is open on the bill."),
    ledger.Corrected: gettext_lazy("A credit note corrects this bill. Reverse the note first."),
    ledger.NumberTaken: gettext_lazy("A bill has this number already."),
    ledger.KeyReused: gettext_lazy("This form was sent before with another sum. Open it anew."),
    TooMuch: gettext_lazy("More is given to a bill than is open on it."),
    UnknownBill: gettext_lazy("One of the bills is no longer open."),
    issuing.MonthBilled: gettext_lazy("A bill of that month stands already. Reverse it first."),
    issuing.NothingToCharge: gettext_lazy("No settled bill bears a penalty that is not charged already."),
    telling.NothingOwed: gettext_lazy("The customer owes nothing that may be asked for."),
    agreements.PlanOpen: gettext_lazy("The account has a plan already. End it first."),
    agreements.Decided: gettext_lazy("Somebody has decided or asked for it meanwhile."),
    agreements.BadAmount: gettext_lazy("Give a sum above nothing, and not more than is open on the bill."),
    acceptance.NumberTaken: gettext_lazy("A bill of exchange has this number already."),
    prepaid.ContractOpen: gettext_lazy("The account has a prepaid contract already."),
    prepaid.NotByContract: gettext_lazy("The contract does not allow to limit the load, so nobody may."),
    bank.LineDone: gettext_lazy("Somebody has dealt with this line meanwhile."),
    books.NotOver: gettext_lazy("The month is not over yet."),
    books.NotBalanced: gettext_lazy("The books do not balance, see below. Nothing was closed."),
    IllegalMove: gettext_lazy("This step is not possible from where it stands now."),
    StaleRow: gettext_lazy("Somebody moved it on meanwhile. Look at it again."),
}
REFUSALS: tuple[type[Exception], ...] = (
    *_PROBLEMS,
    agreements.PlanRefused,
    agreements.Changed,
    prepaid.BalanceLeft,
    CannotBill,
)
PLAN_PROBLEMS = {
    "not_in_order": gettext_lazy("the days are not in order"),
    "in_the_past": gettext_lazy("it begins in the past"),
    "too_long": gettext_lazy("it lasts longer than the company allows"),
    "too_many": gettext_lazy("it has more instalments than the company allows"),
    "first_too_late": gettext_lazy("the first instalment comes too late for what is overdue"),
    "share_too_small": gettext_lazy("an instalment is too small"),
    "not_covered": gettext_lazy("it does not pay all that is open"),
    "too_much": gettext_lazy("it takes more than is owed"),
}
CANNOT_BILL = {
    "no_readings": gettext_lazy("there are no readings of that month"),
    "no_tariff": gettext_lazy("no tariff holds"),
    "tariff_changes": gettext_lazy("the tariff changes within the month"),
    "no_price": gettext_lazy("the tariff lacks a price that is needed"),
    "no_demand": gettext_lazy("no demand was measured"),
    "unbanded": gettext_lazy("energy lies outside the time-of-use calendar"),
    "incomplete": gettext_lazy("readings of the month are missing"),
    "not_over": gettext_lazy("the month is not over"),
}


def problem_words(problem: Exception) -> str:
    """Say what stands against it and what to do."""
    if isinstance(problem, agreements.PlanRefused):
        said = _(", ").join(str(PLAN_PROBLEMS[code]) for code in problem.problems)
        return _("The rules of collection do not allow this plan: %(why)s.") % {"why": said}
    if isinstance(problem, agreements.Changed):
        return _("Somebody changed the bill meanwhile: ¥ %(open)s is open, ¥ %(contested)s contested now.") % {
            "open": yuan(problem.bill.open_amount),
            "contested": yuan(problem.bill.contested_amount),
        }
    if isinstance(problem, prepaid.BalanceLeft):
        return _("The balance says otherwise. Look at it anew.")
    if isinstance(problem, CannotBill):
        return _("No bill can be made from readings: %(why)s.") % {"why": cannot_words(problem)}
    return str(next(words for kind, words in _PROBLEMS.items() if isinstance(problem, kind)))


@register.filter
def cannot_words(problem: CannotBill) -> str:
    """Say why no bill can be made from readings."""
    said = str(CANNOT_BILL.get(problem.code, problem.code))
    return _("%(problem)s (%(value)s)") % {"problem": said, "value": problem.detail} if problem.detail else said


@register.filter
def plan_problem(code: str) -> str:
    """Say what of a plan collection does not allow."""
    return str(PLAN_PROBLEMS.get(code, code))


@register.filter
def age_words(row: AgeRow) -> str:
    """Name an age of receivables."""
    if row.from_days is None:
        return _("not due")
    if row.to_days is None:
        return _("over %(n)s days") % {"n": row.from_days - 1}
    return _("%(from)s–%(to)s days") % {"from": row.from_days, "to": row.to_days}


_STATUS_CLASS = {"OPEN": "", "PARTLY": "soon", "SETTLED": "done", "WRITTEN_OFF": "", "CANCELLED": ""}


@register.filter
def bill_status(bill: Bill) -> str:
    """Say how a bill stands."""
    return str(BILL_STATUS_LABELS[bill.status])


@register.simple_tag
def bill_class(bill: Bill, today: Any) -> str:
    """Return the colour of how a bill stands."""
    return "late" if bill.open_amount and bill.due_on < today else _STATUS_CLASS[bill.status]


STATUS_CLASSES = {
    "BROKEN": "late", "DISHONOURED": "late", "LIMITED": "late", "OUT": "late", "LAST": "late",
    "PROPOSED": "soon", "LIMIT_PROPOSED": "soon", "REGISTERED": "soon", "FIRST": "soon", "SECOND": "soon",
    "ACTIVE": "info", "RUNNING": "info", "HELD": "info", "DISCOUNTED": "info",
    "KEPT": "done", "PAID": "done", "FINE": "done",
}  # fmt: skip


@register.filter
def money_class(status: str) -> str:
    """Return the colour of a status."""
    return STATUS_CLASSES.get(status, "")


@register.filter
def plan_words(status: str) -> str:
    """Name a status of a payment plan."""
    return str(PLAN_LABELS[PlanStatus(status)])


@register.filter
def step_words(status: str) -> str:
    """Name a step of a plan, a contract, an acceptance bill."""
    return str(MONEY_WORDS.get(status, status))


CODES = {
    "energy": gettext_lazy("Energy"),
    "funds": gettext_lazy("Government funds and surcharges"),
    "capacity": gettext_lazy("Capacity charge"),
    "demand": gettext_lazy("Demand charge"),
    "adjustment": gettext_lazy("Power-factor adjustment"),
    "penalty": gettext_lazy("Late-payment penalty"),
    "other": gettext_lazy("Other"),
}


@register.filter
def line_words(code: str) -> str:
    """Name a line of a bill."""
    return str(CODES.get(str(code), code))


@register.filter
def formula_words(line: Mapping[str, Any]) -> list[str]:
    """Say how a line of a bill was computed, with its figures; one text for each step."""
    f = line.get("figures", {})
    kind = line.get("formula", "")
    if kind == "energy":
        found = [f"{BANDS[b['band']]}: {_n(b['kwh'])} kWh × {b['price']} = {_n(b['yuan'])}" for b in f["bands"]]
        if Decimal(f["funds"]):
            found.append(
                _("sum rounded once %(total)s, less funds %(funds)s")
                % {"total": yuan(f["total"]), "funds": yuan(f["funds"])}
            )
        return found
    if kind == "funds":
        return [f"{_n(f['kwh'])} kWh × {f['price']}"]
    if kind == "capacity":
        return [f"{_n(f['kva'])} kVA × {f['price']}"]
    if kind in ("actual_demand", "contract_demand", "contract_demand_over"):
        return _demand(kind, f)
    if kind == "adjustment":
        return [
            _("%(kwh)s kWh ÷ √(%(kwh)s² + %(kvarh)s²) = %(exact)s → %(billed)s; standard %(standard)s: %(percent)s %%")
            % {**f, "kwh": _n(f["kwh"]), "kvarh": _n(f["kvarh"])},
            _("%(base)s (without funds) × %(percent)s %%") % {"base": yuan(f["base"]), "percent": f["percent"]},
        ]
    if kind == "penalty":
        return [
            _("%(from)s to before %(until)s: %(days)s days × %(balance)s × %(rate)s = %(yuan)s")
            % {**one, "balance": yuan(one["balance"]), "rate": _rate(one["rate"]), "yuan": _n(one["yuan"])}
            for one in f["stretches"]
        ]
    return []


def _demand(kind: str, f: Mapping[str, Any]) -> list[str]:
    factor = f" × {f['factor']}" if f["factor"] != "1" else ""
    if kind == "actual_demand":
        found = [f"{_n(f['max_kw'])} kW × {f['price']}{factor}"]
    elif kind == "contract_demand":
        found = [f"{_n(f['chargeable_kw'])} kW × {f['price']}{factor}"]
    else:
        found = [
            f"({_n(f['chargeable_kw'])} + 2 × {_n(f['over_kw'])}) kW × {f['price']}{factor}",
            _("%(max)s kW measured, above 105 %% of the contract (%(limit)s kW) counts double")
            % {"max": _n(f["max_kw"]), "limit": _n(f["limit_kw"])},
        ]
    if "declared_kw" in f and f["declared_kw"] != f["chargeable_kw"]:
        found.append(
            _("%(declared)s kW contracted, raised to 40 %% of the capacity") % {"declared": _n(f["declared_kw"])}
        )
    if factor:
        found.append(_("%(n)s kWh per kVA, 260 or more: 90 %% of the price") % {"n": f.get("kwh_per_kva", "")})
    return found


def _n(text: Any) -> str:
    number = Decimal(str(text))
    if abs(number.as_tuple().exponent) > 4:  # type: ignore[arg-type]
        number = number.quantize(Decimal("0.0001")).normalize()
    whole, _dot, rest = f"{number:f}".partition(".")
    return f"{int(whole):,}" + (f".{rest}" if rest else "")


def _rate(text: str) -> str:
    return f"{Decimal(text) * 100:f}".rstrip("0").rstrip(".") + " %"


ENTRY_KINDS = {
    "bill": gettext_lazy("bill"),
    "payment": gettext_lazy("payment"),
    "note": gettext_lazy("credit note"),
    "write_off": gettext_lazy("written off"),
    "note_reversed": gettext_lazy("credit note reversed"),
    "bill_reversed": gettext_lazy("bill reversed"),
    "payment_reversed": gettext_lazy("payment reversed"),
    "write_off_reversed": gettext_lazy("write-off reversed"),
}


@register.filter
def entry_kind_words(kind: str) -> str:
    """Name a line of a statement."""
    return str(ENTRY_KINDS[kind])


@register.filter
def entry_subject(entry: Entry) -> str:
    """Say which bill or payment a line of a statement is about."""
    subject = entry.subject
    if isinstance(subject, Bill):
        return subject.number
    if isinstance(subject, WriteOff):
        return subject.bill.number
    if isinstance(subject, Payment):
        return " ".join(filter(None, [str(subject.get_channel_display()), subject.reference]))
    return ""


WHY = {
    "reference": gettext_lazy("names the bill"),
    "account_no": gettext_lazy("names the account"),
    "name_amount": gettext_lazy("name and sum fit"),
    "name": gettext_lazy("name fits, the sum does not"),
    "amount": gettext_lazy("owes this sum"),
    "person": gettext_lazy("given by hand"),
}


@register.filter
def why_words(code: str) -> str:
    """Say why a line of a bank is taken for an account's."""
    return str(WHY.get(code, code))


@register.filter
def days_late(day: Any, today: Any) -> str:
    """Say how many days a due day is past; empty where it is not."""
    days = (today - day).days
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days} if days > 0 else ""
