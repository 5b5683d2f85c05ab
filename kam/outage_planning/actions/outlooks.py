"""The supply and demand outlook: told to chosen accounts, read by link (OUT-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from kam.accounts.actions import links
from kam.accounts.actions.reaching import people_to_tell
from kam.accounts.models import CustomerLink, TimelineEntry
from kam.core.actions import record
from kam.core.models import Unit, User
from kam.lib import clock
from kam.lib.intervals import day_start
from kam.outage_planning.actions import rounds
from kam.outage_planning.actions.load_control import NobodyChosen
from kam.outage_planning.actions.wording import Teller
from kam.outage_planning.models import Outlook, OutlookReader
from kam.outage_planning.queries.load_control import level_words
from kam.outage_planning.queries.outlooks import accounts_of
from kam.outage_planning.queries.telling import company_words
from kam.outage_planning.rules.telling import PRIORITIES, NoticeKind
from kam.outage_planning.rules.texts_under_way import OUTLOOK
from kam.outage_planning.rules.words import days_words

READ = "outage.outlook"  # purpose of the link
AFTERWARDS = timedelta(days=30)


def tell(
    *,
    title: str,
    level: str,
    text: str,
    days_from: date,
    days_until: date,
    unit: Unit,
    scope: Mapping[str, Any],
    by: User | None,
    at: datetime,
) -> Outlook:
    """Write an outlook and owe it to every account of the unit (with all below) and scope, in one transaction.

    The first portion of messages is written with it, the relay writes the others within seconds (`portions`).
    `scope`: {"lines": ids, "least_kva": number, "continuous": bool}, each of which narrows. Raises `NobodyChosen`.
    """
    with transaction.atomic():
        outlook = Outlook.objects.create(
            title=title,
            level=level,
            text=text,
            days_from=days_from,
            days_until=days_until,
            unit=unit,
            scope=dict(scope),
            by=by,
            at=at,
        )
        ids = list(accounts_of(outlook).order_by("pk").values_list("pk", flat=True))
        if not ids:
            raise NobodyChosen
        # Whom it is for is fixed now; an empty key means that the message is still to be written.
        OutlookReader.objects.bulk_create((OutlookReader(outlook=outlook, account_id=pk) for pk in ids), batch_size=500)
        owed, _ = rounds.begin(outlook=outlook, total=len(ids), by=by, at=at)
        rounds.first_portion(owed, ids, write=lambda some: write(outlook=outlook, accounts=some, by=by, at=at), at=at)
        record(by=by, at=at, action="outlook.told", subject=outlook, title=title, level=level, accounts=len(ids))
    return outlook


def write(*, outlook: Outlook, accounts: Sequence[int], by: User | None, at: datetime) -> None:
    """Write the messages of an outlook to some of its accounts, in the caller's transaction."""
    teller = Teller(
        None,
        OUTLOOK,
        {
            "company": company_words,
            "phone": settings.COMPANY_PHONE,
            "period": lambda language: days_words(outlook.days_from, outlook.days_until, language),
            "level": lambda language: level_words(outlook.level, language),
            "title": outlook.title,
            "text": outlook.text,
        },
        at=at,
        owner_ref=ref_of(outlook),
    )
    people = people_to_tell(accounts)
    with transaction.atomic():
        rows = OutlookReader.objects.filter(outlook=outlook, account__in=accounts, message_key="")
        readers = list(rows.select_related("account").order_by("account_id"))
        for reader in readers:
            reader.message_key = teller.owe(
                reader.account,
                people.get(reader.account_id, []),
                key=f"{ref_of(outlook)} {reader.account_id}",
                ref=ref_of(outlook),
                facts={},
                deadline=day_start(outlook.days_from, clock.zone()),
                priority=PRIORITIES[NoticeKind.OUTLOOK],
                purpose=READ,
                until=day_start(outlook.days_until, clock.zone()) + AFTERWARDS,
                must_prove=False,
                by=by,
            ).key
        OutlookReader.objects.bulk_update(readers, ["message_key"], batch_size=200)
        TimelineEntry.objects.bulk_create(
            TimelineEntry(
                account_id=reader.account_id,
                at=at,
                by=by,
                kind="outlook.told",
                facts={"title": outlook.title},
                ref=ref_of(outlook),
            )
            for reader in readers
        )


def read(*, reader: OutlookReader, link: CustomerLink | None, by: User | None, at: datetime) -> OutlookReader:
    """Note that the customer has read it; the first time counts."""
    with transaction.atomic():
        row: OutlookReader = OutlookReader.objects.select_for_update(of=("self",)).get(pk=reader.pk)
        if link is not None:
            links.note_use(link=link, at=at)
        if row.read_at is None:
            row.read_at = at
            row.save(update_fields=["read_at"])
            record(by=by, at=at, action="outlook.read", subject=f"outlook {row.outlook_id}", account_id=row.account_id)
            TimelineEntry.objects.create(
                account_id=row.account_id,
                at=at,
                by=by,
                kind="outlook.read",
                facts={},
                ref=f"outage_planning.Outlook:{row.outlook_id}",
            )
    return row


def ref_of(outlook: Outlook) -> str:
    """What messages and links about an outlook carry."""
    return f"outage_planning.Outlook:{outlook.pk}"
