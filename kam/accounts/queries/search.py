"""The search over everything an account is known by. Two queries, whatever is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from kam.accounts.models import Account, Contact, SearchEntry, own_manager_ids
from kam.accounts.rules import contact_text, search_text
from kam.core.models import User
from kam.core.rules import Reach
from kam.lib import encryption

EXACT, PREFIX, INSIDE = 0, 1, 2
PHONE = "PHONE"
# Where several entries of one account match alike, the first of these tells why it was found.
ORDER = ("NUMBER", "NAME", "USCC", "METER", "INITIALS", "CONTACT", PHONE)
ENTRIES, ACCOUNTS, CONTACTS = (model._meta.db_table for model in (SearchEntry, Account, Contact))
FTS = "accounts_search_fts"


@dataclass(frozen=True)
class Hit:
    """One account that was found, and by what: `kind` is a `SearchEntry.Kind` or "PHONE"."""

    account: Account
    kind: str
    text: str


def search(user: User, text: str, *, limit: int = 20) -> list[Hit]:
    """Return the accounts that `user` may see and that carry `text`: exact, then beginning, then inside.

    Fewer than two letters or digits find nothing. Among equals of a common text the order is that of entry, so
    that the index stops at `limit` and does not read on to sort.
    """
    best: dict[int, tuple[int, int, str, str]] = {}
    for account_id, kind, found, stage in _entries(user, text, limit * 3):
        mark = (stage, ORDER.index(kind), kind, found)
        if account_id not in best or mark < best[account_id]:
            best[account_id] = mark
    ranked = sorted(best, key=lambda pk: (*best[pk][:2], best[pk][3]))[:limit]
    rows = Account.objects.visible_to(user).filter(id__in=ranked).select_related("unit", "manager")
    accounts = {row.pk: row for row in rows}
    return [Hit(accounts[pk], best[pk][2], best[pk][3]) for pk in ranked if pk in accounts]


def matching_ids(user: User, text: str, *, at_most: int) -> set[int] | None:
    """Return the ids of all visible accounts that carry `text`; None where they are more than `at_most`.

    None also where too many entries match, seen or not; then a list filters row by row and stops at its page.
    """
    rows = _entries(user, text, at_most * 2 + 1, ranked=False)
    ids = {row[0] for row in rows}
    return None if len(rows) > at_most * 2 or len(ids) > at_most else ids


def _entries(user: User, text: str, limit: int, *, ranked: bool = True) -> list[tuple[int, str, str, int]]:
    """Return (account id, kind, entry text, stage) of at most `limit` entries per stage, in one query.

    Not `ranked`: only where the text stands inside, which covers its beginning and the whole.
    """
    folded = search_text.fold(text[: search_text.LONGEST])
    if len(folded) < search_text.SHORTEST or user.reach == Reach.NONE:
        return []
    phone = contact_text.normal_phone(text)
    stages = _own_stages(user, folded) if user.reach == Reach.OWN else _unit_stages(user, folded)
    if not ranked:
        stages = stages[-1:]
    if contact_text.is_phone(phone):
        scope, scoped = _scope(user)
        stages.append(
            (
                f"SELECT c.account_id, '{PHONE}' AS kind, '' AS text, {EXACT} AS stage FROM {CONTACTS} c "
                f"JOIN {ACCOUNTS} a ON a.id = c.account_id WHERE c.phone_index = %s AND c.active{scope}",
                [encryption.blind_index(phone), *scoped],
            )
        )
    sql = " UNION ALL ".join(f"SELECT * FROM ({part} LIMIT {int(limit)}) AS s{i}" for i, (part, _) in enumerate(stages))
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, values in stages for value in values])
        return list(cursor.fetchall())


def _scope(user: User) -> tuple[str, list[Any]]:
    """Return the condition on account `a` that `Account.objects.visible_to` writes, and its values."""
    if user.reach == Reach.OWN:
        ids: Sequence[int] | None = own_manager_ids(user)
        column = "a.manager_id"
    else:
        ids, column = user.unit_ids, "a.unit_id"
    if ids is None:
        return "", []
    return f" AND {column} IN ({', '.join(['%s'] * len(ids)) or 'NULL'})", list(ids)


def _own_stages(user: User, folded: str) -> list[tuple[str, list[Any]]]:
    """Look through a few hundred accounts themselves: cheaper than the index, whatever is asked."""
    scope, values = _scope(user)
    stage = f"CASE WHEN e.text = %s THEN {EXACT} WHEN e.text LIKE %s THEN {PREFIX} ELSE {INSIDE} END"
    return [
        (
            f"SELECT e.account_id, e.kind, e.text, {stage} AS stage FROM {ACCOUNTS} a "
            f"JOIN {ENTRIES} e ON e.account_id = a.id WHERE e.text LIKE %s{scope} ORDER BY stage",
            [folded, f"{folded}%", f"%{folded}%", *values],
        )
    ]


def _unit_stages(user: User, folded: str) -> list[tuple[str, list[Any]]]:
    """Look the text up in the index: the whole company, or the units by the token in each entry."""
    scope, values = _scope(user)
    exact = (
        f"SELECT e.account_id, e.kind, e.text, {EXACT} AS stage FROM {ENTRIES} e "
        f"JOIN {ACCOUNTS} a ON a.id = e.account_id WHERE e.text = %s{scope}",
        [folded, *values],
    )
    units = None if user.unit_ids is None else [f"unit{unit_id}" for unit_id in user.unit_ids]
    by_index = _by_gin if connection.vendor == "postgresql" else _by_fts
    pieces, first = search_text.wanted(folded), search_text.wanted_at_start(folded)
    return [
        exact,
        by_index(pieces, units, f"SELECT e.account_id, e.kind, e.text, {PREFIX} AS stage", first, f"{folded}%"),
        by_index(pieces, units, f"SELECT e.account_id, e.kind, e.text, {INSIDE} AS stage", "", f"%{folded}%"),
    ]


def _by_fts(pieces: list[str], units: list[str] | None, select: str, first: str, pattern: str) -> tuple[str, list[Any]]:
    # Pieces side by side are the text itself; LIKE only tells a beginning from a piece further on.
    match = f'"{" ".join(pieces)}"'
    if first:
        match += f' AND "{first}"'
    if units is not None:
        match += f" AND ({' OR '.join(units) or 'nounit'})"
    return (
        f"{select} FROM {FTS} f JOIN {ENTRIES} e ON e.id = f.rowid WHERE f.grams MATCH %s AND e.text LIKE %s",
        [match, pattern],
    )


def _by_gin(pieces: list[str], units: list[str] | None, select: str, first: str, pattern: str) -> tuple[str, list[Any]]:
    array = "string_to_array(e.grams, ' ')"
    within = "" if units is None else f" AND {array} && %s::text[]"
    return (
        f"{select} FROM {ENTRIES} e WHERE {array} @> %s::text[] AND e.text LIKE %s{within}",
        [[*pieces, *([first] if first else [])], pattern, *([] if units is None else [units])],
    )
