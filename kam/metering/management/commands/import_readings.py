"""`manage.py import_readings FILE --meter METER_NO … --json`: take a file of load readings in."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from kam.core.models import IntakeBatch
from kam.lib import clock
from kam.metering.actions import intake
from kam.metering.actions.meters import IntervalInUse
from kam.metering.models import Meter
from kam.metering.rules.prepare import FileFound, NoMeter
from kam.metering.rules.readings import QUANTITIES, Hints, UnreadableFile
from kam.metering.templatetags.readings import assumption_words, refusal_words, reject_words

BAD_INPUT = 2


def channel(text: str) -> tuple[str, str]:
    """Read `kwh=正向有功`."""
    quantity, mark, cell = text.partition("=")
    if quantity not in QUANTITIES or not mark or not cell:
        raise ArgumentTypeError(f"{text!r}: kwh=…, kvarh_lag=… or kvarh_lead=…")
    return quantity, cell


class Command(BaseCommand):
    help = "Take a file of load readings in; what is not told about it is found in it, and said."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--meter", metavar="METER_NO", help="whose readings these are; else the file must name it")
        parser.add_argument("--layout", choices=["long", "wide"])
        parser.add_argument("--time", metavar="COL")
        parser.add_argument("--date", metavar="COL")
        parser.add_argument("--kwh", metavar="COL")
        parser.add_argument("--kvarh-lag", metavar="COL")
        parser.add_argument("--kvarh-lead", metavar="COL")
        parser.add_argument("--meter-column", metavar="COL")
        parser.add_argument("--unit", choices=["kwh", "kw", "w"])
        parser.add_argument("--interval", type=int, choices=[5, 10, 15, 30, 60], metavar="MIN")
        parser.add_argument("--stamps", choices=["start", "end"], help="what a time marks of its interval")
        parser.add_argument("--day-first", dest="day_first", action="store_const", const=True, default=None)
        parser.add_argument("--month-first", dest="day_first", action="store_const", const=False)
        parser.add_argument("--timezone", metavar="ZONE", help="of times without an offset; the company's unless told")
        parser.add_argument("--channel-column", metavar="COL")
        parser.add_argument("--channel", type=channel, action="append", default=[], metavar="QUANTITY=VALUE")
        parser.add_argument("--dry-run", action="store_true", help="look and tell, write nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        if not source.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": source}, returncode=BAD_INPUT)
        meter = self._meter(options["meter"])
        try:
            found = intake.look(source, hints_of(options), meters=Meter.objects.all(), meter=meter)
            outcome = intake.planned(found) if options["dry_run"] else self._take_in(source, found)
        except (UnreadableFile, NoMeter, IntervalInUse) as refusal:
            raise CommandError(refusal_words(refusal), returncode=BAD_INPUT) from refusal
        told = told_of(outcome)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for name, value in told.items():
            for line in value if isinstance(value, list) else [value]:
                self.stdout.write(f"{name}: {line}")

    def _meter(self, meter_no: str | None) -> Meter | None:
        if meter_no is None:
            return None
        found = Meter.objects.select_related("account").filter(meter_no__iexact=meter_no.strip())
        meter: Meter | None = found.first()
        if meter is None:
            raise CommandError(_("There is no meter %(meter)s.") % {"meter": meter_no}, returncode=BAD_INPUT)
        return meter

    def _take_in(self, source: Path, found: FileFound) -> intake.Outcome:
        at = clock.now()
        batch = intake.new_batch(source=source, file_name=source.name, by=None, at=at)
        if len(found.meters) > intake.METERS_AT_ONCE:
            batch.save()
            return intake.take_in(found, batch=batch, by=None, at=at)
        with transaction.atomic():
            batch.save()
            return intake.take_in(found, batch=batch, by=None, at=at)


def hints_of(options: dict[str, Any]) -> Hints:
    """Return what was told about the file."""
    return Hints(
        layout=options["layout"],
        time_column=options["time"],
        date_column=options["date"],
        kwh_column=options["kwh"],
        kvarh_lag_column=options["kvarh_lag"],
        kvarh_lead_column=options["kvarh_lead"],
        unit=options["unit"],
        interval_minutes=options["interval"],
        stamps=options["stamps"],
        day_first=options["day_first"],
        timezone=options["timezone"],
        channel_column=options["channel_column"],
        channels=dict(options["channel"]),
        meter_column=options["meter_column"],
    )


def told_of(outcome: intake.Outcome) -> dict[str, Any]:
    """Return the figures of the contract, rejects and assumptions in words."""
    counts = outcome.counts()
    names = (
        "rows_read",
        "intervals_stored",
        "rows_rejected",
        "duplicates",
        "missing",
        "estimated",
        "negative",
        "dead",
        "over",
        "frozen",
        "first",
        "until",
    )
    batch: IntakeBatch | None = outcome.batch
    return {name: counts[name] for name in names} | {
        "batch": batch.pk if batch else None,
        "rejects": [intake.reject_facts(reject) | {"problem": reject_words(reject.code)} for reject in outcome.rejects],
        "assumed": [assumption_words(one.code, one.detail) for one in outcome.assumptions],
    }
