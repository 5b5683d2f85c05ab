"""`manage.py import_bills FILE [--account COL …] --json`: take bills of the billing system in."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.billing.actions.intake import take_in
from kam.billing.rules.bill_rows import ALIASES, NoColumn
from kam.billing.templatetags.money import refusal_words, row_problem_words
from kam.lib import clock
from kam.lib.sheets import UnreadableTable

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Take bills in from a file (CSV or XLSX): each number once. Columns that are not named are found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        for name in ALIASES:
            parser.add_argument(f"--{name}", metavar="COL")
        parser.add_argument("--month-first", action="store_const", const=True, default=None)
        parser.add_argument("--create-accounts", action="store_true", help="make unknown accounts as candidates")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        if not source.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": source}, returncode=BAD_INPUT)
        try:
            outcome = take_in(
                path=source,
                columns={name: options[name] for name in ALIASES if options[name]},
                month_first=options["month_first"],
                create_accounts=options["create_accounts"],
                by=None,
                at=clock.now(),
            )
        except (UnreadableTable, NoColumn) as refusal:
            raise CommandError(refusal_words(refusal), returncode=BAD_INPUT) from refusal
        figures = {
            "rows_read": outcome.rows_read,
            "stored": outcome.stored,
            "settled": outcome.settled,
            "duplicates": outcome.duplicates,
            "rejected": len(outcome.problems),
            "accounts_created": outcome.accounts_created,
            "month_first": outcome.month_first,
            "batch": outcome.batch.pk if outcome.batch else None,
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
