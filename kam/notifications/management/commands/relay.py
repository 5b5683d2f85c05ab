"""manage.py relay: send what is owed, until SIGTERM. Two may run; each is told by its name."""

from __future__ import annotations

import os
import signal
import socket
import uuid
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kam.notifications.actions.channels import ways
from kam.notifications.management.loop import Relay

HUNG = 3


class Command(BaseCommand):
    help = "Send owed messages: claim, send, note. SIGTERM lets what is in flight end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is due")
        parser.add_argument("--name", default="relay", help="of the heartbeat, one for each relay that is to live")

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = False

        def stop(signum: int, frame: FrameType | None) -> None:
            nonlocal stopping
            stopping = True

        if not options["once"]:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, stop)
        relay = Relay(
            # Never the same twice: a process that has died must not be taken for the one that follows it.
            owner=f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}",
            name=options["name"],
            ways=ways(),
            in_flight=settings.RELAY_IN_FLIGHT,
            stop=lambda: stopping,
        )
        made = relay.run(once=options["once"])
        self.stdout.write(f"{made} attempts")
        if relay.hanging:
            # A thread that hangs would keep the process from ending; whoever supervises it starts another.
            self.stdout.flush()
            os._exit(HUNG)
