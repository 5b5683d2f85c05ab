"""manage.py gateway: a text-message gateway on this machine, for trying out and for testing. Sends nothing anywhere."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kam.notifications.management.simulator import Book, Faults, Gateway


class Command(BaseCommand):
    help = "Simulate a text-message gateway (docs/gateway.md). Its own log is an SQLite file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8090)
        parser.add_argument("--log", type=Path, help="the SQLite file of its log (gateway.sqlite3 in KAM_DATA_DIR)")
        parser.add_argument("--error-rate", type=float, default=0.0, help="share answered with 500, nothing done")
        parser.add_argument("--drop-rate", type=float, default=0.0, help="share done, then the line is cut")
        parser.add_argument("--slow-rate", type=float, default=0.0, help="share done and answered late")
        parser.add_argument("--slow-seconds", type=float, default=3.0)
        parser.add_argument("--reject-rate", type=float, default=0.0, help="share refused with 422")
        parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="of every call")
        parser.add_argument("--receipt-delay", type=float, default=1.0, metavar="SECONDS")
        parser.add_argument("--receipt-fail-rate", type=float, default=0.0)
        parser.add_argument("--no-receipts", action="store_true")
        parser.add_argument("--no-dedupe", action="store_true", help="ignore idempotency keys: repeats are delivered")
        parser.add_argument("--per-second", type=float, default=0.0, help="answer more than this with 429")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("This is a simulator: in production SMS_GATEWAY_URL names the real gateway.")
        if not settings.SMS_GATEWAY_SECRET:
            raise CommandError("Set SMS_GATEWAY_SECRET to what the relay signs with.")
        faults = Faults(
            error=options["error_rate"],
            drop=options["drop_rate"],
            slow=options["slow_rate"],
            slow_seconds=options["slow_seconds"],
            reject=options["reject_rate"],
            latency_seconds=options["latency"],
            receipt_seconds=options["receipt_delay"],
            receipt_failed=options["receipt_fail_rate"],
            receipts=not options["no_receipts"],
            per_second=options["per_second"],
            dedupe=not options["no_dedupe"],
        )
        path = options["log"] or settings.DATA_DIR / "gateway.sqlite3"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            server = Gateway(
                options["port"],
                book=Book(path),
                faults=faults,
                secret=settings.SMS_GATEWAY_SECRET,
                seed=options["seed"],
            )
        except OSError as error:
            raise CommandError(f"Port {options['port']} cannot be used: {error.strerror}.") from error

        def stop(signum: int, frame: FrameType | None) -> None:
            # Not in the serving thread, which would wait for itself.
            threading.Thread(target=server.shutdown).start()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        self.stdout.write(f"gateway on http://127.0.0.1:{server.server_address[1]}, log {path}")
        self.stdout.flush()
        server.serve_forever()
