"""Arrive, take pictures: what happens at the customer's gate. All of it can be sent twice and is kept once."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from kam.core.models import User
from kam.lib import clock
from kam.visits.actions.base import locked, record_of
from kam.visits.models import Photo, Visit
from kam.visits.rules.place import metres

BELIEVED = timedelta(days=7)  # of what a telephone says that had no network
MOST_PHOTOS = 12


class TooManyPhotos(Exception):
    """A visit has its dozen pictures."""


@dataclass(frozen=True)
class Place:
    """Where the phone is, as the person agreed to tell."""

    latitude: float
    longitude: float
    accuracy_m: int


def arrive(*, visit: Visit, arrived_at: datetime | None, place: Place | None, by: User, at: datetime) -> Visit:
    """Note the arrival, with the place where the person agreed; the first one stays.

    `arrived_at`: what the phone says; anything in the future or older than a week is taken as now.
    """
    when = arrived_at if arrived_at is not None and at - BELIEVED <= arrived_at <= at else at
    with transaction.atomic():
        row = locked(visit)
        if row.arrived_at is not None:
            return row
        row.arrived_at = when
        if place is not None:
            row.latitude, row.longitude = _degrees(place.latitude), _degrees(place.longitude)
            row.accuracy_m = place.accuracy_m
            account = row.account
            if account.latitude is not None and account.longitude is not None:
                gate = float(account.latitude), float(account.longitude)
                row.distance_m = round(metres(gate, (place.latitude, place.longitude)))
        row.save(update_fields=["arrived_at", "latitude", "longitude", "accuracy_m", "distance_m"])
        record_of(row, "visit.arrived", by=by, at=at, day=clock.day_of(when).isoformat(), distance_m=row.distance_m)
    return row


def _degrees(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))


def add_photo(
    *, visit: Visit, uid: uuid.UUID, picture: bytes, kind: str = Photo.Kind.PHOTO, by: User, at: datetime
) -> Photo:
    """Keep a picture that `kam.lib.pictures.clean_photo` encoded anew; the same `uid` is kept once.

    A signature takes the place of an earlier one. Raises `TooManyPhotos`.
    """
    known: Photo | None = Photo.objects.filter(uid=uid).first()
    if known is not None:
        return known
    # A name that nobody can guess, outside the web root; written before the transaction begins.
    name = default_storage.save(f"visits/{uuid.uuid4()}.jpg", ContentFile(picture))
    try:
        with transaction.atomic():
            row = locked(visit)
            if kind == Photo.Kind.SIGNATURE:
                Photo.objects.filter(visit=row, kind=kind).delete()
            elif Photo.objects.filter(visit=row, kind=Photo.Kind.PHOTO).count() >= MOST_PHOTOS:
                raise TooManyPhotos
            photo: Photo = Photo.objects.create(
                uid=uid, visit=row, kind=kind, file=name, sha256=hashlib.sha256(picture).hexdigest(), by=by, at=at
            )
            record_of(row, "visit.photo_added", by=by, at=at, kind=photo.kind, sha256=photo.sha256)
    except (IntegrityError, TooManyPhotos):
        default_storage.delete(name)
        same: Photo | None = Photo.objects.filter(uid=uid).first()
        if same is None:
            raise
        return same
    return photo
