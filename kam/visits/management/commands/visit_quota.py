"""`manage.py visit_quota --at DATE [--user NAME] --json`: what was owed, made and planned, and how it stands."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.accounts.models import Account
from kam.core.models import Unit, User
from kam.lib import clock
from kam.lib.typed import command_day
from kam.visits.queries import quota
from kam.visits.rules.quota import Progress

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Visits against the quotas of managers, supply stations and, where asked for, accounts, as of a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", type=command_day, metavar="DATE", help="the day; today")
        parser.add_argument("--user", metavar="NAME", help="only this account manager (user name)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        today = clock.today()
        at = options["at"] or today
        over = at < today  # today, visits can still be made
        users = User.objects.all()
        if options["user"]:
            users = users.filter(username=options["user"])
            if not users.exists():
                raise CommandError(_("Nobody has the user name %(name)s.") % {"name": options["user"]}, returncode=2)
        found = quota.managers(at, day_over=over, users=users)
        if not options["user"]:
            found += quota.stations(at, day_over=over, units=Unit.objects.all())
            found += quota.accounts(at, day_over=over, rows=Account.objects.all())
        if options["json"]:
            self.stdout.write(json.dumps([told_of(one) for one in found], ensure_ascii=False))
            return
        for one in found:
            year, quarter = words(one.year), words(one.quarter)
            self.stdout.write(f"{one.kind.value} {one.subject} {one.name}: {one.status.value}; {year}; {quarter}")


def told_of(one: quota.Standing) -> dict[str, Any]:
    """Return one subject by the names of the contract."""
    return {
        "subject": one.subject,
        "kind": one.kind.value,
        "year": figures(one.year),
        "quarter": figures(one.quarter),
        "status": one.status.value,
    }


def figures(one: Progress) -> dict[str, int]:
    """Return what is required, made and planned."""
    return {"required": one.required, "made": one.made, "planned": one.planned}


def words(one: Progress) -> str:
    """Say how one period stands, and where it is scaled, by which days."""
    text = f"{one.period.start} – {one.period.last}: {one.made} of {one.required}, {one.planned} planned"
    if one.scaled:
        text += f" (scaled: {one.duty} of {one.period.days} days on duty, {float(one.exact):.2f})"
    return text
