"""Files of a request: checked, stored under a random name, counted by person and day (RELIABILITY 3.5)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Sum

from kam.core.actions import record
from kam.core.models import User
from kam.lib.uploads import Accepted
from kam.service_desk.models import Attachment, Request

FILES_OF_REQUEST = 50
BYTES_A_DAY = 200_000_000


class TooManyFiles(Exception):
    """The request has as many files as it may have, or the person has sent as much today as they may."""


def attach(*, request: Request, file: Accepted, by: User | None, at: datetime) -> Attachment:
    """Store a checked file; the same file again is the same attachment. Raises `TooManyFiles`."""
    with transaction.atomic():
        Request.objects.select_for_update(of=("self",)).get(pk=request.pk)
        mine = Attachment.objects.filter(request=request)
        same: Attachment | None = mine.filter(sha256=file.sha256).first()
        if same is not None:
            return same
        sent = Attachment.objects.filter(at__gt=at - timedelta(days=1), by=by)
        if by is None:
            sent = sent.filter(request__account=request.account_id)
        today = sent.aggregate(n=Sum("size"))["n"] or 0
        if mine.count() >= FILES_OF_REQUEST or today + len(file.data) > BYTES_A_DAY:
            raise TooManyFiles
        # A name that says nothing and that nobody can guess, outside the web root.
        name = default_storage.save(f"requests/{uuid.uuid4()}{file.suffix}", ContentFile(file.data))
        row = Attachment.objects.create(
            request=request,
            file=name,
            name=file.name,
            media_type=file.media_type,
            size=len(file.data),
            sha256=file.sha256,
            by=by,
            at=at,
        )
        facts = {"number": request.number, "sha256": row.sha256, "size": row.size}
        record(by=by, at=at, action="request.file_added", subject=request, account_id=request.account_id, **facts)
    return row
