"""One address for every signed link; who comes without a good one is always shown the same page."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from kam.accounts.access import PAGES
from kam.accounts.actions import links
from kam.core.access import limits
from kam.core.access.sign_in import client_address
from kam.core.actions import record
from kam.lib import clock

GUESSES, GUESSES_PER_HOUR, HOUR = "customer.guess", 20, 3600


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def customer(request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
    """Open the page of a signed link."""
    at = clock.now()
    response = None
    address = client_address(request)
    if limits.counted(GUESSES, address, seconds=HOUR, at=at) < GUESSES_PER_HOUR:
        link = links.find(token)
        if link is None:
            _guessed(address, at)
        elif links.opens(link, at) and link.purpose in PAGES:
            # An answer may ask for another language than the one the customer's contact has on file.
            wanted = request.GET.get("lang", link.language)
            language = wanted if wanted in dict(settings.LANGUAGES) else link.language
            with translation.override(language):
                request.LANGUAGE_CODE = language
                try:
                    response = PAGES[link.purpose](request, link, rest)
                except Http404:
                    response = None
    if response is None:
        response = render(request, "customer_gone.html", status=404)
    # The token is in the path: no other site may learn it, and no search engine. `no-referrer` would make browsers
    # send `Origin: null` with the answer, which the forgery check refuses.
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _guessed(address: str, at: datetime) -> None:
    """Count a token that never was; links that have run out are no guesses, or a customer's old mails would count."""
    if limits.count(GUESSES, address, seconds=HOUR, at=at) == GUESSES_PER_HOUR:
        record(by=None, at=at, action="link.guessed", subject="customer-link", guesses=GUESSES_PER_HOUR)
