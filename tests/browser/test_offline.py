"""A telephone at a gate without a network: what is written there is stored once, whatever happens (VIS-7)."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from kam.accounts.models import Account
from kam.core.models import AuditEntry
from kam.lib import clock
from kam.service_desk.actions import repair
from kam.service_desk.models import FieldJob
from kam.visits.actions import log
from kam.visits.models import Photo, Visit
from tests.browser.conftest import Site
from tests.cast import Cast, make_cast
from tests.service_desk.making import take
from tests.service_desk.test_repair import make_crew
from tests.visits.making import entry, planned

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


SEALED = """async () => {
  const done = (asked) => new Promise((ok) => { asked.onsuccess = () => ok(asked.result); });
  const db = await done(indexedDB.open('kam-phone'));
  const rows = await done(db.transaction('entries').objectStore('entries').getAll());
  db.close();
  return rows.map((row) => new TextDecoder().decode(row.box.data)).join();
}"""


class Air:
    """The way between telephone and server. `up`: it is there; `drop_answers`: what is sent arrives, no answer does."""

    def __init__(self, port: int) -> None:
        self.server_port = port
        self.up, self.drop_answers = True, 0
        self.ears = socket.create_server(("127.0.0.1", 0))
        self.port = self.ears.getsockname()[1]
        self.open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        self.up = False
        for one in self.open:
            one.close()
        self.open.clear()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self.ears.accept()
            except OSError:
                return
            if not self.up:
                near.close()
                continue
            far = socket.create_connection(("localhost", self.server_port))
            self.open += [near, far]
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        dropping = threading.Event()

        def there() -> None:
            while data := self._read(near):
                if data.startswith((b"POST /visits/phone/", b"POST /requests/jobs/")) and self.drop_answers:
                    self.drop_answers -= 1
                    dropping.set()
                self._send(far, data)
            self._close(near, far)

        def back() -> None:
            while data := self._read(far):
                if dropping.is_set():
                    break
                self._send(near, data)
            self._close(near, far)

        threading.Thread(target=there, daemon=True).start()
        back()

    @staticmethod
    def _read(end: socket.socket) -> bytes:
        try:
            return end.recv(65536)
        except OSError:
            return b""

    @staticmethod
    def _send(end: socket.socket, data: bytes) -> None:
        with contextlib.suppress(OSError):
            end.sendall(data)

    @staticmethod
    def _close(*ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def cast(site: Site) -> Cast:
    with site.still():
        return make_cast()


@pytest.fixture
def air(site: Site) -> Iterator[Air]:
    air = Air(int(site.url.rsplit(":", 1)[1]))
    site.url = f"http://localhost:{air.port}"
    yield air
    air.ears.close()
    # Without a network the bell cannot ask for its number, and htmx says so on the console.
    site.complaints[:] = [one for one in site.complaints if "htmx:" not in one]


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (1200, 900), "#7a8a99").save(out, "JPEG")
    return out.getvalue()


def test_two_visits_written_without_a_network_are_each_stored_once(site: Site, cast: Cast, air: Air) -> None:
    now = clock.now()
    with site.still():
        first = planned(cast.account, cast.li, clock.today())
        other = Account.objects.create(
            account_no="3200009",
            name="东湖铸造有限公司",
            unit=cast.station,
            manager=cast.li,
            created_at=now,
            updated_at=now,
        )
    page = site.window(cast.li, width=390)
    page.goto("/visits/phone/")
    expect(page.locator("[data-phone-line]")).to_contain_text("已下载")
    page.evaluate("navigator.serviceWorker.ready")

    air.cut()
    # The planned one, with a photo; the page comes out of the telephone.
    page.goto(f"/visits/phone/{first.uid}/")
    page.locator("details", has=page.locator("#id_topic_QUALITY")).locator("summary").click()
    page.locator("#id_topic_QUALITY").fill("夜班电压偏低")
    page.locator("#id_photos").set_input_files({"name": "gate.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    page.locator("form[data-log] button.kam-full").click()
    page.wait_for_url("**/visits/phone/?kept=1")
    # One that nobody had planned.
    page.get_by_text("临时走访：选择客户").click()
    page.get_by_role("link", name=other.name).click()
    page.locator("details", has=page.locator("#id_topic_ENERGY")).locator("summary").click()
    page.locator("#id_topic_ENERGY").fill("想看月度用电分析")
    page.locator("form[data-log] button.kam-full").click()
    page.wait_for_url("**/visits/phone/?kept=1")
    page.get_by_text("2 条未发送").wait_for()
    with site.still():
        assert Visit.objects.filter(status="DONE").count() == 0
    # What lies on the telephone is sealed.
    stored = page.evaluate(SEALED)
    assert "夜班" not in stored

    # The network comes back, and drops the answer to the first entry: the server has it, the telephone does not know.
    air.up, air.drop_answers = True, 1
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-phone-entries]")).to_be_hidden(timeout=60_000)
    with site.still():
        done = list(Visit.objects.filter(status="DONE").order_by("pk"))
        assert [visit.account_id for visit in done] == [first.account_id, other.pk]
        assert Photo.objects.count() == 1
        assert [topic.text for visit in done for topic in visit.topics.all()] == ["夜班电压偏低", "想看月度用电分析"]


def test_what_somebody_else_wrote_is_not_written_over_and_signing_out_wipes_all(
    site: Site, cast: Cast, air: Air
) -> None:
    with site.still():
        visit = planned(cast.account, cast.li, clock.today())
    page = site.window(cast.li, width=390)
    page.goto("/visits/phone/")
    expect(page.locator("[data-phone-line]")).to_contain_text("已下载")
    page.evaluate("navigator.serviceWorker.ready")
    air.cut()
    page.goto(f"/visits/phone/{visit.uid}/")
    page.locator("details", has=page.locator("#id_topic_PRICE")).locator("summary").click()
    page.locator("#id_topic_PRICE").fill("电价疑问")
    page.locator("form[data-log] button.kam-full").click()
    page.wait_for_url("**/visits/phone/?kept=1")
    with site.still():
        log.log(visit=visit, entry=entry(clock.today(), topics={"SUPPLY": "同事先写的"}), by=cast.li, at=clock.now())
    with site.refusing():
        air.up = True
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.get_by_text("已有他人填写，未作覆盖").wait_for()
    with site.still():
        assert [topic.text for topic in Visit.objects.get(pk=visit.pk).topics.all()] == ["同事先写的"]
    page.get_by_text("您填写的内容").click()
    assert page.get_by_text("电价疑问").is_visible()
    page.get_by_role("button", name="作为单独一次走访发送").click()
    expect(page.locator("[data-phone-entries]")).to_be_hidden(timeout=60_000)
    with site.still():
        assert Visit.objects.filter(account=visit.account, status="DONE").count() == 2

    page.locator(".kam-user summary").click()
    page.locator("form[data-sign-out] button").click()
    page.wait_for_url("**/sign/in/**")
    assert page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))") == []
    assert page.evaluate("caches.keys()") == []


def test_a_crew_is_there_and_finishes_without_a_network_and_each_is_recorded_once(
    site: Site, cast: Cast, air: Air
) -> None:
    with site.still():
        crew = make_crew(cast, at=clock.now())
        row = take(cast, kind="FAULT", text="全厂停电", place="TOWN", by=cast.chen, at=clock.now())
        job = repair.send(request=row, crew=crew, by=cast.chen, at=clock.now())
    page = site.window(cast.station_staff, width=390)
    page.goto("/requests/field/")
    expect(page.locator("[data-phone-line]")).to_contain_text("已下载")
    page.evaluate("navigator.serviceWorker.ready")
    air.cut()
    page.get_by_role("link", name="打开").click()
    page.locator(f"form[action='/requests/jobs/{job.pk}/there/'] button").click()
    finish = page.locator(f"form[action='/requests/jobs/{job.pk}/finish/']")
    expect(finish).to_be_visible()
    page.reload()  # what was noted is still known to the page
    finish.locator("[name=cause]").fill("跌落式熔断器熔断")
    finish.locator("[name=result]").fill("更换熔丝，恢复供电")
    finish.locator("button").click()
    page.get_by_text("已在本机记下恢复供电").wait_for()
    with site.still():
        assert FieldJob.objects.get().arrived_at is None
    # The answer to the first of the two is lost on its way.
    air.up, air.drop_answers = True, 1
    page.goto("/requests/field/")
    expect(page.get_by_text("今日已完成")).to_be_visible(timeout=60_000)
    with site.still():
        done = FieldJob.objects.get()
        assert done.arrived_at is not None
        assert done.finished_at is not None
        assert done.arrived_at < done.finished_at
        assert (done.cause, AuditEntry.objects.filter(action="request.crew_there").count()) == ("跌落式熔断器熔断", 1)
