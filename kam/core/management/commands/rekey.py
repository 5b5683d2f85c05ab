"""manage.py rekey: re-encrypt personal data and second-factor secrets with the first key, while the product runs."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kam.core import actions
from kam.lib import clock, encryption


class Command(BaseCommand):
    help = "Re-encrypt everything with the first line of KAM_FIELD_KEYS; afterwards the older lines may go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows in one transaction (500)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        counts: dict[str, int] = {}
        try:
            for name, changed in actions.rekey(at=clock.now(), size=options["batch"]):
                counts[name] = changed
                if not options["json"]:
                    self.stdout.write(f"{name}: {changed}")
        except encryption.Undecipherable as error:
            raise CommandError(f"A value cannot be read ({error}); keep the key it was written with.") from error
        if options["json"]:
            self.stdout.write(json.dumps({"key": encryption.current_key_id(), "changed": counts}))
