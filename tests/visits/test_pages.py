"""Pages of visits: bounded, filled in by hand, sent twice; pictures; figures that open their visits; symposia."""

import base64
import io
import json
import uuid
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, PngImagePlugin

from kam.accounts.actions import links
from kam.accounts.actions.contacts import add
from kam.accounts.models import CustomerLink
from kam.core.actions import edit_user
from kam.core.models import RuleValue, Unit, User
from kam.core.rules import Role
from kam.lib import clock
from kam.notifications.models import Message
from kam.outage_planning.models import Outage, OutageImpact
from kam.service_desk.actions.requests import take
from kam.service_desk.models import Request
from kam.visits.actions.digest import send_digests
from kam.visits.models import Photo, Symposium, Visit
from kam.visits.queries.company import company_figures, unseen
from kam.visits.queries.proposals import proposals
from kam.visits.rules.place import metres, route
from kam.visits.rules.reasons import Found, Reason, score, unseen_strength
from tests.cast import NOW, TODAY, make_account, make_cast
from tests.visits.making import hour, made, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def li(cast, client):
    client.force_login(cast.li)
    return client


def log_data(**changes):
    data = {
        "uid": str(uuid.uuid4()),
        "day": clock.today().isoformat(),
        "purpose": "ROUTINE",
        "topic_PRICE": "电价看不懂",
        "satisfaction": "4",
        "next_step": "",
        "request_kind": "QUESTION",
        "request_text": "",
    }
    return {**data, **changes}


def picture(kind="JPEG", size=(40, 30), **save):
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **save)
    return out.getvalue()


def test_totals_of_a_unit_open_the_visits_behind_them(cast, client, monkeypatch):
    """Two managers at one visit count twice and are one line; what a colleague did elsewhere is not among them."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    both = made(cast.account, cast.li, date(2026, 11, 3), cast.wang)
    alone = made(cast.account, cast.li, date(2026, 11, 10))
    far = made(cast.other_account, cast.zhao, date(2026, 11, 4))
    ahead = planned(cast.account, cast.li, date(2026, 12, 8))
    elsewhere = planned(cast.other_account, cast.zhao, date(2026, 12, 9))
    client.force_login(cast.boss)
    page = client.get(reverse("visits:quota")).content.decode()
    counts = {one.unit: one for one in company_figures(cast.boss, TODAY, day_over=False).units}
    for unit, seen, coming in (
        (cast.station, {both, alone}, {ahead}),
        (cast.district, {both, alone}, {ahead}),
        (cast.company, {both, alone, far}, {ahead, elsewhere}),
    ):
        behind = f"credit=below:{unit.pk}&from=2026-10-01&until=2026-11-22"
        assert behind.replace("&", "&amp;") in page
        answer = client.get(f"{reverse('visits:list')}?{behind}")
        assert set(answer.context["page"].rows) == seen
        assert answer.context["counted"] == counts[unit].quarter.made == len(seen) + 1
        still = f"show=open&below={unit.pk}&until=2027-01-01"
        assert still.replace("&", "&amp;") in page
        answer = client.get(f"{reverse('visits:list')}?{still}")
        assert set(answer.context["page"].rows) == coming
        assert len(coming) == counts[unit].quarter.planned
    # Who is asked for a unit out of reach gets what is within reach, and no more.
    client.force_login(cast.zhao)
    answer = client.get(f"{reverse('visits:list')}?credit=below:{cast.station.pk}")
    assert set(answer.context["page"].rows) <= {far, elsewhere}


def test_lists_cost_eight_queries(cast, li, django_assert_max_num_queries):
    for n in range(12):
        planned(cast.account, cast.li, clock.today() + timedelta(days=n))
        made(cast.account, cast.li, clock.today() - timedelta(days=n + 1))
    for name in ("list", "unseen", "symposia", "phone"):
        with django_assert_max_num_queries(8 + 3):  # and session, user, roles
            assert li.get(reverse(f"visits:{name}")).status_code == 200
    with django_assert_max_num_queries(25):
        li.get(reverse("visits:visit", args=[Visit.objects.latest("pk").pk]))


def test_a_series_is_planned_on_a_form_and_what_is_wrong_keeps_what_was_typed(cast, li):
    url = reverse("visits:plan", args=[cast.account.account_no])
    data = {"starts_at": "2027-01-04T09:00", "minutes": "60", "purpose": "ENERGY", "note": "年度用能", "step": "WEEKS"}
    answer = li.post(url, data)
    assert answer.status_code == 200
    assert "年度用能" in answer.content.decode()
    li.post(url, {**data, "every": "2", "until_day": "2027-02-15", "exceptions": "2027-01-18"})
    assert [visit.day for visit in Visit.objects.order_by("day")] == [date(2027, 1, 4), date(2027, 2, 1)]


def test_the_log_form_sent_twice_stores_one_visit_one_picture_and_one_request(cast, li):
    url = reverse("visits:phone_new", args=[cast.account.account_no])
    for _ in range(2):
        data = log_data(uid="6ba7b810-9dad-11d1-80b4-00c04fd430c8", request_text="请测算分时电价")
        data["photos"] = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
        assert li.post(url, data).status_code == 302
    assert Visit.objects.get().status == "DONE"
    assert Photo.objects.count() == 1
    assert Request.objects.get().owner == cast.li


def test_a_planned_visit_is_written_down_with_place_and_signature(cast, li):
    visit = planned(cast.account, cast.li, clock.today(), at=clock.now())
    page = li.get(reverse("visits:phone_log", args=[visit.uid])).content.decode()
    assert "我已到达" in page
    li.post(
        reverse("visits:phone_arrive", args=[visit.uid]),
        {"consent": "on", "latitude": "34.6", "longitude": "119.2", "accuracy": "12.4"},
    )
    signature = "data:image/png;base64," + base64.b64encode(picture("PNG")).decode()
    answer = li.post(reverse("visits:phone_log", args=[visit.uid]), log_data(signature=signature))
    assert answer.status_code == 302
    visit.refresh_from_db()
    assert (visit.status, visit.accuracy_m, visit.photos.get().kind) == ("DONE", 12, "SIGNATURE")
    other = li.post(reverse("visits:phone_log", args=[visit.uid]), log_data(topic_PRICE="别的"))
    assert other.status_code == 409
    assert "别的" in other.content.decode()  # nothing typed is lost
    li.post(reverse("visits:phone_log", args=[visit.uid]), log_data(topic_PRICE="更正", version=str(visit.version)))
    assert visit.topics.get().text == "更正"


def test_without_consent_no_place_is_kept(cast, li):
    visit = planned(cast.account, cast.li, clock.today(), at=clock.now())
    li.post(reverse("visits:phone_arrive", args=[visit.uid]), {"latitude": "34.6", "longitude": "119.2"})
    visit.refresh_from_db()
    assert visit.arrived_at is not None
    assert visit.latitude is None


def test_an_empty_log_says_what_is_missing(cast, li):
    answer = li.post(reverse("visits:phone_new", args=[cast.account.account_no]), log_data(topic_PRICE=""))
    assert answer.status_code == 200
    assert "请至少写一条" in answer.content.decode()


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + b"\0" * 40,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"PK\x03\x04" + b"\0" * 60,
        b"%PDF-1.7\n%%EOF",
        b"\xff\xd8\xff\xe0broken",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
        bomb(),
    ],
    ids=["empty", "gif", "svg", "html", "zip", "pdf", "broken jpeg", "broken png", "pixel flood"],
)
def test_hostile_files_are_refused_and_the_form_stays(cast, li, data):
    url = reverse("visits:phone_new", args=[cast.account.account_no])
    upload = SimpleUploadedFile("photo.jpg", data, "image/jpeg")
    answer = li.post(url, log_data(photos=upload))
    if data:
        assert "照片无法读取" in answer.content.decode()
        assert not Visit.objects.exists()
    assert not Photo.objects.exists()


def test_a_picture_loses_what_was_hidden_in_it_and_is_only_a_download(cast, li):
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    secret = PngImagePlugin.PngInfo()
    secret.add_text("Comment", "SECRET-TEXT")
    visit = planned(cast.account, cast.li, clock.today())
    url = reverse("visits:phone_photo", args=[visit.uid])
    files = [
        picture(exif=exif, comment=b"SECRET-COMMENT") + b"<script>SECRET-TAIL</script>",
        picture("PNG", pnginfo=secret),
    ]
    for data in files:
        mark = str(uuid.uuid4())
        for _ in range(2):
            upload = SimpleUploadedFile("../../x.php", data, "text/html")
            assert li.post(url, {"uid": mark, "photo": upload}).status_code == 204
    assert Photo.objects.count() == 2
    for photo in Photo.objects.all():
        answer = li.get(reverse("visits:photo", args=[photo.pk]))
        body = b"".join(answer.streaming_content)
        assert body.startswith(b"\xff\xd8\xff")
        assert b"SECRET" not in body
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Security-Policy"] == "sandbox"
        assert ".." not in photo.file.name


def test_every_figure_opens_its_visits(cast, client):
    made(cast.account, cast.li, clock.today() - timedelta(days=1))
    made(cast.account, cast.li, clock.today() - timedelta(days=1))
    client.force_login(cast.sun)
    figures = company_figures(cast.sun, clock.today(), day_over=False)
    own = next(one for one in figures.managers if one.subject == "li")
    page = client.get(reverse("visits:list"), {"credit": f"user:{cast.li.pk}"})
    assert page.context["page"].count == own.year.made == 1
    page = client.get(reverse("visits:list"), {"credit": f"unit:{cast.station.pk}"})
    assert page.context["page"].count == 1
    assert client.get(reverse("visits:quota"), {"at": "2026-03-31", "all": "1"}).status_code == 200


def test_units_add_up_and_a_transfer_is_parted(cast):
    for day in (date(2026, 2, 3), date(2026, 8, 4), date(2026, 8, 5)):
        made(cast.account, cast.li, day)
    edit_user(
        by=cast.admin,
        at=hour(date(2026, 7, 1)),
        user=cast.li,
        name="李敏",
        unit=cast.other_station,
        roles=[Role.MANAGER],
        active=True,
    )
    from kam.visits.actions.credits import recount_users

    recount_users([cast.li.pk], date(2026, 7, 1))
    figures = company_figures(cast.boss, date(2026, 8, 31), day_over=True)
    by_code = {one.unit.code: one for one in figures.units}
    # Wang is at S11 all year: 10; Li until 30 June: 181 of 365 days of 10, 4.96.
    assert (by_code["S11"].year.required, by_code["S11"].year.made) == (15, 1)
    assert (by_code["S21"].year.required, by_code["S21"].year.made) == (15, 2)
    assert (by_code["COMPANY"].year.required, by_code["COMPANY"].year.made) == (30, 3)


def test_the_company_page_costs_the_same_for_one_and_for_many(cast, client, django_assert_max_num_queries):
    client.force_login(cast.boss)
    for n in range(30):
        user = User.objects.create(username=f"m{n}", name=f"经理{n}", unit=cast.station)
        user.groups.set(cast.li.groups.all())
        made(cast.account, user, clock.today() - timedelta(days=n))
    with django_assert_max_num_queries(32):
        assert client.get(reverse("visits:quota")).status_code == 200


def test_unseen_accounts_come_the_longest_first(cast):
    from kam.accounts.models import Account

    seen = make_account(account_no="3200009", name="新材料", unit=cast.station, manager=cast.li, uscc="")
    made(cast.account, cast.li, TODAY - timedelta(days=100))
    made(seen, cast.li, TODAY - timedelta(days=5))
    rows = unseen(Account.objects.visible_to(cast.boss), TODAY)
    assert [row.account_no for row in rows] == [cast.other_account.account_no, cast.account.account_no]


def test_one_digest_a_week_and_not_before_monday_at_seven(cast):
    assert send_digests(at=hour(date(2026, 11, 23), 6)) == 0
    assert send_digests(at=hour(date(2026, 11, 23), 8)) == 4  # Li, Wang, Zhao, and Sun for the district
    assert send_digests(at=hour(date(2026, 11, 24), 8)) == 0
    text = Message.objects.get(key=f"visit.digest:2026-11-23:{cast.sun.pk}").text
    assert "2 名客户经理落后" in text
    assert send_digests(at=hour(date(2026, 11, 30), 8)) == 4


# ---- whom to visit next -----------------------------------------------------------------------------------------


def test_reasons_add_up_by_weight_and_strength():
    found = [Found(Reason.COMPLAINT, 1.0), Found(Reason.UNSEEN, 0.5), Found(Reason.VIP, 3.0)]
    assert score(found, {Reason.COMPLAINT: 40, Reason.UNSEEN: 30, Reason.VIP: 10}) == 65
    assert [unseen_strength(days, 90) for days in (10, 90, 365, None)] == [0.0, pytest.approx(1 / 3), 1.0, 1.0]


def test_a_route_goes_to_the_nearest_that_is_left_and_unknown_places_last():
    places = [(32.0, 121.0), None, (32.2, 121.0), (32.1, 121.0)]
    assert route(places) == [0, 3, 2, 1]
    assert metres((32.0, 121.0), (32.0, 121.0)) == 0
    assert metres((31.2304, 121.4737), (39.9042, 116.4074)) == pytest.approx(1_067_000, rel=0.01)  # Shanghai, Beijing


def test_proposals_name_their_reasons_and_leave_out_what_is_planned(cast):
    from kam.accounts.models import Account

    take(account=cast.account, kind="COMPLAINT", text="停电未通知", source="HOTLINE", by=cast.chen, at=NOW)
    other = make_account(account_no="3200009", name="新材料", unit=cast.station, manager=cast.li, uscc="")
    outage = Outage.objects.create(
        number="T1",
        title="检修",
        unit=cast.station,
        status="ANNOUNCED",
        starts_at=NOW + timedelta(days=8),
        ends_at=NOW + timedelta(days=8, hours=4),
        created_at=NOW,
    )
    OutageImpact.objects.create(outage=outage, account=other, effect=3)
    rows = proposals(Account.objects.visible_to(cast.li), cast.li, reader=cast.li, at=NOW)
    found = {row.account.pk: {one.reason for one in row.reasons} for row in rows}
    assert found[cast.account.pk] == {Reason.COMPLAINT, Reason.UNSEEN, Reason.QUOTA}
    assert found[other.pk] == {Reason.OUTAGE, Reason.UNSEEN, Reason.QUOTA}
    assert rows[0].account == cast.account
    planned(cast.account, cast.li, TODAY + timedelta(days=2))
    assert [row.account for row in proposals(Account.objects.visible_to(cast.li), cast.li, reader=cast.li, at=NOW)] == [
        other
    ]
    RuleValue.objects.filter(key="visits.reason.outage").update(value={"weight": 0})
    [row] = proposals(Account.objects.visible_to(cast.li), cast.li, reader=cast.li, at=NOW)
    assert Reason.OUTAGE not in {one.reason for one in row.reasons}


def test_those_ticked_become_a_days_visits(cast, li):
    assert li.get(reverse("visits:next")).status_code == 200
    day = clock.today() + timedelta(days=3)
    li.post(
        reverse("visits:plan_them"),
        {"account": [cast.account.account_no, cast.other_account.account_no], "day": day.isoformat()},
    )
    visit = Visit.objects.get()  # Zhao's is not Li's to plan
    assert (visit.account, visit.day, visit.manager) == (cast.account, day, cast.li)


# ---- calendar ---------------------------------------------------------------------------------------------------


def test_a_visit_is_dragged_and_a_told_customer_is_asked_about(cast, li):
    contact = add(account=cast.account, name="何工", phone="13800005678", by=cast.li, at=NOW)
    day = clock.today() + timedelta(days=5)
    visit = planned(cast.account, cast.li, day)
    found = json.loads(li.get(reverse("visits:calendar_events")).content)
    url = reverse("visits:place", args=[visit.pk])
    body = {"starts_at": f"{day}T14:00", "ends_at": f"{day}T15:00", "version": "1"}
    json_please = {"headers": {"accept": "application/json"}}
    assert li.post(url, body, **json_please).json()["placed"]
    assert not li.post(url, body, **json_please).json()["placed"]  # the version is another now
    li.post(reverse("visits:tell", args=[visit.pk]), {"contact": contact.pk})
    visit.refresh_from_db()
    body |= {"starts_at": f"{day}T16:00", "ends_at": f"{day}T17:00", "version": str(visit.version)}
    assert li.post(url, body, **json_please).json()["ask"]
    assert li.post(url, {**body, "sure": "1"}, **json_please).json()["placed"]
    assert Message.objects.filter(kind="visit.moved").count() == 1
    assert len(found["events"]) <= 1


# ---- symposia ---------------------------------------------------------------------------------------------------


def test_a_symposium_from_the_call_to_a_request(cast, li, client):
    add(account=cast.account, name="何工", phone="13800005678", channel="SMS", by=cast.li, at=NOW)
    start = clock.today() + timedelta(days=9)
    data = {"title": "分时电价座谈会", "starts_at": f"{start}T14:00", "minutes": "120", "place": "三楼"}
    li.post(reverse("visits:symposium_create"), {**data, "unit": cast.station.pk})
    row = Symposium.objects.get()
    numbers = f"{cast.account.account_no}，{cast.other_account.account_no}"
    li.post(reverse("visits:symposium_guests", args=[row.pk]), {"numbers": numbers})
    guest = row.guests.get()  # Zhao's account is out of Li's reach
    li.post(reverse("visits:symposium_invite", args=[row.pk]))
    link = CustomerLink.objects.get(purpose="symposium.invite")
    address = reverse("customer", args=[links.token_of(link)])
    assert "分时电价座谈会" in client.get(address).content.decode()
    client.post(address, {"coming": "yes", "people": "2", "note": "想谈错峰"})
    guest.refresh_from_db()
    assert (guest.coming, guest.people, guest.note) == ("YES", 2, "想谈错峰")
    upload = SimpleUploadedFile("议程.txt", "议程".encode())
    li.post(reverse("visits:symposium_add_file", args=[row.pk]), {"file": upload})
    evil = SimpleUploadedFile("x.html", b"<script>alert(1)</script>")
    assert (
        "不接受此文件" in li.post(reverse("visits:symposium_add_file", args=[row.pk]), {"file": evil}).content.decode()
    )
    material = li.get(reverse("visits:symposium_file", args=[row.files.get().pk]))
    assert material["Content-Disposition"].startswith("attachment")
    li.post(reverse("visits:symposium_hold", args=[row.pk]), {"minutes": "逐户答复", "came": [guest.pk]})
    row.refresh_from_db()
    guest.refresh_from_db()
    assert (row.status, row.minutes, guest.attended) == ("HELD", "逐户答复", True)
    asked = {"kind": "QUESTION", "text": "提前告知错峰"}
    for _ in range(2):
        li.post(reverse("visits:symposium_request", args=[guest.pk]), asked)
    assert Request.objects.get().source == "SYMPOSIUM"


def test_the_sheet_gathers_what_is_known_and_is_a_pdf_too(cast, li):
    take(account=cast.account, kind="QUESTION", text="分时电价怎么算", source="HOTLINE", by=cast.chen, at=NOW)
    made(cast.account, cast.li, date(2026, 10, 9), topics={"SUPPLY": "检修请提前说"}, next_step="送报告")
    visit = planned(cast.account, cast.li, clock.today() + timedelta(days=1))
    page = li.get(reverse("visits:sheet", args=[visit.pk])).content.decode()
    for words in ("分时电价怎么算", "检修请提前说", "送报告"):
        assert words in page
    answer = li.get(reverse("visits:sheet_pdf", args=[visit.pk]))
    assert answer.content.startswith(b"%PDF")


def test_home_and_account_page_show_what_is_to_be_done(cast, li):
    planned(cast.account, cast.li, clock.today() - timedelta(days=2))
    home = li.get(reverse("home")).content.decode()
    assert "待记录的走访" in home
    assert "本季走访户次" in home
    assert "2 天" in home
    page = li.get(reverse("reports:account", args=[cast.account.account_no])).content.decode()
    assert "待记录" in page


def test_units_come_from_the_scope(cast):
    assert {one.unit.pk for one in company_figures(cast.sun, TODAY, day_over=False).units} == {
        cast.district.pk,
        cast.station.pk,
    }
    assert Unit.objects.count() == 5
