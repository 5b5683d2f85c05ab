"""The customer's door: which page a signed link opens. Apps bring theirs by purpose; the address is one for all."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kam.accounts.models import CustomerLink

CustomerPage = Callable[[HttpRequest, CustomerLink, str], HttpResponse]
PAGES: dict[str, CustomerPage] = {}


def customer_page(purpose: str) -> Callable[[CustomerPage], CustomerPage]:
    """Register the view that links of `purpose` open: `view(request, link, rest)`, `rest` what follows the token.

    The link has been checked when the view is called, the link's language is on, and the headers are set afterwards.
    GET must change nothing (previewers of text messages fetch it); an answer is a POST, idempotent, and calls
    `links.note_use`. Where the thing is gone the view raises `Http404`: every failure shows the same page.
    Its module must be imported by the app's urls. Its template extends `customer.html`.
    """

    def register(view: CustomerPage) -> CustomerPage:
        if purpose in PAGES:
            raise ValueError(f"{purpose} has its page already")
        PAGES[purpose] = view
        return view

    return register
