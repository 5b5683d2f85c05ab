"""Bills and payments of other systems: taken in by the same way as files, shown to who may see money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, JsonResponse

from kam.accounts.models import Account
from kam.billing.actions.intake import STORED, UNCHANGED, take_in_rows
from kam.billing.actions.payments_in import take_in_payments
from kam.billing.models import Bill, Payment
from kam.billing.queries.pages import with_shares
from kam.billing.rules.bill_rows import Problem
from kam.billing.rules.openapi import BILL_FIELDS, MOST_ROWS, PAGE, PAYMENT_FIELDS
from kam.billing.templatetags.money import row_problem_words
from kam.core import access
from kam.core.access.api import Refused, body_of, door
from kam.core.models import ApiToken
from kam.core.rules import Right
from kam.lib import clock

MAX_BODY = 1_000_000
_DIGITS = 30


@door("GET", "POST", right=Right.MONEY_SEE)
def bills(request: HttpRequest, token: ApiToken) -> JsonResponse:
    """The bills of an account; or take bills in."""
    if request.method == "GET":
        account = _account(request)
        rows = access.listed(request, Bill.objects.filter(account=account), Right.MONEY_SEE).select_related("account")
        if request.GET.get("open") == "1":
            rows = rows.filter(cancelled_on=None, open_amount__gt=0)
        found, following = _page(request, rows.defer("lines"))
        return JsonResponse({"bills": [_bill(row) for row in found], "next": following})
    access.check(request, Right.MONEY_POST)
    entries = [_cells(row, entry, BILL_FIELDS) for row, entry in enumerate(_entries(request, "bills"))]
    outcome = take_in_rows(rows=entries, name=f"API: {token.name}", by=access.staff(request), at=clock.now())
    return _outcome(outcome.rows_read, outcome.fates, outcome.problems, BILL_FIELDS)


@door("GET", right=Right.MONEY_SEE)
def bill(request: HttpRequest, token: ApiToken, number: str) -> JsonResponse:
    """One bill and what is open of it."""
    row = access.fetch(request, Bill.objects.select_related("account"), Right.MONEY_SEE, number=number)
    return JsonResponse(_bill(row))


@door("GET", "POST", right=Right.MONEY_SEE)
def payments(request: HttpRequest, token: ApiToken) -> JsonResponse:
    """The payments of an account; or take payments in."""
    if request.method == "GET":
        account = _account(request)
        rows = access.listed(request, Payment.objects.filter(account=account), Right.MONEY_SEE)
        found, following = _page(request, with_shares(rows.select_related("account")))
        return JsonResponse({"payments": [_payment(row) for row in found], "next": following})
    access.check(request, Right.MONEY_POST)
    entries = []
    for row, entry in enumerate(_entries(request, "payments")):
        told = entry.pop("bills", None)
        if told is not None and not isinstance(told, dict):
            raise Refused(422, "fields", row=row, fields={"bills": "an object: bill number, yuan"})
        shares = None if told is None else {number: _text(row, "bills", share) for number, share in told.items()}
        entries.append((_cells(row, entry, PAYMENT_FIELDS), shares))
    outcome = take_in_payments(
        rows=entries,
        source=f"api:{token.pk}",
        name=f"API: {token.name}",
        by=access.staff(request),
        at=clock.now(),
    )
    return _outcome(outcome.rows_read, outcome.fates, outcome.problems, {**PAYMENT_FIELDS, "bills": "bills"})


# ---- what comes in ---------------------------------------------------------------------------------------------


def _entries(request: HttpRequest, key: str) -> list[dict[str, Any]]:
    given = body_of(request, names=[key], most=MAX_BODY).get(key)
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise Refused(422, "fields", fields={key: f"a list of 1 to {MOST_ROWS} objects"})
    if len(given) > MOST_ROWS:
        raise Refused(422, "too_many_rows", most=MOST_ROWS)
    return given


def _cells(row: int, entry: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(entry) - set(columns))
    if unknown:
        raise Refused(422, "unknown_fields", row=row, fields=unknown[:20])
    return {columns[name]: _text(row, name, value) for name, value in entry.items()}


def _text(row: int, name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal) and -_DIGITS < value.adjusted() < _DIGITS and len(value.as_tuple().digits) < _DIGITS:
        return f"{value:f}"
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise Refused(422, "fields", row=row, fields={name: "text or number"})


# ---- what is answered ------------------------------------------------------------------------------------------


def _account(request: HttpRequest) -> Account:
    number = request.GET.get("account_no", "").strip()
    if not number:
        raise Refused(422, "fields", fields={"account_no": "missing"})
    return access.fetch(request, Account.objects.all(), Right.MONEY_SEE, account_no=number)


def _page(request: HttpRequest, rows: Any) -> tuple[list[Any], str | None]:
    before = request.GET.get("before", "")
    if before:
        if not (before.isascii() and before.isdigit() and len(before) < 19):
            raise Refused(422, "fields", fields={"before": "the value of `next`"})
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    following = str(found[PAGE - 1].pk) if len(found) > PAGE else None
    return found[:PAGE], following


def _outcome(
    rows_read: int, fates: Mapping[int, str], problems: Iterable[Problem], columns: Mapping[str, str]
) -> JsonResponse:
    names = {column: name for name, column in columns.items()}
    results: dict[int, dict[str, Any]] = {row: {"row": row, "outcome": fate} for row, fate in fates.items()}
    for one in problems:
        if one.code == "out_of_reach":  # outside, what is out of scope looks like what is absent
            one = replace(one, code="unknown_account")
        results[one.row] = {
            "row": one.row,
            "outcome": "rejected",
            "field": names[one.column],
            "code": one.code,
            "reason": row_problem_words(one),
        }
    said = [results[row]["outcome"] for row in sorted(results)]
    return JsonResponse(
        {
            "rows_read": rows_read,
            "stored": said.count(STORED),
            "unchanged": said.count(UNCHANGED),
            "rejected": said.count("rejected"),
            "results": [results[row] for row in sorted(results)],
        }
    )


def _bill(row: Bill) -> dict[str, Any]:
    return {
        "number": row.number,
        "account_no": row.account.account_no,
        "kind": row.kind,
        "status": row.status,
        "period_from": row.period_from.isoformat(),
        "period_until": row.period_until.isoformat(),
        "issued_on": row.issued_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "amount": str(row.amount),
        "open": str(row.open_amount),
        "paid": str(row.paid_amount),
        "written_off": str(row.written_off_amount),
        "contested": str(row.contested_amount),
        "settled_on": row.settled_on.isoformat() if row.settled_on else None,
        "kwh": None if row.kwh is None else f"{row.kwh:f}",
    }


def _payment(row: Payment) -> dict[str, Any]:
    settles: dict[str, Decimal] = {}
    for one in row.allocations.all():
        settles[one.bill.number] = settles.get(one.bill.number, Decimal(0)) + one.amount
    return {
        "reference": row.reference,
        "account_no": row.account.account_no,
        "channel": row.channel,
        "received_on": row.received_on.isoformat(),
        "amount": str(row.amount),
        "not_allocated": str(row.free_amount),
        "reversed_on": row.reversed_on.isoformat() if row.reversed_on else None,
        "bills": {number: str(amount) for number, amount in settles.items()},
    }
