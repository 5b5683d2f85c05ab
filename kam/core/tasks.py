"""What the queue runs for core."""

from __future__ import annotations

import logging

from kam.core import actions
from kam.lib import clock

log = logging.getLogger(__name__)


def canary() -> str:
    """Prove once a minute that tasks are taken and done; a frozen cluster is found by its absence (RELIABILITY 3.2)."""
    at = clock.now()
    actions.beat(name="worker", at=at)
    return f"swept {actions.sweep(at=at)}, revived {actions.revive_jobs(at=at)}"


def note_anchor() -> str:
    """Put the end of the audit chain into the logs, which live elsewhere: the only proof against a cut tail."""
    text = actions.anchor_text()
    log.info("audit anchor %s", text)
    return text[:40]
