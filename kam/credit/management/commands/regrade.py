"""`manage.py regrade --at DATE [--unit CODE] [--dry-run] --json`: grade accounts; run twice, the same grades."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.core.models import Unit
from kam.credit.actions.grading import regrade
from kam.credit.models import GradingRun
from kam.credit.queries.histories import NoScheme
from kam.lib import clock
from kam.lib.typed import command_day

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Grade all accounts, or those of a unit with all below, at the end of a day by the scheme that holds then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", type=command_day, required=True, metavar="DATE")
        parser.add_argument("--unit", metavar="CODE")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = None
        if options["unit"]:
            unit = Unit.objects.filter(code=options["unit"]).first()
            if unit is None:
                raise CommandError(_("There is no unit %(code)s.") % {"code": options["unit"]}, returncode=BAD_INPUT)
        try:
            outcome = regrade(
                as_of=options["at"],
                by=None,
                at=clock.now(),
                unit=unit,
                cause=GradingRun.Cause.ORDER,
                dry_run=options["dry_run"],
            )
        except NoScheme:
            raise CommandError(_("No released scheme holds on that day."), returncode=BAD_INPUT) from None
        told = outcome.told()
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for name, value in told.items():
            self.stdout.write(f"{name}: {value}")
