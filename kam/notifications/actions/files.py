"""The files of a message: written with it, read again just before it leaves."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from kam.lib import encryption
from kam.notifications.actions.places import file_place
from kam.notifications.models import Message, MessageFile
from kam.notifications.rules.files import File


def fingerprint(files: Sequence[File]) -> str:
    """Return what tells one set of files from another; empty where there are none."""
    return "".join(f"\n{one.name} {one.media_type} {hashlib.sha256(one.content).hexdigest()}" for one in files)


def keep(message: Message, files: Sequence[File]) -> None:
    """Write the files of a message; in the caller's transaction."""
    for one in files:
        row = MessageFile.objects.create(
            message=message,
            name=one.name,
            media_type=one.media_type,
            size=len(one.content),
            sha256=hashlib.sha256(one.content).hexdigest(),
        )
        row.content_encrypted = encryption.encrypt(base64.b64encode(one.content).decode(), place=file_place(row.pk))
        row.save(update_fields=["content_encrypted"])


def files_of(message: Message) -> tuple[File, ...]:
    """Return the files of a message as they were owed. Raises `encryption.Undecipherable`."""
    rows = MessageFile.objects.filter(message=message).order_by("pk")
    return tuple(File(row.name, row.media_type, content_of(row)) for row in rows)


def content_of(row: MessageFile) -> bytes:
    """Return what is in a file. Raises `encryption.Undecipherable`."""
    return base64.b64decode(encryption.decrypt(row.content_encrypted, place=file_place(row.pk)))
