"""What the queue runs for the service desk."""

import logging

from django.conf import settings

from kam.lib import clock
from kam.service_desk.actions import mail, watching

log = logging.getLogger(__name__)


def watch() -> str:
    """Warn of deadlines that come near, tell supervisors of those that passed."""
    warned, late = watching.watch(at=clock.now())
    return f"warned {warned}, late {late}"


def fetch_mail() -> str:
    """Read the mailbox, where one is set."""
    if not settings.IMAP_URL:
        return "no mailbox"
    try:
        new, unreadable = mail.fetch(at=clock.now())
    except mail.NoMailbox as error:
        # The next run tries again; the log tells whoever runs the system.
        log.warning("mailbox: %s", error)
        return "mailbox not reached"
    return f"new {new}, unreadable {unreadable}"
