"""What a request can be about: things of its account, of the kinds that the apps hand in; and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from kam.accounts.models import Account
from kam.billing.models import Bill
from kam.core.models import User
from kam.core.queries.related import About
from kam.core.rules import Right
from kam.metering.models import Meter
from kam.outage_planning.models import Outage
from kam.outage_planning.rules.lifecycle import Status as OutageStatus
from kam.service_desk.models import Request, RequestRef
from kam.service_desk.rules.lifecycle import Source

MOST = 20


@dataclass(frozen=True)
class Kind:
    """A kind of thing that requests can be about.

    `rows` gets a user and an account and returns what the user may see of that account, the latest first;
    `search` names the columns that a text is looked for in; `words` says how one is called.
    """

    label: str | Promise
    right: Right
    url_name: str
    rows: Callable[[User, Account], QuerySet[Any]]
    search: Sequence[str]
    words: Callable[[Any], str]


@dataclass(frozen=True)
class Thing:
    ref: str
    text: str


@dataclass(frozen=True)
class Things:
    """What of one kind can be chosen."""

    label: str | Promise
    rows: list[Thing]


@dataclass(frozen=True)
class Linked:
    """One thing that a request is about; `path` empty where the user has no page for it."""

    row: RequestRef
    label: str | Promise
    path: str


KINDS: dict[str, Kind] = {}


def register(
    model: str,
    *,
    label: str | Promise,
    right: Right,
    url_name: str,
    rows: Callable[[User, Account], QuerySet[Any]],
    search: Sequence[str],
    words: Callable[[Any], str],
) -> None:
    """Let requests be about rows of `model` ("visits.Visit"); apps above call it when they start."""
    KINDS[model] = Kind(label, right, url_name, rows, search, words)


def things(user: User, account: Account, text: str, known: Iterable[str]) -> list[Things]:
    """Return what of the account a request can be made to be about, by kind; `known` is left out. A query a kind."""
    left_out = set(known)
    groups = []
    for model, kind in KINDS.items():
        if not user.may(kind.right):
            continue
        rows = kind.rows(user, account)
        if text:
            found = Q()
            for column in kind.search:
                found |= Q(**{f"{column}__icontains": text})
            rows = rows.filter(found)
        listed = [Thing(f"{model}:{row.pk}", kind.words(row)) for row in rows[: MOST + len(left_out)]]
        groups.append(Things(kind.label, [one for one in listed if one.ref not in left_out][:MOST]))
    return [group for group in groups if group.rows]


def thing_at(user: User, account: Account, ref: str) -> Thing | None:
    """Return what `ref` names, where it is of the account and the user may see it."""
    model, _, number = ref.partition(":")
    kind = KINDS.get(model)
    if kind is None or not user.may(kind.right) or not number.isdecimal() or len(number) > 18:
        return None
    row = kind.rows(user, account).filter(pk=int(number)).first()
    return Thing(ref, kind.words(row)) if row is not None else None


def linked(user: User, rows: Iterable[RequestRef]) -> list[Linked]:
    """Return each thing with what kind it is and where its page is. No query."""
    found = []
    for row in rows:
        model, _, number = row.ref.partition(":")
        kind = KINDS.get(model)
        path = reverse(kind.url_name, args=[int(number)]) if kind is not None and user.may(kind.right) else ""
        found.append(Linked(row, kind.label if kind is not None else "", path))
    return found


def requests_about(user: User, ref: str) -> list[About]:
    """Return the requests about a thing that the user may see, the latest first. One query."""
    ids = RequestRef.objects.filter(ref=ref, ended_at=None).values("request_id")
    rows = Request.objects.visible_to(user).filter(pk__in=ids).order_by("-received_at", "-pk")[:MOST]
    return [
        About(
            title=f"{row.number} {row.title}",
            path=reverse("desk:request", args=[row.pk]),
            status=row.get_status_display(),
            at=row.received_at,
        )
        for row in rows
    ]


def from_or_about(user: User, source: Source, ref: str) -> QuerySet[Any]:
    """Return the requests that came from the thing itself, and those linked to it, that the user may see."""
    ids = RequestRef.objects.filter(ref=ref, ended_at=None).values("request_id")
    return Request.objects.visible_to(user).filter(Q(source=source.value, source_ref=ref) | Q(pk__in=ids))


def outages(user: User, account: Account) -> QuerySet[Any]:
    """Outages that reach the account; a draft is the planners' own."""
    rows = Outage.objects.visible_to(user).filter(impacts__account=account)
    return rows.exclude(status=OutageStatus.DRAFT).order_by("-starts_at", "-pk")


def bills(user: User, account: Account) -> QuerySet[Any]:
    """The account's bills."""
    return Bill.objects.visible_to(user).filter(account=account).order_by("-issued_on", "-pk")


def meters(user: User, account: Account) -> QuerySet[Any]:
    """The account's meters, those in use first."""
    return Meter.objects.visible_to(user).filter(account=account).order_by("-active", "meter_no")
