"""manage.py heartbeat: are the worker's signs of life fresh? Exit status 3 where they are not.

`--note backup` and `--note restore_drill`: what saves the database, and who has tried to restore it, say so here.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kam.core import actions, queries
from kam.lib import clock

NOTED = ("backup", "restore_drill")
STALE = 3  # scripts/worker restarts the cluster on this status, and on no other


class Command(BaseCommand):
    help = "Tell when the worker last did its canary task."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="exit status 3 where it is older than --older-than")
        parser.add_argument("--older-than", type=int, default=180, metavar="SECONDS")
        parser.add_argument(
            "--release", action="store_true", help="free the tasks of a dead cluster; only while none runs"
        )
        parser.add_argument("--note", choices=NOTED, help="note that this was done just now")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        if options["note"]:
            actions.beat(name=options["note"], at=now)
            self.stdout.write(f"{options['note']}: noted")
            return
        if options["release"]:
            self.stdout.write(f"{actions.release_tasks(at=now)} tasks released")
            return
        age = queries.heartbeat_age("worker", now)
        if options["json"]:
            self.stdout.write(json.dumps({"worker_age_seconds": age}))
        else:
            self.stdout.write("no heartbeat yet" if age is None else f"worker: {age:.0f} s ago")
        if options["check"] and (age is None or age > options["older_than"]):
            raise SystemExit(STALE)
