"""The desk, the queue and a request's page."""

import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kam.notifications.models import Message
from kam.service_desk.actions import handovers, linking, merging, repair, requests
from kam.service_desk.models import Attachment, Request
from tests.cast import NOW, Cast, make_cast
from tests.service_desk.making import HOUR, answered, make_contact, statuses, take
from tests.service_desk.test_applications import apply
from tests.service_desk.test_repair import make_crew

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.lib.clock.now", lambda: NOW + HOUR)


def signed_in(user, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def form(**changes) -> dict[str, str]:
    return {"account": "3200001", "save": "1", "kind": "QUESTION", "text": "请核对电费", **changes}


# ---- desk


def test_the_caller_is_found_by_number_and_put_into_the_form(cast):
    contact = make_contact(cast)
    client = signed_in(cast.chen)
    page = text_of(client.post(reverse("desk:desk"), {"q": "138 0000 1234"}))
    assert cast.account.name in page
    assert "phone number of a contact" in page
    page = text_of(client.post(reverse("desk:desk"), {"q": "138 0000 1234", "account": "3200001"}))
    assert f'<option value="{contact.pk}" selected>' in page


def test_a_number_that_called_before_is_known_again(cast):
    take(cast, phone="0512-6512345", by=cast.chen)
    page = text_of(signed_in(cast.chen).post(reverse("desk:desk"), {"q": "05126512345"}))
    assert "called about" in page
    # Not to who may not see that customer.
    assert "called about" not in text_of(signed_in(cast.zhao).post(reverse("desk:desk"), {"q": "05126512345"}))


def test_a_request_is_taken_and_its_taker_stays_answerable(cast):
    answer = signed_in(cast.chen).post(reverse("desk:desk"), form(owner=cast.li.pk, caller_name="门卫"))
    row = Request.objects.get()
    assert answer["Location"] == reverse("desk:request", args=[row.pk])
    assert (row.first_owner, row.owner, row.source, row.caller_name) == (cast.chen, cast.li, "HOTLINE", "门卫")


def test_nothing_typed_is_lost_when_something_is_wrong(cast):
    page = text_of(signed_in(cast.chen).post(reverse("desk:desk"), form(kind="FAULT", place="", text="全厂停电了")))
    assert "全厂停电了" in page
    assert "the promise depends on it" in page
    page = text_of(signed_in(cast.chen).post(reverse("desk:desk"), form(phone="12")))
    assert "This cannot be a telephone number." in page
    assert not Request.objects.exists()


def test_a_likely_double_is_shown_before_it_is_taken(cast):
    known = take(cast)
    client = signed_in(cast.chen)
    page = text_of(client.post(reverse("desk:desk"), form()))
    assert "This may be known already" in page
    assert known.number in page
    assert Request.objects.count() == 1
    # Another kind is no double; and the person may say that it is something else.
    client.post(reverse("desk:desk"), form(kind="COMPLAINT"))
    client.post(reverse("desk:desk"), form(new="1"))
    assert Request.objects.count() == 3


def test_who_only_reads_does_not_take_requests(cast):
    assert signed_in(cast.boss).get(reverse("desk:desk")).status_code == 403
    assert Client().get(reverse("desk:desk")).status_code == 302


# ---- queue


def test_the_queue_stands_by_what_is_due_next(cast):
    late = take(cast, due=NOW, text="late one")
    today = take(cast, due=NOW + 3 * HOUR, text="today one")
    take(cast, account=cast.other_account, by=cast.zhao, text="foreign one")
    page = text_of(signed_in(cast.li).get(reverse("desk:queue")))
    assert page.index(late.title) < page.index(today.title)
    assert "1 hour late" in page or "60 minutes late" in page
    assert "foreign one" not in page


# What every page asks for beside its own: the session, the user, the roles, the units within reach.
FRAME = 4
SHOWN = ("mine", "all", "new", "late", "call_back", "closed")
READERS = ("chen", "li", "sun", "boss", "auditor", "station_staff")


def cost(client: Client, url: str) -> int:
    """Return how many queries a page takes beside what every page asks for."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries) - FRAME


def test_every_view_of_the_queue_costs_the_same_for_every_reader(cast):
    clients = {who: signed_in(getattr(cast, who)) for who in READERS}
    urls = [reverse("desk:queue") + f"?show={show}" for show in SHOWN]
    counts = []
    for _ in range(2):
        for n in range(6):
            answered(cast, due=NOW + n * HOUR)
            row = take(cast, by=cast.chen, due=NOW)
            handovers.ask_help(request=row, user=cast.li, ask="核对表码", by=cast.chen, at=NOW)
            take(cast, by=None, source="MAIL")
        for client in clients.values():
            client.get(urls[0])  # writes the session
        counts.append({(who, url): cost(client, url) for who, client in clients.items() for url in urls})
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= 8, counts[0]


def test_what_colleagues_ask_stands_on_top(cast):
    row = take(cast)
    handovers.offer(request=row, taker=cast.chen, reason="休假", by=cast.li, at=NOW)
    handovers.ask_help(request=row, user=cast.chen, ask="核对表码", by=cast.li, at=NOW)
    page = text_of(signed_in(cast.chen).get(reverse("desk:queue")))
    assert "Colleagues ask you" in page
    assert "核对表码" in page


# ---- page


def test_a_requests_page_has_all_of_it_in_a_bounded_number_of_queries(cast):
    row = take(cast, contact=make_contact(cast))
    double = take(cast, at=NOW + HOUR, text="同一件事又来电")
    merging.merge(one=row, other=double, by=cast.li, at=NOW + HOUR)
    client = signed_in(cast.li)
    client.get(reverse("desk:request", args=[row.pk]))
    with CaptureQueriesContext(connection) as queries:
        page = text_of(client.get(reverse("desk:request", args=[row.pk])))
    assert "同一件事又来电" in page
    assert "5 workdays" in page
    assert len(queries) <= 25


@pytest.mark.parametrize("stage", ["new", "in hand", "answered", "reopened", "application", "on the spot"])
def test_a_requests_page_is_bounded_at_every_stage_for_every_reader(cast, stage):
    if stage == "application":
        row = apply(cast).request
    elif stage == "new":
        row = take(cast, by=None, source="MAIL")
    else:
        row = take(cast, kind="FAULT", place="TOWN", by=cast.chen)
    if stage == "on the spot":
        repair.send(request=row, crew=make_crew(cast), by=cast.chen, at=NOW)
    if stage in ("answered", "reopened"):
        requests.answer(request=row, text="已核对", by=cast.chen, at=NOW)
    if stage == "reopened":
        requests.reopen(request=row, reason="还是不对", by=cast.li, at=NOW + HOUR)
    handovers.ask_help(request=row, user=cast.wang, ask="核对", by=cast.chen, at=NOW)
    linking.link(request=row, ref="metering.Meter:1", text="M1", by=cast.chen, at=NOW)
    url = reverse("desk:request", args=[row.pk])
    for who in READERS:
        client = signed_in(getattr(cast, who))
        client.get(url)
        assert cost(client, url) + FRAME <= 25, who


def test_from_a_call_to_the_rating(cast):
    """The whole loop through the pages: taken, given, in hand, answered, called back, closed."""
    desk, manager = signed_in(cast.chen), signed_in(cast.li)
    desk.post(reverse("desk:desk"), form(owner=cast.li.pk, contact=make_contact(cast).pk))
    row = Request.objects.get()
    manager.post(reverse("desk:in_hand", args=[row.pk]))
    manager.post(reverse("desk:note", args=[row.pk]), {"kind": "CONTACT", "text": "已电话核实"})
    manager.post(reverse("desk:answer", args=[row.pk]), {"answer": "抄表无误", "send_link": "on"})
    assert Message.objects.filter(kind="service.rating").count() == 1
    page = text_of(desk.post(reverse("desk:call_back", args=[row.pk]), {"outcome": "content"}))
    assert "Ask for the rating" in page
    desk.post(reverse("desk:call_back", args=[row.pk]), {"outcome": "content", "stars": "5"})
    assert statuses(row) == ["NEW", "ASSIGNED", "IN_HAND", "ANSWERED", "CALLED_BACK", "CLOSED"]
    assert "★★★★★" in text_of(manager.get(reverse("desk:request", args=[row.pk])))


def test_a_step_that_somebody_else_took_is_told_and_not_an_error(cast):
    row = answered(cast)
    page = text_of(signed_in(cast.li).post(reverse("desk:answer", args=[row.pk]), {"answer": "再答复"}))
    assert "Somebody took this request further meanwhile" in page
    assert "再答复" not in row.answer


@pytest.mark.parametrize(
    "name, data, said",
    [
        ("pause", {"reason": "CUSTOMER", "text": ""}, "Please look at this again"),
        ("handover", {"user": "", "reason": "x"}, "Please look at this again"),
        ("merge", {"number": "SQ2026-999999"}, "no request of that number"),
        ("resume", {}, "Its time runs already"),
        ("close", {"text": "无人接听"}, "closes unheard after 3"),
    ],
)
def test_bad_input_is_told_in_words(cast, name, data, said):
    row = answered(cast) if name == "close" else take(cast)
    assert said in text_of(signed_in(cast.li).post(reverse(f"desk:{name}", args=[row.pk]), data))


def test_files_are_checked_and_only_ever_a_download(cast):
    row, client = take(cast), signed_in(cast.li)
    bad = io.BytesIO(b"<svg/>")
    bad.name = "x.svg"
    page = text_of(client.post(reverse("desk:attach", args=[row.pk]), {"file": bad}))
    assert "Files of this kind are not taken" in page
    good = io.BytesIO("用电说明".encode())
    good.name = "说明.txt"
    client.post(reverse("desk:attach", args=[row.pk]), {"file": good})
    answer = client.get(reverse("desk:attachment", args=[Attachment.objects.get().pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_callers_number_is_shown_only_after_it_is_on_the_record(cast):
    row = take(cast, phone="13800005678", by=cast.chen)
    client = signed_in(cast.chen)
    assert "13800005678" not in text_of(client.get(reverse("desk:request", args=[row.pk])))
    assert "13800005678" in text_of(client.post(reverse("desk:reveal", args=[row.pk])))
