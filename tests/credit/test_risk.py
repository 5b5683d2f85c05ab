"""The risk of late payment: honest features, better than plain base lines, early warnings (CRE-8, SRV-5)."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from kam.billing.models import Bill
from kam.credit.actions import risk
from kam.credit.models import BillRisk, EarlyWarning, LateRiskModel
from kam.credit.queries.risk import expected_of
from kam.credit.rules.late_features import FEATURES, PaidBill, known_at_issue
from kam.credit.rules.late_risk import TooLittle, calibration, fate, judge, score
from kam.credit.rules.warning import Reason, Seen, use_drop, warning
from tests.cast import NOW, make_cast
from tests.credit.money import make_bill, make_months

TRAIN, TEST = date(2013, 6, 30), date(2014, 1, 31)


def bill(pk, account, issued, days, amount=100.0):
    """A bill with 30 days to pay, settled so many days after its due date; None: unpaid."""
    due = issued + timedelta(days=30)
    return PaidBill(pk, account, issued, due, amount, None if days is None else due + timedelta(days=days))


def test_only_what_was_settled_before_the_day_of_issue_is_known():
    first = date(2026, 1, 1)
    rows = [bill(1, 1, first, 5), bill(2, 1, first + timedelta(days=20), -5), bill(3, 1, first + timedelta(days=40), 0)]
    known = known_at_issue(rows)
    assert [one.bills for one in known] == [0, 0, 1]  # the first was paid on day 35
    assert known[2].own_rate == 1.0
    names = dict(zip(FEATURES, known[2].features, strict=True))
    assert (names["open"], names["overdue"], names["last_days"]) == (1, 0, 5)


def test_the_bills_own_fate_changes_nothing_that_is_known_of_it():
    first = date(2026, 1, 1)
    past = [bill(pk, 1, first + timedelta(days=30 * pk), pk % 3) for pk in range(1, 9)]
    for days in (-20, 0, 60, None):
        last = known_at_issue([*past, bill(99, 1, date(2026, 12, 1), days)])[-1]
        assert last == known_at_issue([*past, bill(99, 1, date(2026, 12, 1), 1)])[-1]._replace(bill=last.bill)


def test_keeping_few_gives_the_same_as_keeping_all():
    rows = [bill(pk, pk % 3, date(2026, 1, 1) + timedelta(days=9 * pk), pk % 7 - 3) for pk in range(60)]
    everything = known_at_issue(rows)
    assert known_at_issue(rows, keep=lambda one: one.id % 5 == 0) == everything[::5]


def test_a_fate_is_known_when_it_is_known():
    one = bill(1, 1, date(2026, 1, 1), 10)  # due on 31 January, paid on 10 February
    assert fate(one, date(2026, 1, 31)) is None
    assert fate(one, date(2026, 2, 1)) is True
    assert fate(bill(1, 1, date(2026, 1, 1), 0), date(2026, 1, 31)) is False


def test_without_a_model_and_with_little_history_the_base_line_stands():
    known = known_at_issue([bill(1, 1, date(2026, 1, 1), 5)])
    found = score(None, known)[0]
    assert found.thin
    assert found.probability == pytest.approx(6 / 20)  # nothing known: the company's 30 %


def test_too_little_is_said():
    with pytest.raises(TooLittle):
        judge([bill(1, 1, date(2026, 1, 1), 5)], date(2026, 3, 1), date(2026, 6, 1))


def test_calibration_puts_each_bill_into_one_bin():
    import numpy as np

    bins = calibration(np.array([0.0, 1.0, 1.0]), np.array([0.05, 0.95, 1.0]))
    assert sum(one["bills"] for one in bins) == 3
    assert [(one["from"], one["seen"]) for one in bins] == [(0.0, 0.0), (0.9, 1.0)]


def real_bills(folder) -> list[PaidBill]:
    def day(text):
        month, of_month, year = text.split("/")
        return date(int(year), int(month), int(of_month))

    ids: dict[str, int] = {}
    rows = []
    with (folder / "receivables_ibm" / "WA_Fn-UseC_-Accounts-Receivable.csv").open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            account = ids.setdefault(row["customerID"], len(ids))
            amount, settled = float(row["InvoiceAmount"]), day(row["SettledDate"])
            rows.append(PaidBill(number, account, day(row["InvoiceDate"]), day(row["DueDate"]), amount, settled))
    return sorted(rows, key=lambda one: (one.issued, one.id))


def test_on_real_receivables_better_than_both_base_lines(real_data):
    """DATA 8: trained until 2013-06-30, judged after it."""
    _, judged = judge(real_bills(real_data), TRAIN, TEST)
    assert (judged.n_train, judged.n_test) == (1826, 536)
    for base in judged.baselines.values():
        assert judged.auc > base["auc"] + 0.01
        assert judged.brier < base["brier"] - 0.008
    assert judged.auc == pytest.approx(0.868, abs=0.004)
    assert judged.brier == pytest.approx(0.133, abs=0.003)
    # Calibrated: where it says x, about x of the bills are late.
    off = sum(one["bills"] * abs(one["predicted"] - one["seen"]) for one in judged.bins) / judged.n_test
    assert off < 0.08


def test_the_history_of_one_customer_weighs_in_the_right_direction(real_data):
    """Late always: likely late; never late: unlikely."""
    from kam.credit.rules.late_risk import train

    rows = real_bills(real_data)
    model = train(known_at_issue(rows), TRAIN)
    day = date(2012, 1, 1)
    late = [bill(pk, 1, day + timedelta(days=30 * pk), 12) for pk in range(10)]
    never = [bill(100 + pk, 2, day + timedelta(days=30 * pk), -9) for pk in range(10)]
    known = known_at_issue(sorted([*late, *never], key=lambda one: (one.issued, one.id)))
    of = {one.bill_id: one for one in score(model, known)}
    assert of[9].probability > 0.8
    assert of[109].probability < 0.15
    assert of[9].expected_days > of[109].expected_days
    assert of[9].drivers[0][1] > 0


# ---- in the database ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_contract_of_late_risk():
    cast = make_cast()
    for account, late in ((cast.account, 8), (cast.other_account, -6)):
        day = date(2023, 1, 10)
        rows = []
        for number in range(140):
            issued = day + timedelta(days=7 * number)
            due = issued + timedelta(days=20)
            paid = due + timedelta(days=late + (number * 7) % 9 - 4)
            rows.append(
                Bill(
                    account=account,
                    number=f"{account.pk}-{number}",
                    period_from=issued - timedelta(days=30),
                    period_until=issued,
                    issued_on=issued,
                    due_on=due,
                    amount=Decimal("100"),
                    open_amount=Decimal(0),
                    settled_on=paid,
                    at=NOW,
                )
            )
        Bill.objects.bulk_create(rows)
    out = StringIO()
    call_command("late_risk", "--train-until", "2025-01-01", "--test-until", "2025-12-31", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert {"n_train", "n_test", "auc", "brier", "baselines"} <= set(told)
    assert set(told["baselines"]) == {"own_late_rate", "logistic_on_own_late_rate"}
    assert told["n_train"] > 200
    with pytest.raises(CommandError):
        call_command("late_risk", "--train-until", "2013-01-01", "--test-until", "2013-06-01")
    at = datetime(2025, 12, 31, 4, tzinfo=UTC)
    assert risk.learn(at=at) is not None
    make_bill(cast.account, date(2026, 1, 20))
    assert risk.score_open(at=at) == 1
    found = BillRisk.objects.get()
    assert found.probability > 0.6
    assert not found.thin
    assert LateRiskModel.objects.get().judged["auc"] > 0.8


@pytest.mark.django_db
def test_settled_bills_lose_their_risk_and_pages_show_the_rest(client):
    cast = make_cast()
    make_months(cast.account, 6)
    row = make_bill(cast.account, date(2026, 12, 10))
    risk.score_open(at=NOW)
    client.force_login(cast.credit)
    page = client.get(reverse("credit:risk")).content.decode()
    assert row.number in page
    assert "历史数据不足" in page  # no model yet: said, not hidden
    Bill.objects.filter(pk=row.pk).update(open_amount=0, settled_on=date(2026, 11, 21))
    risk.score_open(at=NOW)
    assert not BillRisk.objects.exists()


def test_expected_cash_adds_up_to_what_is_open():
    found = BillRisk(probability=0.3333, days_if_late=12, usual_days=-4)
    parts = expected_of(Decimal("100.01"), date(2026, 12, 10), found, date(2026, 12, 1))
    assert sum(one.amount for one in parts) == Decimal("100.01")
    assert [one.on for one in parts] == [date(2026, 12, 6), date(2026, 12, 22)]
    late = expected_of(Decimal("50"), date(2026, 11, 1), found, date(2026, 12, 1))
    assert [(one.on, one.amount) for one in late] == [(date(2026, 12, 8), Decimal("50"))]


# ---- early warning -----------------------------------------------------------------------------------------------


def test_paying_later_than_before():
    assert warning(Seen(days=[-5] * 9 + [-5, -4, -5])) is None
    found = warning(Seen(days=[-5] * 9 + [4, 6, 8]))
    assert found is not None
    assert found.reasons == ((Reason.SLOWER, 6.0, -5.0),)


def test_use_that_drops_is_compared_with_the_same_month_before():
    year = [100.0] * 12
    assert use_drop([*year, 60.0, 100.0, 60.0]) == (60.0, 100.0)
    february = [100.0, 100.0, 20.0] + [100.0] * 11 + [20.0]
    assert use_drop(february) is None  # it drops every February
    assert use_drop([None] * 11 + [100.0, 100.0, 100.0, 50.0]) == (50.0, 100.0)
    assert use_drop([100.0] * 14 + [None]) is None


@pytest.mark.django_db
def test_warnings_come_and_go():
    cast = make_cast()
    make_months(cast.account, 9, last=date(2026, 7, 20))
    for month, late in ((8, 6), (9, 9), (10, 12)):
        due = date(2026, month, 20)
        make_bill(cast.account, due, paid_on=due + timedelta(days=late))
    assert risk.warn_early(at=NOW) == 1
    found = EarlyWarning.objects.get()
    assert found.reasons[0][0] == "SLOWER"
    assert risk.warn_early(at=NOW + timedelta(days=1)) == 1
    assert EarlyWarning.objects.get().first_on == found.first_on
    Bill.objects.all().update(settled_on=date(2026, 1, 1))
    assert risk.warn_early(at=NOW + timedelta(days=2)) == 0
