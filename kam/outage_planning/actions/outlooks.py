"""The supply and demand outlook: told to chosen accounts, read by link (OUT-7)."""

from __future__ import annotations

from collections.abc import Mapping
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
    """Write an outlook and tell it to every account of the unit (with all below) and scope, in one transaction.

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
        accounts = list(accounts_of(outlook).order_by("pk"))
        if not accounts:
            raise NobodyChosen
        until = day_start(days_until, clock.zone()) + AFTERWARDS
        teller = Teller(
            None,
            OUTLOOK,
            {
                "company": company_words,
                "phone": settings.COMPANY_PHONE,
                "period": lambda language: days_words(days_from, days_until, language),
                "level": lambda language: level_words(level, language),
                "title": title,
                "text": text,
            },
            at=at,
            owner_ref=ref_of(outlook),
        )
        people = people_to_tell([account.pk for account in accounts])
        readers = []
        for account in accounts:
            message = teller.owe(
                account,
                people.get(account.pk, []),
                key=f"{ref_of(outlook)} {account.pk}",
                ref=ref_of(outlook),
                facts={},
                deadline=day_start(days_from, clock.zone()),
                priority=PRIORITIES[NoticeKind.OUTLOOK],
                purpose=READ,
                until=until,
                must_prove=False,
                by=by,
            )
            readers.append(OutlookReader(outlook=outlook, account=account, message_key=message.key))
        OutlookReader.objects.bulk_create(readers, batch_size=500)
        TimelineEntry.objects.bulk_create(
            (
                TimelineEntry(
                    account=account, at=at, by=by, kind="outlook.told", facts={"title": title}, ref=ref_of(outlook)
                )
                for account in accounts
            ),
            batch_size=500,
        )
        record(by=by, at=at, action="outlook.told", subject=outlook, title=title, level=level, accounts=len(accounts))
    return outlook


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
