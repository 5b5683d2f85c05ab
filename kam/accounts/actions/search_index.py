"""What the search looks through: rows of `SearchEntry`, written in the transaction of the change they follow."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet

from kam.accounts.models import Account, Contact, SearchEntry
from kam.accounts.queries.search import FTS
from kam.accounts.rules.search_text import fold, grams, initials

Kind = SearchEntry.Kind
CHUNK = 2_000
COLUMNS = ("account_id", "kind", "ref", "text", "grams")


class Entry(NamedTuple):
    """One row to be, in the order of `COLUMNS`."""

    account_id: int
    kind: str
    ref: str
    text: str
    grams: str


def unit_token(unit_id: int) -> str:
    """Return the piece that stands in every entry of a unit's accounts; five characters or more, so no gram."""
    return f"unit{unit_id}"


def entry(*, account_id: int, unit_id: int, kind: str, text: str, ref: str = "") -> Entry | None:
    """Make the entry of one text; none where nothing of it can be searched."""
    folded = initials(text) if kind == Kind.INITIALS else fold(text)
    folded = folded[:200]
    if not folded:
        return None
    return Entry(account_id, kind, ref, folded, " ".join([*grams(folded), unit_token(unit_id)]))


def entries_of(account: Account) -> Iterator[Entry]:
    """Make the entries of what stands in the account's own row."""
    texts = (
        (Kind.NUMBER, account.account_no),
        (Kind.NAME, account.name),
        (Kind.INITIALS, account.name),
        (Kind.USCC, account.uscc or account.other_id),
    )
    for kind, text in texts:
        made = entry(account_id=account.pk, unit_id=account.unit_id, kind=kind, text=text)
        if made:
            yield made


def add(entries: Iterable[Entry | None]) -> None:
    """Insert entries in bulk: COPY on PostgreSQL, one prepared statement on SQLite, in the caller's transaction."""
    rows = (made for made in entries if made is not None)
    table, names = SearchEntry._meta.db_table, ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        while batch := list(islice(rows, CHUNK)):
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES (%s, %s, %s, %s, %s)", batch)


def reindex(accounts: Iterable[int] | None = None) -> int:
    """Write the entries of `accounts` (ids; None: all) anew. Returns how many accounts.

    Meter numbers belong to metering: their entries keep the text and take the account's present unit.
    """
    ids = Account.objects.order_by("id").values_list("id", flat=True) if accounts is None else accounts
    source = iter(ids.iterator(CHUNK) if isinstance(ids, QuerySet) else ids)
    count = 0
    while chunk := list(islice(source, CHUNK)):
        with transaction.atomic():
            rows = Account.objects.filter(id__in=chunk).only("account_no", "name", "uscc", "other_id", "unit_id")
            units = {account.pk: account.unit_id for account in rows}
            old = SearchEntry.objects.filter(account_id__in=chunk)
            kept = list(old.filter(kind=Kind.METER).values_list("account_id", "ref", "text"))
            old.delete()
            add(made for account in rows for made in entries_of(account))
            add(
                entry(account_id=account_id, unit_id=units[account_id], kind=Kind.METER, text=text, ref=ref)
                for account_id, ref, text in kept
            )
            contacts = Contact.objects.filter(account_id__in=chunk, active=True)
            add(
                entry(account_id=account_id, unit_id=units[account_id], kind=Kind.CONTACT, text=name, ref=str(pk))
                for pk, account_id, name in contacts.values_list("id", "account_id", "name")
            )
            count += len(units)
    return count


def tidy() -> None:
    """Let the index forget what was taken out in bulk; SQLite's keeps a note of each until then, and slows down."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {FTS}({FTS}) VALUES ('optimize')")


def put(*, account: Account, kind: str, ref: str, text: str) -> None:
    """Write the entry of one meter or contact; an empty text takes it out."""
    SearchEntry.objects.filter(account=account, kind=kind, ref=ref).delete()
    if text:
        add([entry(account_id=account.pk, unit_id=account.unit_id, kind=kind, text=text, ref=ref)])
