"""`manage.py penalty ACCOUNT_NO --at DATE --json`: the late-payment penalty of an account's bills, day by day."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.accounts.models import Account
from kam.billing.management.commands.aging import BAD_INPUT, day_of
from kam.billing.queries.receivables import BillPenalty, account_penalties

ZERO = Decimal("0.00")


class Command(BaseCommand):
    help = "The late-payment penalty that an account's bills bear until a day, with the days it comes from."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account_no")
        parser.add_argument("--at", metavar="DATE", help="today unless told; this day is counted")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        at = day_of(options["at"])
        account = Account.objects.filter(account_no=options["account_no"]).first()
        if account is None:
            told = _("There is no account %(number)s.") % {"number": options["account_no"]}
            raise CommandError(told, returncode=BAD_INPUT)
        found = account_penalties(account.pk, at)
        total = sum((one.penalty.yuan for one in found), ZERO)
        if options["json"]:
            figures = {
                "account": account.account_no,
                "at": at.isoformat(),
                "total": float(total),
                "charged": float(sum((one.charged for one in found), ZERO)),
                "bills": [_figures(one) for one in found],
            }
            self.stdout.write(json.dumps(figures))
            return
        self.stdout.write(f"{account} {at}: {total:,}")
        for one in found:
            self.stdout.write(f"{one.bill}: {one.penalty.days} d, {one.penalty.yuan:,}")


def _figures(one: BillPenalty) -> dict[str, Any]:
    bill, penalty = one.bill, one.penalty
    same = sum(part.days for part in penalty.stretches if part.first.year == bill.due_on.year)
    return {
        "number": bill.number,
        "due": bill.due_on.isoformat(),
        "amount": float(bill.amount),
        "open": float(bill.open_amount),
        "days_same_year": same,
        "days_cross_year": penalty.days - same,
        "penalty": float(penalty.yuan),
        "minimum_applied": penalty.minimum_applied,
        "charged": float(one.charged),
        "segments": [
            {
                "from": part.first.isoformat(),
                "until": part.until.isoformat(),
                "days": part.days,
                "balance": float(part.balance),
                "rate": float(part.rate),
                "yuan": float(part.yuan),
            }
            for part in penalty.stretches
        ],
    }
