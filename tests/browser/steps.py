"""What stories in the browser do again and again: press a button, open what a customer was sent."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from kam.accounts.actions import links
from kam.accounts.models import Account, CustomerLink
from tests.browser.conftest import Site


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press a button and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def customers_page(site: Site, name: str, purpose: str) -> Page:
    """Open the link that a customer was sent last, on a telephone."""
    with site.still():
        account = Account.objects.get(name=name)
        link = CustomerLink.objects.filter(account=account, purpose=purpose, revoked_at=None).latest("pk")
        path = f"/c/{links.token_of(link)}/"
    page = site.window(width=390)
    page.goto(path)
    return page
