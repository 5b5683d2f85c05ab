"""axe finds nothing on any page, wide and narrow, in both languages, light and dark (WCAG 2.2 AA; UX "Access").

The pages come from the table of addresses (tests/access/table.py), so a new page is looked at without anybody's doing:
as the person who sees most, with rows of the table's own making; every form once more with all its fields emptied and
sent. Then pages that need more than one row to look as they do in use.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from kam.accounts.actions import profile
from kam.metering.models import LoadDay
from tests.access.matrix import Line, lines
from tests.access.rows import MAKES
from tests.access.table import SIGN
from tests.browser import company
from tests.browser.axe import faults
from tests.browser.conftest import Site, elsewhere
from tests.cast import NOW, PASSWORD, Cast, make_cast, make_meter

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

# Who sees most comes first.
ORDER = ["sun", "admin", "auditor", "planner", "li", "boss"]
SECRET = "JBSWY3DPEHPK3PXP"  # of RFC 6238's usual example
WITH_FACTOR = {
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
}
HOMES = ["li", "station_staff", "chen", "planner", "credit", "sun", "boss", "auditor", "admin"]
VIEWS: dict[str, dict[str, Any]] = {
    "wide, Chinese, light": {"width": 1280, "language": "zh-hans", "scheme": "light"},
    "narrow, English, dark": {"width": 390, "language": "en", "scheme": "dark"},
}
EMPTY = """() => {
  const form = [...document.querySelectorAll("main form[method=post]")].pop();
  if (!form) return false;
  form.noValidate = true;
  form.querySelectorAll("input:not([type=hidden]), textarea").forEach(field => {
    if (["checkbox", "radio"].includes(field.type)) field.checked = false; else field.value = "";
  });
  form.querySelector("button:not([type=button])").id = "send-it";
  return true;
}"""


@pytest.fixture(params=VIEWS, ids=list(VIEWS))
def view(request: pytest.FixtureRequest) -> dict[str, Any]:
    return VIEWS[request.param]


class Eyes:
    """One window for each of the cast, and what was found through them."""

    def __init__(self, site: Site, cast: Cast, view: dict[str, Any]) -> None:
        self.site = site
        self.cast = cast
        self.view = view
        self.found: list[str] = []
        self._pages: dict[str, Page] = {}

    def page(self, who: str) -> Page:
        if who not in self._pages:
            user = getattr(self.cast, who) if who else None
            self._pages[who] = self.site.window(user, **self.view)
        return self._pages[who]

    def look(self, who: str, url: str, state: str = "", status: int = 200) -> Page:
        """Open a page and note what axe finds there."""
        page = self.page(who)
        answer = page.goto(url)
        if answer is not None and answer.status != status:
            self.found.append(f"{url} as {who}: {answer.status} instead of {status}")
        if who and urlsplit(page.url).path == reverse("account_login"):
            self.found.append(f"{url} as {who}: the sign-in page came instead")
        self.note(page, f"{url} {state}")
        return page

    def note(self, page: Page, where: str) -> None:
        self.found += [f"{where}: {fault}" for fault in faults(page)]

    def report(self) -> None:
        assert not self.found, "\n".join(self.found)


@pytest.fixture
def eyes(site: Site, view: dict[str, Any]) -> Eyes:
    return Eyes(site, make_cast(), view)


def pages_of_table() -> Iterator[tuple[str, list[tuple[Line, str]]]]:
    """Yield the addresses that answer GET, with who is to look, by the rows they need."""
    shown = [line for line in lines() if line.method in ("GET", "BOTH")]
    seen = [(line, who) for line in shown if (who := next((who for who in ORDER if line.cells[who][0] == "v"), ""))]
    for of, group in groupby(sorted(seen, key=lambda pair: pair[0].of), key=lambda pair: pair[0].of):
        yield of, list(group)


def is_page(cast: Cast, who: str, url: str) -> bool:
    """Tell whether the address gives a page, not a file, a part of a page or figures for a chart."""
    client = Client()
    client.force_login(getattr(cast, who))
    answer: Any = client.get(url, follow=True)
    return str(answer["Content-Type"]).startswith("text/html") and b"<html" in answer.content


def send(page: Page) -> None:
    """Press the button that `EMPTY` marked, and wait for what it brings."""
    if page.locator("form[data-log] #send-it").count():
        page.click("#send-it")  # a telephone's form stays where it is
        page.locator("form[data-log] [role=alert]").wait_for()
        # The bar to save lies over whatever the scrolling left below it; at the end it lies over nothing.
        page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        return
    with page.expect_navigation():
        page.click("#send-it")


def test_every_page_of_the_table_with_little_on_it(eyes: Eyes) -> None:
    for who in ORDER:
        eyes.page(who)  # signs in, which must outlive the rows below
    forms = eyes.view["width"] == 1280
    for of, group in pages_of_table():
        # Rows of one kind are in the way of the next: each is undone before the next is made.
        with transaction.atomic():
            with eyes.site.still():
                kwargs = MAKES[of](eyes.cast)[0] if of != "-" else {}
                urls = [(line, who, reverse(line.name, kwargs=kwargs)) for line, who in group]
                urls = [(line, who, url) for line, who, url in urls if is_page(eyes.cast, who, url)]
            for line, who, url in urls:
                page = eyes.look(who, url)
                if forms and line.method == "BOTH" and page.evaluate(EMPTY):
                    send(page)
                    eyes.note(page, f"{url} sent empty")
            for who in {who for _, who, _ in urls}:
                eyes.page(who).goto("about:blank")  # nothing may still ask while the rows go
            transaction.set_rollback(True)
    eyes.report()


def test_full_pages(eyes: Eyes) -> None:
    cast = eyes.cast
    with eyes.site.still():
        company.furnish(cast)
        meter = company.with_readings(cast)
        report = elsewhere(lambda: company.written_report(cast))
        line = company.on_a_line(cast)
        accounts, readings = company.sent_accounts(cast), company.sent_readings(cast, meter)
    own = [cast.account.account_no]
    for who in HOMES:
        eyes.look(who, reverse("home"), f"of {who}")
    for name, args in (
        ("accounts:list", []),
        ("reports:account", own),
        ("reports:account_timeline", own),
        ("accounts:edit", own),
        ("accounts:team", own),
        ("reports:analysis", own),
        ("reports:detail", [report.pk]),
        ("reports:list", []),
        ("reports:groups", []),
        ("reports:account_imports", []),
        ("reports:account_import", [accounts]),
        ("metering:batches", []),
        ("metering:batch", [readings]),
        ("metering:meter", [meter.pk]),
        ("metering:meter_day", [meter.pk, "2026-06-03"]),
        ("network:tree", []),
        ("network:line", [line.pk]),
        ("core:staff", []),
    ):
        eyes.look("sun", reverse(name, args=args), "full")
    eyes.look("auditor", reverse("core:audit"), "full")
    page = eyes.look("sun", reverse("accounts:edit", args=own))
    with eyes.site.still():
        fields = {name: getattr(cast.account, name) for name in profile.FIELDS} | {"address": "东湖路 1 号"}
        profile.edit(account_id=cast.account.pk, version=cast.account.version, fields=fields, by=cast.li, at=NOW)
    page.fill("[name=address]", "东湖路 2 号")
    with page.expect_navigation():
        page.click(".kam-savebar .btn-primary")
    eyes.note(page, "edited by two")
    eyes.look("sun", f"{reverse('accounts:search')}?q=东湖", "hits")
    eyes.look("sun", f"{reverse('accounts:search')}?q=无此客户", "no hits")
    eyes.look("sun", f"{reverse('accounts:list')}?q=无此客户", "empty")
    eyes.look("sun", f"{reverse('reports:analysis', args=own)}?first=2020-01-01&last=2020-01-31", "beyond the readings")
    eyes.report()


def test_sign_in_and_what_is_about_ones_own_access(eyes: Eyes) -> None:
    with eyes.site.still():
        eyes.cast.li.set_password(PASSWORD)
        eyes.cast.li.save()
    page = eyes.look("", reverse("account_login"))
    for password, state in (("wrong", "sign-in refused"), (PASSWORD, "signed in")):
        page.fill("[name=login]", "li")
        page.fill("[name=password]", password)
        with page.expect_navigation():
            page.click("main .btn-primary")
        eyes.note(page, state)
    # Before a second factor there is none to end, and no codes to see.
    for name in sorted(SIGN - WITH_FACTOR):
        eyes.look("", reverse(name))
    with eyes.site.still():
        TOTP.activate(eyes.cast.li, SECRET)
        RecoveryCodes.activate(eyes.cast.li)
    for name in sorted(WITH_FACTOR - {"mfa_download_recovery_codes"}):
        eyes.look("", reverse(name))
    other = eyes.site.window(**eyes.view)
    other.goto(reverse("account_login"))
    other.fill("[name=login]", "li")
    other.fill("[name=password]", PASSWORD)
    with other.expect_navigation():
        other.click("main .btn-primary")
    eyes.note(other, "asked for the second factor")
    eyes.report()


def test_refusals_and_failures(eyes: Eyes) -> None:
    with eyes.site.still():
        meter = make_meter(eyes.cast.account)
        # Bytes that are not a day of readings: nothing foresees them.
        LoadDay.objects.create(meter=meter, day="2026-06-01", kwh=b"x", quality=b"x")
    with eyes.site.refusing():
        eyes.look("li", reverse("core:staff"), status=403)
        eyes.look("li", "/no/such/page/", status=404)
        eyes.look("", "/no/such/page/", status=404)
        eyes.look("li", reverse("metering:meter_day", args=[meter.pk, "2026-06-01"]), status=500)
    eyes.report()
