"""`manage.py import_interruptions FILE --id COL --start COL --end COL --customers COL … --json`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.lib import clock
from kam.lib.sheets import UnreadableTable
from kam.outage_planning.actions.interruptions import take_in
from kam.outage_planning.rules.interruption_rows import PLANNED_WORDS, Columns, NoColumn
from kam.outage_planning.templatetags.outages import refusal_words, row_problem_words

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Take interruptions of supply in from a file (CSV or XLSX): one event per id and start."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--id", required=True, metavar="COL")
        parser.add_argument("--start", required=True, metavar="COL")
        parser.add_argument("--end", required=True, metavar="COL")
        parser.add_argument("--customers", required=True, metavar="COL")
        parser.add_argument("--cause", default="", metavar="COL")
        parser.add_argument("--planned-values", metavar="A,B", help="causes that mean planned")
        parser.add_argument("--timezone", metavar="ZONE", help="of times without an offset; the company's unless told")
        parser.add_argument("--keep", choices=["last", "first"], default="last", help="of rows with one id and start")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        if not source.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": source}, returncode=BAD_INPUT)
        try:
            zone = ZoneInfo(options["timezone"]) if options["timezone"] else clock.zone()
        except (ValueError, OSError, KeyError):
            told = _("There is no time zone %(name)s.") % {"name": options["timezone"]}
            raise CommandError(told, returncode=BAD_INPUT) from None
        planned = options["planned_values"]
        columns = Columns(*(options[name] for name in ("id", "start", "end", "customers", "cause")))
        try:
            outcome = take_in(
                path=source,
                columns=columns,
                planned_values=PLANNED_WORDS if planned is None else planned.split(","),
                zone=zone,
                keep=options["keep"],
                by=None,
                at=clock.now(),
            )
        except (UnreadableTable, NoColumn) as refusal:
            raise CommandError(refusal_words(refusal), returncode=BAD_INPUT) from refusal
        figures = {
            "rows_read": outcome.rows_read,
            "stored": outcome.stored,
            "duplicates": outcome.duplicates,
            "rejected": len(outcome.problems),
        }
        rejects = [
            {"row": one.row, "column": one.column, "problem": row_problem_words(one)} for one in outcome.problems
        ]
        if options["json"]:
            self.stdout.write(json.dumps({**figures, "rejects": rejects}, ensure_ascii=False))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name}: {value}")
        for reject in rejects:
            self.stdout.write(f"{reject['row']} {reject['column']}: {reject['problem']}")
