"""`manage.py reliability --from DATE --until DATE --customers-served N [--major-event-days] --json`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.lib.typed import command_day
from kam.outage_planning.models import Interruption
from kam.outage_planning.queries.reliability import Reliability, reliability
from kam.outage_planning.rules.reliability import Indices, NobodyServed

BAD_INPUT = 2


class Command(BaseCommand):
    help = "SAIDI, SAIFI, CAIDI, ASAI of the interruptions that began in [from, until), days of the company's zone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="days_from", type=command_day, required=True, metavar="DATE")
        parser.add_argument("--until", dest="days_until", type=command_day, required=True, metavar="DATE")
        parser.add_argument("--customers-served", type=int, required=True, metavar="N")
        parser.add_argument("--major-event-days", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days_until"] <= options["days_from"]:
            raise CommandError(_("The period ends before it begins."), returncode=BAD_INPUT)
        try:
            found = reliability(
                Interruption.objects.all(),
                options["days_from"],
                options["days_until"],
                served=options["customers_served"],
                with_major=options["major_event_days"],
            )
        except NobodyServed:
            raise CommandError(_("The number of customers served must be above zero."), returncode=BAD_INPUT) from None
        told = told_of(found)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for name, value in told.items():
            self.stdout.write(f"{name}: {value}")


def told_of(found: Reliability) -> dict[str, Any]:
    """Return the figures of the contract; RS-1 is ASAI, RS-3 leaves lack of generation out."""
    return {
        **figures(found.all),
        "planned": figures(found.planned),
        "unplanned": figures(found.unplanned),
        "rs_3": round(found.rs3.asai, 9),
        "by_cause": [{"cause": cause, **figures(one)} for cause, one in found.causes],
        "momentary": found.momentary,
        "major_event_days": [day.isoformat() for day in found.major],
        "t_med_min": None if found.t_med_min is None else round(found.t_med_min, 6),
        "without_major": None if found.without_major is None else figures(found.without_major),
    }


def figures(one: Indices) -> dict[str, Any]:
    """Return the indices by the names of the contract."""
    return {
        "interruptions": one.interruptions,
        "customer_interruptions": one.customer_interruptions,
        "customer_minutes": round(one.customer_minutes, 6),
        "saidi_min": round(one.saidi_min, 6),
        "saifi": round(one.saifi, 6),
        "caidi_min": None if one.caidi_min is None else round(one.caidi_min, 6),
        "asai": round(one.asai, 9),
    }
