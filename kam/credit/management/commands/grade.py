"""`manage.py grade ACCOUNT_NO --at DATE --json`: one account's grade with every indicator behind it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.accounts.models import Account
from kam.credit.queries.histories import NoScheme
from kam.credit.queries.of_account import computed, told
from kam.lib.typed import command_day

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Compute one account's grade at the end of a day; nothing is written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account_no")
        parser.add_argument("--at", type=command_day, required=True, metavar="DATE")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(account_no=options["account_no"]).first()
        if account is None:
            raise CommandError(_("There is no account %(no)s.") % {"no": options["account_no"]}, returncode=BAD_INPUT)
        try:
            found = told(computed(account, options["at"]))
        except NoScheme:
            raise CommandError(_("No released scheme holds on that day."), returncode=BAD_INPUT) from None
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.stdout.write(f"{found['grade']} {found['points']} ({found['rule_set']})")
        for one in found["indicators"]:
            self.stdout.write(f"  {one['name']}: {one['value']} → {one['points']} / {one['max_points']}")
        for one in found["vetoes"]:
            self.stdout.write(f"  {one['name']}: {one['at_best']}")
