"""The list of accounts: filters, order, bounded pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Window
from django.db.models.expressions import RawSQL
from django.utils.functional import Promise

from kam.accounts.models import Account, SearchEntry
from kam.accounts.queries.search import matching_ids
from kam.accounts.rules import industry
from kam.accounts.rules.search_text import fold
from kam.core.models import User
from kam.core.rules import Right
from kam.lib.pages import CAP, LAST, SIZE, Page, page_of
from kam.lib.typed import whole

Rows = QuerySet[Account]
# Few enough that all of them are known before a page is read (as far as counts go, too); more than this is a
# common text, which a list meets on every page it turns.
FEW = 10_000
SORTS = ("name", "account_no", "contract_kva", "voltage_kv", "industry", "importance", "updated_at")
PLAIN = ("kind", "importance", "status", "continuous", "group_id", "voltage_kv")


class MoreFilter(NamedTuple):
    """A filter that an app above hands down; who lacks `right` is not offered it, and it narrows nothing for them."""

    label: str | Promise
    right: Right
    choices: Callable[[], Sequence[tuple[str, str]]]
    narrow: Callable[[Rows, str], Rows]


MORE: dict[str, MoreFilter] = {}


def narrowed(rows: Rows, user: User, criteria: Mapping[str, Any]) -> Rows:
    """Narrow `rows` by the filters handed down, as far as `user` may use them."""
    for key, handed in MORE.items():
        if criteria.get(key) and user.may(handed.right):
            rows = handed.narrow(rows, str(criteria[key]))
    return rows


def filtered(rows: Rows, criteria: Mapping[str, Any]) -> Rows:
    """Narrow `rows` by `criteria`; an absent or None value does not filter. All but the text of the search.

    Keys: unit_ids, manager_id (0: nobody), section, industry (leading digits), kva_from, kva_until (half-open),
    and those of `PLAIN`.
    """
    plain = {key: criteria[key] for key in PLAIN if criteria.get(key) not in (None, "")}
    rows = rows.filter(**plain)
    if criteria.get("unit_ids") is not None:
        rows = rows.filter(unit_id__in=criteria["unit_ids"])
    if criteria.get("manager_id") is not None:
        rows = rows.filter(manager_id=criteria["manager_id"] or None)
    if criteria.get("section"):
        first, until = industry.span_of(criteria["section"])
        rows = rows.filter(industry__gte=first, industry__lt=until)
    if criteria.get("industry"):
        rows = rows.filter(industry__startswith=criteria["industry"])
    if criteria.get("kva_from") is not None:
        rows = rows.filter(contract_kva__gte=Decimal(criteria["kva_from"]))
    if criteria.get("kva_until") is not None:
        rows = rows.filter(contract_kva__lt=Decimal(criteria["kva_until"]))
    return rows


def ordered(rows: Rows, sort: str) -> Rows:
    """Order by one of `SORTS`, "-" before it for the other way; the id makes the order unique."""
    name = sort.removeprefix("-")
    if name not in SORTS:
        sort = "name"
    # Where a figure is empty the database's own order stands: asked for another, it would not read its index.
    return rows.order_by(sort, "-id" if sort.startswith("-") else "id")


def with_text(rows: Rows, user: User, text: str) -> tuple[Rows, bool]:
    """Keep the rows that carry `text`; the second value tells that they are few and all known."""
    ids = matching_ids(user, text, at_most=FEW)
    if ids is not None:
        return rows.filter(id__in=ids), True
    entries = SearchEntry.objects.filter(account=OuterRef("pk"), text__contains=fold(text))
    return rows.filter(Exists(entries)), False


def page(
    rows: Rows,
    user: User,
    *,
    criteria: Mapping[str, Any],
    text: str,
    sort: str,
    number: str | None,
    joins: Sequence[str] = (),
) -> Page:
    """Return one page of `rows` with their unit, manager, representative and group: three queries or fewer.

    `joins`: what the columns read beside them.
    """
    rows = ordered(narrowed(filtered(rows, criteria), user, criteria), sort)
    rows = rows.select_related("unit", "manager", "representative", "group", *joins)
    rows = rows.defer("note", "address")
    if not text.strip():
        return page_of(rows, number)
    found, few = with_text(rows, user, text)
    return counted_page(found, number) if few else capped_page(found, number)


def capped_page(rows: Rows, number: str | None) -> Page:
    """Return what `page_of` returns in one query, for the list that has to look for its text first.

    A page beyond the last costs the two of `page_of` more, which finds the last one.
    """
    wanted = min(max(whole(number) or 1, 1), LAST)
    sql, params = rows.order_by().values("pk")[: CAP + 1].query.sql_with_params()
    counted = rows.annotate(all_rows=RawSQL(f"(SELECT COUNT(*) FROM ({sql}) AS counted)", params))
    found: list[Any] = list(counted[(wanted - 1) * SIZE : wanted * SIZE])
    if not found:
        return page_of(rows, number)
    count = found[0].all_rows
    return Page(found, wanted, min(count, CAP), count > CAP, SIZE)


def counted_page(rows: QuerySet[Any], number: str | int | None, *, size: int = SIZE) -> Page:
    """Return one page with its exact count in one query: for lists known to be short."""
    wanted = max(whole(number) or 1, 1)
    counted = rows.annotate(all_rows=Window(Count(F("pk"))))
    found = list(counted[(wanted - 1) * size : wanted * size])
    if not found and wanted > 1:
        return page_of(rows, number, size=size)  # beyond the last page: that one
    count = found[0].all_rows if found else 0
    return Page(found, wanted, count, False, size)
