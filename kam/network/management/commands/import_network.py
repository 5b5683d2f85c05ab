"""`manage.py import_network FILE --json`: take substations, lines and supply points in from one file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.lib import clock
from kam.lib.sheets import UnreadableTable
from kam.network.actions.intake import take_in
from kam.network.rules.rows import NoKindColumn
from kam.network.templatetags.network import problem_words, refusal_words

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Take substations, lines and supply points in from one file (CSV or XLSX)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        if not source.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": source}, returncode=BAD_INPUT)
        try:
            outcome = take_in(path=source, by=None, at=clock.now())
        except (UnreadableTable, NoKindColumn) as refusal:
            raise CommandError(refusal_words(refusal), returncode=BAD_INPUT) from refusal
        told = {
            "rows_read": outcome.rows_read,
            "substations": asdict(outcome.substations),
            "lines": asdict(outcome.lines),
            "supply_points": asdict(outcome.supply_points),
            "rejected": len(outcome.problems),
            "rejects": [
                {"row": one.row, "column": one.column, "code": one.code, "problem": problem_words(one)}
                for one in outcome.problems
            ],
        }
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for name, value in told.items():
            for line in value if isinstance(value, list) else [value]:
                self.stdout.write(f"{name}: {line}")
