"""`manage.py late_risk --train-until DATE --test-until DATE --json`: how well late payment is predicted."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kam.credit.actions.risk import judge_between
from kam.credit.rules.late_risk import TooLittle
from kam.lib.typed import command_day

BAD_INPUT = 2


class Command(BaseCommand):
    help = (
        "Train on the bills due until a day, judge on those issued after it with a known fate by another; AUC and Brier"
        " beside plain base lines. Nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--train-until", type=command_day, required=True, metavar="DATE")
        parser.add_argument("--test-until", type=command_day, required=True, metavar="DATE")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["test_until"] <= options["train_until"]:
            raise CommandError(_("The test must end after the training."), returncode=BAD_INPUT)
        try:
            told = judge_between(options["train_until"], options["test_until"]).as_json()
        except TooLittle:
            raise CommandError(
                _("Too few bills with a known fate, or all of one kind: nothing can be learned."), returncode=BAD_INPUT
            ) from None
        told["calibration"] = told.pop("bins")
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for name, value in told.items():
            self.stdout.write(f"{name}: {value}")
