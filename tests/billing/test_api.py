"""Bills and payments of other systems (issue: bills also come in by API; 50 identical posts make one)."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from kam.billing.actions import ledger
from kam.billing.models import Allocation, Bill, Payment
from kam.billing.queries.statement import reconcile
from kam.core.actions import tokens
from kam.core.models import IntakeBatch, User
from tests.billing.at_once import at_once, shared_database
from tests.billing.money import make_bill, pay
from tests.cast import NOW, Cast, make_cast

D = Decimal
BILL = {"account_no": "3200001", "number": "B1", "issued_on": "2026-11-05", "due_on": "2026-11-20", "amount": "1000.00"}
PAYMENT = {"account_no": "3200001", "reference": "R1", "received_on": "2026-11-18", "amount": "400.00"}


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW)
    caches["shared"].clear()


def speak(cast: Cast, who: User | None, name: str = "营销系统") -> dict[str, str]:
    token = tokens.make(name=name, by=cast.admin, at=NOW, acts_for=who)[1]
    return {"authorization": f"Bearer {token}", "accept-language": "en"}


def send(headers: dict[str, str], address: str, body: Any):
    text = body if isinstance(body, str) else json.dumps(body)
    return Client().post(reverse(address), text, content_type="application/json", headers=headers)


def read(headers: dict[str, str], address: str, *args: str, **query: str):
    return Client().get(reverse(address, args=args), query, headers=headers)


@pytest.fixture
def headers(cast) -> dict[str, str]:
    return speak(cast, cast.credit)


def test_bills_come_in_once_and_what_is_wrong_is_said_row_by_row(cast, headers):
    wrong = [
        BILL | {"number": "B2", "amount": "12.345"},
        BILL | {"number": "B3", "issued_on": "05/11/2026"},
        BILL | {"number": "B4", "account_no": "0"},
        BILL | {"number": "B5", "account_no": "3200002"},  # in the other district: as good as absent
        BILL | {"number": "B6", "due_on": "2026-11-01"},
        BILL,
    ]
    answer = send(headers, "api_bills", {"bills": [BILL | {"kwh": 900.5, "energy_yuan": 1000}, *wrong]})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["rows_read"], found["stored"], found["rejected"]) == (7, 1, 6)
    assert [(one.get("field"), one.get("code")) for one in found["results"]] == [
        (None, None),
        ("amount", "not_an_amount"),
        ("issued_on", "not_a_date"),
        ("account_no", "unknown_account"),
        ("account_no", "unknown_account"),
        ("due_on", "due_before_issue"),
        ("number", "number_twice"),
    ]
    assert found["results"][1]["reason"] == "not an amount in yuan and cents (12.345)"
    row = Bill.objects.get()
    assert (row.amount, row.kwh, row.by, row.period_from) == (D("1000.00"), D("900.5"), cast.credit, date(2026, 10, 1))
    assert row.batch
    assert row.batch.file_name == "API: 营销系统"
    assert row.lines[0]["code"] == "energy"


def test_the_same_again_changes_nothing_and_other_figures_are_refused(headers):
    assert send(headers, "api_bills", {"bills": [BILL]}).json()["stored"] == 1
    again = send(headers, "api_bills", {"bills": [BILL]}).json()
    assert (again["stored"], again["unchanged"], again["rejected"]) == (0, 1, 0)
    assert IntakeBatch.objects.count() == 1
    other = send(headers, "api_bills", {"bills": [BILL | {"amount": 1000.01}]}).json()["results"]
    assert [(one["field"], one["code"]) for one in other] == [("number", "differs")]
    assert Bill.objects.get().amount == D("1000.00")


def test_a_settled_day_pays_the_bill_then_or_later(headers):
    send(headers, "api_bills", {"bills": [BILL]})
    send(headers, "api_bills", {"bills": [BILL | {"settled_on": "2026-11-19"}]})
    assert Bill.objects.get().settled_on == date(2026, 11, 19)
    send(headers, "api_bills", {"bills": [BILL | {"settled_on": "2026-11-19"}]})
    assert Payment.objects.count() == 1


def test_payments_come_in_once_and_settle_what_they_are_told(cast, headers):
    make_bill(cast.account, "B1")
    make_bill(cast.account, "B2", due_on=date(2026, 11, 25))
    rows = [
        PAYMENT | {"bills": {"B2": "300.00"}, "payer": "东湖特钢"},
        PAYMENT | {"reference": "R2", "bills": {"B9": 1}},
        PAYMENT | {"reference": "R3", "bills": {"B1": "400.01"}},
        PAYMENT | {"reference": "R4", "received_on": "2026-12-01"},
        PAYMENT | {"reference": "R5", "amount": 0},
        PAYMENT | {"reference": "R6", "account_no": "3200002"},
        PAYMENT | {"reference": "R7", "channel": "ACCEPTANCE"},
        PAYMENT | {"reference": "R8", "amount": "1500"},
    ]
    found = send(headers, "api_payments", {"payments": rows}).json()
    assert [(one["outcome"], one.get("field"), one.get("code")) for one in found["results"]] == [
        ("stored", None, None),
        ("rejected", "bills", "no_open_bill"),
        ("rejected", "bills", "too_much"),
        ("rejected", "received_on", "in_future"),
        ("rejected", "amount", "not_above_nothing"),
        ("rejected", "account_no", "unknown_account"),
        ("rejected", "channel", "unknown_channel"),
        ("stored", None, None),
    ]
    shares = sorted(Allocation.objects.values_list("payment__reference", "bill__number", "amount"))
    assert shares == [("R1", "B2", D(300)), ("R8", "B1", D(1000)), ("R8", "B2", D(500))]
    again = send(headers, "api_payments", {"payments": rows[:1]}).json()
    assert again["results"] == [{"row": 0, "outcome": "unchanged"}]
    other = send(headers, "api_payments", {"payments": [PAYMENT | {"amount": 401}]}).json()["results"][0]
    assert (other["field"], other["code"]) == ("reference", "payment_differs")
    assert Payment.objects.count() == 2
    assert reconcile(date(2026, 11, 1)).ok


def test_what_a_bank_file_or_another_system_brought_is_not_posted_twice(cast, headers):
    pay(cast.account, "400.00", date(2026, 11, 18), "bank:1", reference="R1")
    assert send(headers, "api_payments", {"payments": [PAYMENT]}).json()["unchanged"] == 1
    # The same reference with another sum is another payment of another system.
    assert send(headers, "api_payments", {"payments": [PAYMENT | {"amount": 5}]}).json()["stored"] == 1
    assert Payment.objects.count() == 2


@pytest.mark.parametrize(
    "body, status, code",
    [
        ("{", 400, "not_json"),
        ("[]", 400, "not_an_object"),
        ('{"bills": [{"amount": NaN}]}', 400, "not_json"),
        ({}, 422, "fields"),
        ({"bills": []}, 422, "fields"),
        ({"bills": ["a"]}, 422, "fields"),
        ({"bills": [BILL], "more": 1}, 422, "unknown_fields"),
        ({"bills": [BILL | {"open_amount": 1}]}, 422, "unknown_fields"),
        ({"bills": [BILL | {"amount": [1]}]}, 422, "fields"),
        ({"bills": [BILL | {"amount": True}]}, 422, "fields"),
        ({"bills": [BILL] * 501}, 422, "too_many_rows"),
        ({"bills": [BILL | {"number": "a" * 1_000_000}]}, 413, "too_large"),
    ],
)
def test_what_is_no_call_is_refused_whole(headers, body, status, code):
    answer = send(headers, "api_bills", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Bill.objects.exists()


@pytest.mark.parametrize("amount", ["1e999999999", "1e-999999999", '"1e5"', "9" * 60])
def test_numbers_that_are_no_sums_are_refused(headers, amount):
    text = json.dumps({"bills": [BILL | {"amount": "X"}]}).replace('"X"', amount)
    assert send(headers, "api_bills", text).json()["results"][0]["code"] == "not_an_amount"


def test_what_is_seen_and_done_is_what_the_person_sees_and_may(cast):
    make_bill(cast.account, "B1")
    make_bill(cast.other_account, "B2")
    pay(cast.account, "400.00", date(2026, 11, 18), "k", reference="R1")
    credit, li = speak(cast, cast.credit), speak(cast, cast.li, "Li")
    wang, planner, nobody = speak(cast, cast.wang, "Wang"), speak(cast, cast.planner, "P"), speak(cast, None, "95598")
    for who in (credit, li):
        assert read(who, "api_bill", "B1").json()["open"] == "600.00"
        assert read(who, "api_bill", "B2").status_code == 404
        assert read(who, "api_bill", "B9").status_code == 404
        assert [one["number"] for one in read(who, "api_bills", account_no="3200001").json()["bills"]] == ["B1"]
        assert read(who, "api_bills", account_no="3200002").status_code == 404
        assert read(who, "api_payments", account_no="3200001").json()["payments"][0]["bills"] == {"B1": "400.00"}
    assert read(wang, "api_bill", "B1").status_code == 404
    # A manager sees money and does not post it; a planner and a system without a person see none.
    assert send(li, "api_bills", {"bills": [BILL]}).status_code == 403
    assert send(li, "api_payments", {"payments": [PAYMENT]}).status_code == 403
    for who in (planner, nobody):
        for answer in (read(who, "api_bill", "B1"), read(who, "api_bills", account_no="3200001")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
        assert send(who, "api_payments", {"payments": [PAYMENT]}).status_code == 403
    User.objects.filter(pk=cast.credit.pk).update(is_active=False)
    assert read(credit, "api_bill", "B1").status_code == 401
    assert Client().get(reverse("api_bill", args=["B1"])).status_code == 401


def test_a_list_is_read_page_by_page(cast, headers, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("kam.billing.views.api.PAGE", 2)
    for number in range(5):
        make_bill(cast.account, f"B{number}", due_on=date(2026, 11, 20))
    seen, before = [], ""
    while before is not None:
        with django_assert_max_num_queries(12):
            page = read(headers, "api_bills", account_no="3200001", before=before).json()
        seen += [one["number"] for one in page["bills"]]
        before = page["next"]
    assert seen == ["B4", "B3", "B2", "B1", "B0"]
    assert read(headers, "api_bills", account_no="3200001", before="x").status_code == 422
    assert read(headers, "api_bills").status_code == 422
    pay(cast.account, "4000.00", date(2026, 11, 18), "k")
    left = read(headers, "api_bills", account_no="3200001", open="1").json()["bills"]
    assert [one["number"] for one in left] == ["B4"]


def test_a_closed_month_takes_no_bill_and_books_a_payment_later(cast, headers):
    from kam.billing.actions import books

    make_bill(cast.account, "B0", due_on=date(2026, 10, 20))
    books.close_month(month=date(2026, 10, 1), by=cast.credit, at=NOW)
    late = BILL | {"issued_on": "2026-10-31", "due_on": "2026-11-10"}
    assert send(headers, "api_bills", {"bills": [late]}).json()["results"][0]["code"] == "month_closed"
    send(headers, "api_payments", {"payments": [PAYMENT | {"received_on": "2026-10-15"}]})
    assert Payment.objects.get().booked_on == date(2026, 11, 1)


def test_a_reversed_payment_is_not_posted_again_by_the_same_call(cast, headers):
    make_bill(cast.account)
    send(headers, "api_payments", {"payments": [PAYMENT]})
    ledger.reverse_payment(payment=Payment.objects.get(), reason="退票", by=cast.credit, at=NOW)
    assert send(headers, "api_payments", {"payments": [PAYMENT]}).json()["unchanged"] == 1
    assert Payment.objects.get().reversed_on


def test_too_many_calls_are_held_back(cast, headers, monkeypatch):
    monkeypatch.setattr("kam.core.access.api.CALLS_PER_MINUTE", 2)
    make_bill(cast.account, "B1")
    assert [read(headers, "api_bill", "B1").status_code for _ in range(3)] == [200, 200, 429]


def test_the_description_says_what_is_answered(cast, headers):
    described = Client().get(reverse("api_openapi")).json()
    schemas = described["components"]["schemas"]
    taken = send(headers, "api_bills", {"bills": [BILL]}).json()
    assert set(schemas["Taken"]["required"]) == set(taken)
    send(headers, "api_payments", {"payments": [PAYMENT]})
    assert set(read(headers, "api_bill", "B1").json()) == set(schemas["Bill"]["properties"])
    page = read(headers, "api_payments", account_no="3200001").json()
    assert set(page["payments"][0]) == set(schemas["Payment"]["properties"])
    assert schemas["PaymentIn"]["properties"]["channel"]["enum"] == [
        one for one in Payment.Channel.values if one not in ("ACCEPTANCE", "NOTE")
    ]


@pytest.mark.django_db(transaction=True)
def test_fifty_identical_posts_make_one(tmp_path: Path):
    cast = make_cast()
    headers = speak(cast, cast.credit)
    with shared_database(tmp_path):
        bills = at_once(50, lambda _: send(headers, "api_bills", {"bills": [BILL]}).json()["stored"])
        paid = at_once(50, lambda _: send(headers, "api_payments", {"payments": [PAYMENT]}).json()["stored"])
        assert (sorted(bills), sorted(paid)) == ([0] * 49 + [1], [0] * 49 + [1])
        [left] = at_once(1, lambda _: (Bill.objects.get().open_amount, Payment.objects.count()))
        assert left == (D(600), 1)


@pytest.mark.parametrize(
    "body",
    ['{"bills": [{"account_no": "3200001", "number": "\\ud800"}]}', '{"bills": [{"number": "a\\u0000b"}]}'],
)
def test_what_is_no_text_is_refused(headers, body):
    answer = send(headers, "api_bills", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_text")


@pytest.mark.parametrize("day", ["0001-01-15", "9999-12-31"])
def test_days_that_cannot_be_reckoned_with_are_refused(headers, day):
    answer = send(headers, "api_bills", {"bills": [BILL | {"issued_on": day, "due_on": day}]})
    assert (answer.status_code, answer.json()["rejected"]) == (200, 1)
