"""Pages of money: what they show, what they do, who may, and how few queries they take (CRE-3 to CRE-9, SYS-1)."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kam.accounts.actions import links
from kam.accounts.models import CustomerLink
from kam.billing import actions
from kam.billing.actions import agreements, telling
from kam.billing.models import AcceptanceBill, BankLine, Bill, MonthClose, Payment, PaymentPlan, PrepaidContract
from kam.billing.queries.pages import account_money, age_filter, expected_cash, totals
from kam.core.rules import Role
from kam.lib import clock
from tests.billing.money import make_bill, pay
from tests.cast import NOW, Cast, make_account, make_cast, make_meter, make_user
from tests.reports.readings import store_plain

D = Decimal


@pytest.fixture
def cast(db: Any) -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    client.force_login(cast.credit)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"billing:{name}", args=args)


def do(client: Client, address: str, name: str, **data: Any) -> Any:
    return client.post(address, {"do": name, **data}, follow=True)


def late(cast: Cast, number: str = "B1", days: int = 40, **more: Any) -> Bill:
    due = clock.today() - timedelta(days=days)
    return make_bill(cast.account, number, due_on=due, issued_on=due - timedelta(days=15), **more)


def test_receivables_add_up_and_open_their_lists(cast: Cast, desk: Client, django_assert_max_num_queries: Any):
    for number in range(30):
        account = make_account(account_no=f"33{number:05}", name=f"工厂{number:02}", unit=cast.station, uscc="")
        due = clock.today() - timedelta(days=20 + number)
        make_bill(account, f"R{number}", due_on=due, issued_on=due, amount=D(100))
    late(cast, "ELSEWHERE", amount=D(1))
    make_bill(cast.other_account, "OTHER", due_on=clock.today() - timedelta(days=1), issued_on=date(2026, 1, 1))
    desk.get(url("receivables"))
    with django_assert_max_num_queries(18):
        response = desk.get(url("receivables"))
    found = response.context["found"]
    assert (found.open, found.overdue, found.accounts) == (D(3001), D(3001), 31)  # not the other district's
    assert sum(row.amount for row in found.ages) == found.open
    narrowed = desk.get(url("receivables"), {"age": "31-60"})
    assert narrowed.context["page"].count == sum(1 for n in range(30) if 20 + n >= 31) + 1
    assert desk.get(url("receivables"), {"q": "工厂07"}).context["page"].count == 1


def test_the_export_holds_what_the_list_shows(cast: Cast, desk: Client):
    late(cast)
    response = desk.post(url("receivables_export"), {"age": "late"})
    sheet = openpyxl.load_workbook(BytesIO(response.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][:2] == (cast.account.account_no, cast.account.name)
    assert rows[1][6] == 1000
    desk.force_login(cast.chen)  # sees money, may not export
    assert desk.post(url("receivables_export")).status_code == 403


def test_ages_of_the_database_are_those_of_the_rule(cast: Cast):
    today = clock.today()
    for number, days in enumerate((-1, 0, 1, 30, 31, 60, 61, 365, 366)):
        due = today - timedelta(days=days)
        make_bill(cast.account, f"A{number}", due_on=due, issued_on=due - timedelta(days=400), amount=D(1))
    found = totals(Bill.objects.all(), today)
    assert [row.bills for row in found.ages] == [2, 2, 2, 1, 0, 1, 1]
    assert Bill.objects.filter(age_filter("61-90", today)).count() == 1
    assert Bill.objects.filter(age_filter("nonsense", today)).count() == 9


def test_a_payment_at_the_desk(cast: Cast, desk: Client):
    old, new = late(cast, "B1", 40), late(cast, "B2", 10)
    form = desk.get(url("pay", cast.account.account_no)).context["form"]
    data = {
        "amount": "1200.00",
        "channel": "COUNTER",
        "received_on": clock.today().isoformat(),
        "key": form["key"].value(),
        "payer": "刘会计",
    }
    for _ in range(2):  # the button pressed twice
        response = desk.post(url("pay", cast.account.account_no), data, follow=True)
        assert response.status_code == 200
    assert Payment.objects.count() == 1
    for bill in (old, new):
        bill.refresh_from_db()
    assert (old.open_amount, new.open_amount) == (D(0), D(800))
    told = {**data, "key": "other", "amount": "100.00", f"bill_{new.pk}": "200.00"}
    refused = desk.post(url("pay", cast.account.account_no), told)
    assert refused.status_code == 200
    assert refused.context["form"].errors
    assert b"200.00" in refused.content  # nothing typed is lost
    tomorrow = {**data, "key": "k3", "received_on": (clock.today() + timedelta(days=1)).isoformat()}
    assert desk.post(url("pay", cast.account.account_no), tomorrow).context["form"].errors


def test_a_payment_is_moved_and_reversed(cast: Cast, desk: Client):
    old, new = late(cast, "B1", 40), late(cast, "B2", 10)
    row = pay(cast.account, "1000.00", clock.today(), "k1")
    response = do(desk, url("payment_act", row.pk), "anew", reason="回单写明", **{f"bill_{new.pk}": "1000.00"})
    assert response.status_code == 200
    new.refresh_from_db()
    assert new.open_amount == 0
    do(desk, url("payment_act", row.pk), "reverse", reason="退票")
    for bill in (old, new):
        bill.refresh_from_db()
        assert bill.open_amount == D(1000)
    again = do(desk, url("payment_act", row.pk), "reverse", reason="退票")
    assert again.context["reverse_form"].errors


def test_a_bill_is_explained_contested_and_written_off_by_two(cast: Cast, desk: Client):
    bill = late(cast, "B1", 40)
    page = desk.get(url("bill", bill.pk))
    assert page.context["penalty"].penalty.days == 40
    do(desk, url("bill_act", bill.pk), "contest", amount="300.00", reason="倍率", version=bill.version)
    stale = do(desk, url("bill_act", bill.pk), "contest", amount="200.00", reason="again", version=bill.version)
    assert "300.00" in str(stale.context["bound"].non_field_errors())
    assert desk.post(url("bill_act", bill.pk), {"do": "decide", "reason": "ok"}).status_code == 403
    do(desk, url("bill_act", bill.pk), "write_off", amount="1000.00", reason="破产")
    assert desk.post(url("bill_act", bill.pk), {"do": "write_off_yes"}).status_code == 403
    desk.force_login(cast.sun)
    do(desk, url("bill_act", bill.pk), "decide", reason="复核无误")
    do(desk, url("bill_act", bill.pk), "write_off_yes")
    bill.refresh_from_db()
    assert (bill.status, bill.contested_amount) == ("WRITTEN_OFF", D(0))


def test_acts_need_their_right_and_a_known_name(cast: Cast, client: Client):
    bill = late(cast)
    client.force_login(cast.li)  # sees, may not post
    for name in ("tell", "remind", "cancel", "contest", "write_off", "invoice"):
        assert client.post(url("bill_act", bill.pk), {"do": name}).status_code == 403
    assert client.post(url("bill_act", bill.pk), {"do": "no such act"}).status_code == 404
    assert client.get(url("pay", cast.account.account_no)).status_code == 403


def test_a_bill_from_readings_and_the_check_of_an_imported_one(cast: Cast, desk: Client):
    today = clock.today()
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    store_plain(make_meter(cast.account), first, (today.replace(day=1) - first).days)
    actions.assign_tariff(account=cast.account, code="GD-10", valid_from=date(2024, 1, 1), by=cast.li, at=NOW)
    response = do(desk, url("account_act", cast.account.account_no), "issue", month=f"{first:%Y-%m}")
    made = Bill.objects.get()
    assert made.number in response.content.decode()
    page = desk.get(url("bill", made.pk)).content.decode()
    assert "kVA × 22.6" in page
    other = make_bill(cast.account, "IMP", amount=made.amount + 5, kwh=made.kwh, period_from=first, period_until=today)
    checked = desk.get(url("bill", other.pk)).context["checked"]
    assert checked.difference == D(5)
    again = do(desk, url("account_act", cast.account.account_no), "issue", month=f"{first:%Y-%m}")
    assert again.context["problem"]


def test_demand_and_penalty_from_the_account(cast: Cast, desk: Client, django_assert_max_num_queries: Any):
    late(cast, "B1", 40)
    address = url("account", cast.account.account_no)
    desk.get(address)
    with django_assert_max_num_queries(25):
        assert desk.get(address).context["money"].demandable == D(1000)
    do(desk, url("account_act", cast.account.account_no), "demand")
    assert account_money(cast.account, clock.today()).notices[0].kind == "money.demand"
    pay(cast.account, "1000.00", clock.today(), "k1")
    do(desk, url("account_act", cast.account.account_no), "charge")
    # 0.2 % in the year of the due day, 0.3 % after it
    assert Bill.objects.get(kind="PENALTY").amount >= D("80.00")
    refused = do(desk, url("account_act", cast.account.account_no), "demand")
    assert refused.context["problem"]


def test_a_plan_from_trial_to_force(cast: Cast, desk: Client):
    late(cast, "B1", 20)
    address = url("plan_create", cast.account.account_no)
    assert desk.get(address).context["form"]["total"].value() == D(1000)
    today = clock.today()
    data = {
        "starts_on": today.isoformat(),
        "total": "1000.00",
        "days": "10, 25",
        "shares": "60, 40",
        "rounds": "1",
        "reason": "回款在月中",
    }
    tried = desk.post(address, {**data, "do": "try"})
    assert tried.context["tried"].simulation.problems == ()
    assert not PaymentPlan.objects.exists()
    assert desk.post(address, {**data, "total": "900.00", "do": "propose"}).context["form"].errors
    desk.post(address, {**data, "do": "propose"})
    plan = PaymentPlan.objects.get()
    assert desk.post(url("plan_act", plan.pk), {"do": "approve"}).status_code == 403
    desk.force_login(cast.sun)
    do(desk, url("plan_act", plan.pk), "approve", note="同意")
    plan.refresh_from_db()
    assert plan.status == "ACTIVE"
    assert desk.get(url("plans"), {"status": "ACTIVE"}).context["page"].count == 1
    do(desk, url("plan_act", plan.pk), "end", reason="已换协议")
    plan.refresh_from_db()
    assert plan.status == "ENDED"


def test_acceptance_and_prepaid_from_the_account(cast: Cast, desk: Client):
    bill = late(cast)
    address = url("account_act", cast.account.account_no)
    today = clock.today()
    wrong = do(
        desk, address, "acceptance", number="H1", acceptor="财务公司", face="1000",
        issued_on=today.isoformat(), due_on=today.isoformat(), discount_percent="0",
    )  # fmt: skip
    assert wrong.context["acceptance_form"].errors
    do(
        desk, address, "acceptance", number="H1", acceptor="财务公司", face="1000",
        issued_on=today.isoformat(), due_on=(today + timedelta(days=90)).isoformat(), discount_percent="0",
    )  # fmt: skip
    row = AcceptanceBill.objects.get()
    do(desk, url("acceptance_act", row.pk), "take")
    bill.refresh_from_db()
    assert bill.open_amount == 0
    do(desk, url("acceptance_act", row.pk), "dishonour", reason="余额不足")
    bill.refresh_from_db()
    assert bill.open_amount == 1000
    do(desk, address, "prepaid", contract_no="G1", signed_on=today.isoformat(), may_limit="on")
    contract = PrepaidContract.objects.get()
    do(desk, url("prepaid_act", contract.pk), "propose", limit_kw="50", reason="余额用尽")
    contract.refresh_from_db()
    assert contract.status == "LIMIT_PROPOSED"
    assert desk.post(url("prepaid_act", contract.pk), {"do": "limit"}).status_code == 403
    desk.force_login(cast.sun)
    do(desk, url("prepaid_act", contract.pk), "limit", note="")
    assert desk.get(url("prepaid", contract.pk)).status_code == 200
    contract.refresh_from_db()
    assert contract.status == "LIMITED"


def test_bank_file_and_its_work_list(cast: Cast, desk: Client):
    late(cast, "DF-1", 10)
    text = "日期,金额,付款人,附言,流水号\n2026-11-02,1000.00,某公司,付 DF-1,S1\n2026-11-02,5.00,不明,,S2\n"
    file = SimpleUploadedFile("bank.csv", text.encode())
    response = desk.post(url("bank"), {"file": file}, follow=True)
    assert response.context["page"].count == 1
    line = BankLine.objects.get(status="OPEN")
    wrong = do(desk, url("bank_line", line.pk), "post", account_no=cast.other_account.account_no)
    assert wrong.context["bound"].errors  # out of reach
    do(desk, url("bank_line", line.pk), "post", account_no=cast.account.account_no)
    assert Payment.objects.get(amount=D("5.00")).account == cast.account
    bad = desk.post(url("bank"), {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")})
    assert bad.context["form"].errors


def test_bills_come_as_a_file(cast: Cast, desk: Client):
    text = (
        "户号,账单号,发行日期,到期日,应收电费,电度电费\n3200001,N1,2026-11-05,2026-11-20,100.00,100.00\n9,N2,x,y,z,\n"
    )
    response = desk.post(url("bill_files"), {"file": SimpleUploadedFile("b.csv", text.encode()), "order": ""})
    assert (response.context["outcome"].stored, len(response.context["rejects"])) == (1, 1)
    assert Bill.objects.get().lines[0]["code"] == "energy"


def test_only_the_whole_company_closes_a_month(cast: Cast, client: Client):
    pay(cast.account, "10.00", date(2026, 10, 3), "k1")
    client.force_login(cast.sun)
    assert client.get(url("closes")).status_code == 403
    chief = make_user("chief", "总", cast.company, Role.SUPERVISOR)
    client.force_login(chief)
    checked = client.post(url("closes"), {"month": "2026-10", "do": "check"})
    assert checked.context["found"].ok
    client.post(url("closes"), {"month": "2026-10", "do": "close"})
    assert MonthClose.objects.get().figures["credit"] == "10.00"
    early = client.post(url("closes"), {"month": f"{clock.today():%Y-%m}", "do": "close"})
    assert early.context["form"].errors


def test_statement_as_page_workbook_and_pdf(cast: Cast, desk: Client):
    late(cast, "B1", 40)
    pay(cast.account, "400.00", clock.today(), "k1", reference="=1+1")
    period = {"days_from": "2025-01-01", "days_to": clock.today().isoformat()}
    page = desk.get(url("statement", cast.account.account_no), period)
    assert page.context["found"].closing == D(600)
    book = desk.get(url("statement_file", cast.account.account_no, "xlsx"), period)
    sheet = openpyxl.load_workbook(BytesIO(book.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[-1][5] == 600
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    pdf = desk.get(url("statement_file", cast.account.account_no, "pdf"), period)
    assert pdf.content.startswith(b"%PDF")
    assert desk.get(url("statement_file", cast.account.account_no, "exe")).status_code == 404
    wrong = desk.get(url("statement", cast.account.account_no), {"days_from": "2026-02-01", "days_to": "2026-01-01"})
    assert wrong.context["form"].errors


def test_expected_cash_follows_how_bills_were_paid(cast: Cast):
    today = date(2026, 11, 21)
    for month in range(1, 10):
        due = date(2026, month, 20)
        make_bill(cast.account, f"H{month}", due_on=due, issued_on=due, amount=D(100))
        pay(cast.account, "100.00", due + timedelta(days=7 if month % 2 else 0), f"k{month}")
    make_bill(cast.account, "NEXT", due_on=today + timedelta(days=10), issued_on=today, amount=D(900))
    found = expected_cash(Bill.objects.all(), today)
    assert found.bills_seen == 9
    assert found.curve[:2] == [round(4 / 9, 6), 1.0]
    assert [week.expected for week in found.weeks[:4]] == [D(0), D("400.00"), D("500.00"), D(0)]
    assert found.rest == 0


def test_the_customer_reads_the_bill_and_says_so(cast: Cast, client: Client):
    bill = late(cast, "B1", 1)
    notice = telling.tell_bill(bill=bill, by=cast.credit, at=clock.now())
    link = CustomerLink.objects.get()
    address = links.address_of(link)
    path = "/" + address.split("/", 3)[3]
    page = client.get(path)
    assert "1,000.00" in page.content.decode()
    notice.refresh_from_db()
    assert notice.proven_at is None  # looking changes nothing
    client.post(path)
    notice.refresh_from_db()
    assert notice.proven_at is not None
    assert client.get(f"{path}other").status_code == 404


def test_money_is_hidden_where_the_right_is_missing(cast: Cast, client: Client):
    bill = late(cast, "SECRET-1", 40, amount=D("7654.32"))
    telling.demand(account=cast.account, by=cast.credit, at=clock.now())
    agreements.contest(bill=bill, amount=D(1), reason="r", version=bill.version, by=cast.credit, at=clock.now())
    places = [
        reverse("reports:account", args=[cast.account.account_no]),
        reverse("reports:account_timeline", args=[cast.account.account_no]),
        reverse("notifications:queue"),
        reverse("notifications:calls"),
        reverse("home"),
        reverse("accounts:list"),
        reverse("accounts:search") + "?q=SECRET",
    ]
    for who in (cast.planner, cast.station_staff):
        client.force_login(who)
        for place in places:
            text = client.get(place).content.decode()
            assert "7,654.32" not in text, (who, place)
            assert "SECRET-1" not in text, (who, place)
        assert client.get(url("account", cast.account.account_no)).status_code == 403
    client.force_login(cast.li)
    assert "7,654.32" in client.get(places[0]).content.decode()


def test_empty_pages_say_how_to_begin(cast: Cast, desk: Client):
    for name in ("receivables", "cash", "plans", "prepaid_list", "bank", "bill_files"):
        assert desk.get(url(name)).status_code == 200
    assert desk.get(url("account", cast.account.account_no)).status_code == 200
