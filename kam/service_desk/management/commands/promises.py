"""`manage.py promises --from DATE --until DATE [--unit CODE] --json`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.core.models import Unit
from kam.lib import clock
from kam.lib.typed import command_day
from kam.service_desk.models import Deadline
from kam.service_desk.queries.kept import given_in, scores_of

BAD_INPUT = 2


class Command(BaseCommand):
    help = "How many promises that began in [from, until) are owed, kept, late and open now, by promise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="days_from", type=command_day, required=True, metavar="DATE")
        parser.add_argument("--until", dest="days_until", type=command_day, required=True, metavar="DATE")
        parser.add_argument("--unit", metavar="CODE", help="this unit with all below it")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days_until"] <= options["days_from"]:
            raise CommandError(_("The period ends before it begins."), returncode=BAD_INPUT)
        unit = None
        if options["unit"]:
            unit = Unit.objects.filter(code=options["unit"]).first()
            if unit is None:
                raise CommandError(_("There is no unit %(code)s.") % {"code": options["unit"]}, returncode=BAD_INPUT)
        rows = given_in(Deadline.objects.all(), options["days_from"], options["days_until"], unit=unit)
        found = [
            {
                "promise": one.code,
                "owed": one.owed,
                "kept": one.kept,
                "late": one.late,
                "open": one.open,
                "share_kept": None if one.share_kept is None else round(one.share_kept, 6),
            }
            for one in scores_of(rows, clock.now())
        ]
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for row in found:
            share = "–" if row["share_kept"] is None else f"{row['share_kept']:.1%}"
            self.stdout.write(f"{row['promise']}: {row['owed']} {row['kept']} {row['late']} {row['open']} {share}")
