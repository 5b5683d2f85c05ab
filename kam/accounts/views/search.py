"""The global search: a drop-down while typing, a page when sent."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kam.accounts.models import SearchEntry
from kam.accounts.queries.search import PHONE, search
from kam.accounts.rules.search_text import LONGEST, SHORTEST, fold
from kam.core import access
from kam.core.rules import Right

WHILE_TYPING, ON_PAGE = 8, 50
LABELS = dict(SearchEntry.Kind.choices)


@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """Accounts that carry the text anywhere; what was found is said, a phone number is never repeated."""
    access.check(request, Right.ACCOUNTS_SEE)
    text = request.GET.get("q", "").strip()[:LONGEST]
    typing = bool(request.htmx)  # type: ignore[attr-defined]
    hits = search(access.staff(request), text, limit=WHILE_TYPING if typing else ON_PAGE)
    context = {
        "search_text": text,
        "too_short": len(fold(text)) < SHORTEST,
        "hits": [
            (hit.account, hit.kind, LABELS.get(hit.kind, ""), "" if hit.kind in ("NAME", PHONE) else hit.text)
            for hit in hits
        ],
        "full": len(hits) == ON_PAGE,
    }
    return render(request, "accounts/search.html#hits" if typing else "accounts/search.html", context)
