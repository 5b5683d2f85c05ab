"""`manage.py reconcile --month 2026-10 [--close] --json`: do the books of a month balance to the cent?"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.accounts.models import Account
from kam.billing.actions.books import NotBalanced, NotOver, close_month, figures_of
from kam.billing.queries.statement import reconcile
from kam.lib import clock, typed

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Balance the books at the end of a month: bills = paid + open + written off, received = paid + credit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", required=True, metavar="2026-10")
        parser.add_argument("--close", action="store_true", help="let nothing be dated into it any more")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        text = options["month"]
        month = typed.day(f"{text}-01") if re.fullmatch(r"\d{4}-\d{2}", text) else None
        if month is None:
            told = _("%(text)s is not a month between 1950 and 2199; write it as 2026-10.") % {"text": text}
            raise CommandError(told, returncode=BAD_INPUT)
        result = reconcile(month)
        if options["close"]:
            try:
                close_month(month=month, by=None, at=clock.now())
            except NotOver:
                raise CommandError(_("The month is not over yet."), returncode=BAD_INPUT) from None
            except NotBalanced:
                pass
        numbers = dict(Account.objects.filter(pk__in=list(result.differing)[:1000]).values_list("pk", "account_no"))
        figures: dict[str, Any] = {
            "month": options["month"],
            "ok": result.ok,
            **{name: float(value) for name, value in figures_of(result).items()},
            "differing": [
                {
                    "account": numbers.get(pk, ""),
                    "bills_differ": float(one.bills_differ),
                    "payments_differ": float(one.payments_differ),
                }
                for pk, one in list(result.differing.items())[:1000]
            ],
            "stale_bills": result.stale_bills,
            "stale_payments": result.stale_payments,
        }
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
        else:
            for name, value in figures.items():
                self.stdout.write(f"{name}: {value}")
        if not result.ok:
            raise CommandError(_("The books do not balance."), returncode=1)
