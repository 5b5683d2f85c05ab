"""manage.py verify_audit [--anchor SEQ:HASH] [--json]: is the audit chain whole? Exit status 1 where it is not."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kam.core import actions
from kam.lib import clock


class Command(BaseCommand):
    help = "Walk the audit chain and say where it was edited, deleted from, reordered or cut."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anchor", help="SEQ:HASH noted earlier outside the database (the log's 'audit anchor')")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = actions.verify(anchor=self._anchor(options["anchor"]))
        actions.beat(name="audit_verify", at=clock.now(), ok=verdict.ok)
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "ok": verdict.ok,
                        "entries": verdict.entries,
                        "head": f"{verdict.head_seq}:{verdict.head_hash}",
                        "problems": [{"seq": seq, "problem": text} for seq, text in verdict.problems],
                    }
                )
            )
        else:
            for seq, text in verdict.problems:
                self.stdout.write(f"{seq}: {text}")
            state = "whole" if verdict.ok else "NOT whole"
            self.stdout.write(f"{verdict.entries} entries, {state}; head {verdict.head_seq}:{verdict.head_hash}")
        if not verdict.ok:
            raise SystemExit(1)

    @staticmethod
    def _anchor(text: str | None) -> tuple[int, str] | None:
        if not text:
            return None
        seq, _, digest = text.partition(":")
        digest = digest.replace(":", "").strip().lower()
        if not seq.isdigit() or len(digest) != 64:
            raise CommandError("--anchor is SEQ:HASH, the hash of 64 hexadecimal digits.", returncode=2)
        return int(seq), digest
