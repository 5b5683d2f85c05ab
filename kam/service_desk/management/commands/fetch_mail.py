"""`manage.py fetch_mail`: read the mailbox of IMAP_URL once; every mail becomes one request or is kept for a person."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kam.lib import clock
from kam.service_desk.actions import mail


class Command(BaseCommand):
    help = "Take in what is unread in the mailbox of IMAP_URL. Safe to repeat: a Message-ID is taken in once."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            new, unreadable = mail.fetch(at=clock.now())
        except mail.NoMailbox as error:
            raise CommandError(f"IMAP_URL: {error}", returncode=2) from error
        self.stdout.write(f"new {new}, unreadable {unreadable}")
