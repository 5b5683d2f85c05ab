"""manage.py energy_report ACCOUNT_NO --from DATE --until DATE: figures, PDF and workbook for scripts."""

import json
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import override

from kam.accounts.models import Account
from kam.lib import clock
from kam.lib.charts import ChartFailed
from kam.lib.pdf import RenderFailed
from kam.lib.typed import command_day
from kam.reports.queries.document import pdf_of, xlsx_of
from kam.reports.queries.energy import BadPeriod, EnergyFigures, energy_figures
from kam.reports.queries.words import problem_text


class Refused(Exception):
    """Bad input: the text is the one sentence that goes to stderr."""


class Command(BaseCommand):
    help = "Analyse an account's energy use over [--from, --until)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account_no")
        parser.add_argument("--from", dest="period_from", required=True, metavar="DATE")
        parser.add_argument("--until", dest="period_until", required=True, metavar="DATE", help="not included")
        parser.add_argument("--lang", choices=["zh-hans", "en"], default="zh-hans")
        parser.add_argument("--pdf", metavar="FILE")
        parser.add_argument("--xlsx", metavar="FILE")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with override("en"):
                self._run(options)
        except Refused as refused:
            self.stderr.write(str(refused))
            sys.exit(2)

    def _run(self, options: dict[str, Any]) -> None:
        begin, end = _day(options["period_from"]), _day(options["period_until"])
        account = Account.objects.filter(account_no=options["account_no"]).first()
        if account is None:
            raise Refused(f"There is no account {options['account_no']}.")
        try:
            figures = energy_figures(account, begin, end)
            files = self._files(account, figures, options)
        except BadPeriod as problem:
            raise Refused(problem_text(problem.code, **problem.detail)) from problem
        except (RenderFailed, ChartFailed) as failed:
            raise Refused(f"The PDF could not be made: {failed}.") from failed
        except OSError as error:
            raise Refused(f"The file cannot be written: {error}.") from error
        if options["json"]:
            self.stdout.write(json.dumps(figures.contract(), ensure_ascii=False))
        else:
            self.stdout.write(f"{account}: {figures.energy_kwh:,.2f} kWh, maximum {figures.max_demand_kw:,.2f} kW")
            for path in files:
                self.stdout.write(path)

    def _files(self, account: Account, figures: EnergyFigures, options: dict[str, Any]) -> list[str]:
        """Make everything first and write last, so that a failure leaves nothing behind."""
        made: dict[Path, bytes] = {}
        if options["pdf"]:
            pdf = pdf_of(account, figures, language=options["lang"], version=1, at=clock.now())
            made[Path(options["pdf"])] = pdf
        if options["xlsx"]:
            book = BytesIO()
            xlsx_of(figures.as_json(), book, language=options["lang"])
            made[Path(options["xlsx"])] = book.getvalue()
        for path in made:
            if path.is_dir() or not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
                raise OSError(f"{path} is not a place to write to")
        for path, content in made.items():
            path.write_bytes(content)
        return [str(path) for path in made]


def _day(text: str) -> date:
    try:
        return command_day(text)
    except ArgumentTypeError as problem:
        raise Refused(str(problem)) from problem
