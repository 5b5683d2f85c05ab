"""`manage.py import_accounts FILE [--dry-run] --json`: take a file of accounts in."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.lib import clock
from kam.reports.actions.account_import import BadTable, go_through, take_in
from kam.reports.templatetags.kam_imports import problem_words, table_words

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Take a file of key accounts in (CSV or XLSX); rows that cannot be taken in are told, the others go in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="look and tell, write nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        if not source.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": source}, returncode=BAD_INPUT)
        try:
            outcome = go_through(source, by=None) if options["dry_run"] else take_in(source, by=None, at=clock.now())
        except BadTable as error:
            raise CommandError(table_words(error.code, error.detail), returncode=BAD_INPUT) from error
        rejects = [{"row": r.row, "column": r.column, "problem": str(r.problem)} for r in outcome.rejects]
        if options["json"]:
            self.stdout.write(json.dumps({**outcome.counts(), "rejects": rejects}, ensure_ascii=False))
            return
        for name, value in outcome.counts().items():
            self.stdout.write(f"{name}: {value}")
        for remark in outcome.rejects:
            self.stdout.write(f"{remark.row} {remark.column}: {problem_words(remark.problem)}")
        for remark in outcome.warnings:
            self.stderr.write(f"{remark.row} {remark.column}: {problem_words(remark.problem)}")
