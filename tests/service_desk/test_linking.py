"""A request linked by hand to an outage, a bill, a meter, a visit, and the request shown on their pages."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kam.accounts.models import TimelineEntry
from kam.core.models import AuditEntry
from kam.outage_planning.models import Outage, OutageImpact
from kam.service_desk.actions import linking, merging, requests
from kam.service_desk.models import Request, RequestRef
from kam.service_desk.queries.linking import requests_about
from tests.billing.money import make_bill
from tests.cast import NOW, Cast, make_cast, make_meter
from tests.service_desk.making import DAY, HOUR, take
from tests.service_desk.test_pages import signed_in, text_of
from tests.visits.making import planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW + HOUR)


def outage_of(cast: Cast, status: str = "ANNOUNCED") -> Outage:
    outage = Outage.objects.create(
        number=f"TD-{status}",
        title="东湖线检修",
        status=status,
        unit=cast.station,
        starts_at=NOW + 40 * DAY,
        ends_at=NOW + 41 * DAY,
        created_at=NOW,
    )
    OutageImpact.objects.create(outage=outage, account=cast.account, effect=1)
    return outage


def everything(cast: Cast) -> dict[str, str]:
    """One thing of each kind of Li's account: its reference, and the page that shows what is about it."""
    outage, bill = outage_of(cast), make_bill(cast.account, "DF-1")
    meter, visit = make_meter(cast.account), planned(cast.account, cast.li, date(2026, 12, 1))
    return {
        f"outage_planning.Outage:{outage.pk}": reverse("outages:outage", args=[outage.pk]),
        f"billing.Bill:{bill.pk}": reverse("billing:bill", args=[bill.pk]),
        f"metering.Meter:{meter.pk}": reverse("metering:meter", args=[meter.pk]),
        f"visits.Visit:{visit.pk}": reverse("visits:visit", args=[visit.pk]),
    }


def test_a_request_is_linked_to_each_kind_of_thing_and_shown_on_its_page(cast):
    row, client = take(cast), signed_in(cast.li)
    pages, choose = everything(cast), reverse("desk:about", args=[row.pk])
    offered = text_of(client.get(choose))
    for ref, path in pages.items():
        assert f'value="{ref}"' in offered
        assert row.number not in text_of(client.get(path))
        answer = client.post(choose, {"ref": ref})
        assert answer["Location"] == reverse("desk:request", args=[row.pk])
        assert row.number in text_of(client.get(path)), path
        assert f'href="{path}"' in text_of(client.get(reverse("desk:request", args=[row.pk])))
    assert "Nothing to link" in text_of(client.get(choose))
    assert TimelineEntry.objects.filter(account=cast.account, kind="request.linked").count() == 4
    assert AuditEntry.objects.filter(action="request.linked").count() == 4
    # Nobody sees a request of an account that is out of their reach.
    outage = next(iter(pages))
    assert len(requests_about(cast.li, outage)) == 1
    assert requests_about(cast.zhao, outage) == []


def test_what_is_looked_for_is_found_by_number_or_day(cast):
    row, client = take(cast), signed_in(cast.li)
    everything(cast)
    choose = reverse("desk:about", args=[row.pk])
    for text, ref, other in (
        ("DF-1", "billing.Bill", "visits"),
        ("2026-12", "visits.Visit", "billing"),
        ("东湖线", "outage", "Bill"),
    ):
        page = text_of(client.get(choose, {"q": text}))
        assert f'value="{ref}' in page
        assert f'value="{other}' not in page
    assert "Nothing to link" in text_of(client.get(choose, {"q": "没有这个"}))


def test_a_link_is_taken_off_with_the_reason_and_the_page_says_that_it_was_there(cast):
    row, client = take(cast), signed_in(cast.li)
    ref, path = next(iter(everything(cast).items()))
    client.post(reverse("desk:about", args=[row.pk]), {"ref": ref})
    link = RequestRef.objects.get()
    end = reverse("desk:unlink", args=[link.pk])
    assert "Please look at this again" in text_of(client.post(end, {"text": ""}))
    client.post(end, {"text": "不是同一次停电"})
    page = text_of(client.get(reverse("desk:request", args=[row.pk])))
    assert "No longer linked" in page
    assert "不是同一次停电" in page
    assert f'href="{path}"' not in page
    assert row.number not in text_of(client.get(path))
    assert "was taken off before" in text_of(client.post(end, {"text": "再来一次"}))
    assert AuditEntry.objects.filter(action="request.unlinked").count() == 1
    # It may be linked again.
    client.post(reverse("desk:about", args=[row.pk]), {"ref": ref})
    assert RequestRef.objects.filter(ended_at=None).count() == 1


def test_drafts_and_things_of_other_accounts_cannot_be_linked(cast):
    row, client = take(cast), signed_in(cast.li)
    draft, foreign = outage_of(cast, "DRAFT"), make_bill(cast.other_account, "DF-2")
    meter = make_meter(cast.account)
    choose = reverse("desk:about", args=[row.pk])
    for ref in (
        f"outage_planning.Outage:{draft.pk}",
        f"billing.Bill:{foreign.pk}",
        "core.User:1",
        "billing.Bill:x",
        "x",
    ):
        assert "no such outage, bill" in text_of(client.post(choose, {"ref": ref}))
    # Who sees no money links no bill.
    bill = make_bill(cast.account, "DF-1")
    page = text_of(signed_in(cast.station_staff).get(choose))
    assert f"metering.Meter:{meter.pk}" in page
    assert "billing.Bill" not in page
    assert "no such outage" in text_of(signed_in(cast.station_staff).post(choose, {"ref": f"billing.Bill:{bill.pk}"}))
    assert not RequestRef.objects.exists()


def test_the_same_thing_is_linked_once_and_a_double_not_at_all(cast):
    row, double = take(cast), take(cast, at=NOW + HOUR)
    facts = {"ref": "metering.Meter:1", "text": "M1", "by": cast.li, "at": NOW}
    linking.link(request=row, **facts)
    with pytest.raises(linking.LinkedAlready):
        linking.link(request=row, **facts)
    kept = merging.merge(one=row, other=double, by=cast.li, at=NOW + HOUR)
    other = Request.objects.exclude(pk=kept.pk).get()
    with pytest.raises(requests.IsDouble):
        linking.link(request=other, **facts)


def test_choosing_costs_a_bounded_number_of_queries(cast):
    row, client = take(cast), signed_in(cast.li)
    everything(cast)
    choose = reverse("desk:about", args=[row.pk])
    client.get(choose)
    with CaptureQueriesContext(connection) as queries:
        client.get(choose)
    assert len(queries) <= 14
