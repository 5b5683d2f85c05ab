"""`manage.py demo`: the demonstration company 江海市供电公司, everything in it made up."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import translation

from kam.core.models import ROLE_LABELS
from kam.lib import clock
from kam.lib.typed import command_day
from kam.reports.actions.demo import company, people, plan


class Command(BaseCommand):
    help = "Build the demonstration company, once. Everything in it is made up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", type=int, default=company.DEFAULT_ACCOUNTS, metavar="N")
        parser.add_argument(
            "--readings-for",
            type=int,
            metavar="M",
            help=f"how many accounts get readings (all of {company.DEFAULT_ACCOUNTS}, else {company.SAMPLE})",
        )
        parser.add_argument("--days", type=int, help="days of readings (two years and the month begun)")
        parser.add_argument("--seed-date", type=command_day, metavar="DATE", help="the day taken as today")
        parser.add_argument("--print-logins", action="store_true", help="only print one login for each role")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["print_logins"]:
            self._print_logins()
            return
        if not 1 <= options["accounts"] <= plan.MOST_ACCOUNTS:
            raise CommandError(f"--accounts is 1 to {plan.MOST_ACCOUNTS}.", returncode=2)
        today = options["seed_date"] or clock.today()
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days is 1 or more.", returncode=2)
        try:
            built = company.build(
                count=options["accounts"],
                with_readings=options["readings_for"],
                first=today - timedelta(days=days) if days else None,
                today=today,
                zone=clock.zone(),
                at=clock.now(),
                with_reports=options["accounts"] <= company.DEFAULT_ACCOUNTS and days is None,
            )
        except company.NotInProduction:
            raise CommandError(
                "The demonstration company is not built in production (KAM_ENV).", returncode=2
            ) from None
        if built is None:
            self.stdout.write("The demonstration company is there already; nothing was changed.")
            return
        self.stdout.write(
            f"{people.COMPANY_NAME}: {built.accounts:,} accounts, {built.intervals:,} readings "
            f"of {built.with_readings} of them, {built.reports} reports."
        )

    def _print_logins(self) -> None:
        if settings.PRODUCTION or not company.exists():
            self.stdout.write("There is no demonstration company here.")
            return
        rows = []
        for login in people.LOGINS:
            label = ROLE_LABELS[login.role]
            with translation.override("zh-hans"):
                chinese = str(label)
            with translation.override("en"):
                english = str(label)
            rows.append((login.username, chinese, english, reverse(login.url_name)))
        self.stdout.write(f"{people.COMPANY_NAME}, password for all: {people.PASSWORD}")
        for username, chinese, english, path in rows:
            # A Chinese character is two columns wide.
            columns = sum(2 if ord(character) > 0x2E80 else 1 for character in chinese)
            wide = chinese + " " * max(2, 24 - columns)
            self.stdout.write(f"  {username:<12}{wide}{english:<32}{path}")
