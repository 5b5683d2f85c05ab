"""`manage.py aging --at DATE [--buckets 30,60,90,180,365] --json`: receivables by age on a day."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.billing.models import Bill
from kam.billing.queries.receivables import ageing_of
from kam.billing.rules.ageing import BadBuckets, Bucket
from kam.lib import clock
from kam.lib.typed import command_day

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Receivables by age at the end of a day: issued by then, not settled by then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", metavar="DATE", help="today unless told")
        parser.add_argument("--buckets", metavar="30,60,90", help="last day of each age; the rule in force unless told")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        at = day_of(options["at"])
        try:
            told = options["buckets"]
            buckets = [int(text) for text in told.split(",")] if told else None
            found = ageing_of(Bill.objects.all(), at, buckets)
        except (BadBuckets, ValueError):
            text = _("Write the buckets as whole days, each larger than the one before: 30,60,90.")
            raise CommandError(text, returncode=BAD_INPUT) from None
        figures = {
            "at": at.isoformat(),
            "total": float(found.total),
            "invoices": found.invoices,
            "not_due": _figures(found.not_due, edges=False),
            "buckets": [_figures(bucket) for bucket in found.buckets],
        }
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        self.stdout.write(f"{at}: {found.total:,} ({found.invoices})")
        for bucket in (found.not_due, *found.buckets):
            days = "-" if bucket.from_days is None else f"{bucket.from_days}-{bucket.to_days or ''}"
            self.stdout.write(f"{days}: {bucket.invoices}  {bucket.amount:,}")


def _figures(bucket: Bucket, *, edges: bool = True) -> dict[str, Any]:
    figures: dict[str, Any] = {"from_days": bucket.from_days, "to_days": bucket.to_days} if edges else {}
    return figures | {"invoices": bucket.invoices, "amount": float(bucket.amount)}


def day_of(text: str | None) -> date:
    """Read the day of `--at`; today where it is not told."""
    if text is None:
        return clock.today()
    try:
        return command_day(text)
    except ArgumentTypeError as problem:
        raise CommandError(str(problem), returncode=BAD_INPUT) from None
