"""Personal data: every look at it on the record and counted, every stored value re-keyed without a stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction

from kam.core import queries
from kam.core.actions.audit import record
from kam.core.models import AuditEntry, AuditHead, User
from kam.lib import clock, encryption, logs

FACTOR_PLACE = "mfa.authenticator"
REVEALED = "personal.revealed"
REVEAL_REFUSED = "personal.reveal_refused"


class RevealRefused(Exception):
    """This person has looked at as much personal data in this hour as the rule `reveal.per_hour` allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def note_reveal(*, by: User, at: datetime, subject: Any, account_id: int | None, field: str, reason: str) -> AuditEntry:
    """Put one look at a personal datum on the record, before it is shown. Raises `RevealRefused`.

    Call it outside a transaction: a refusal is on the record too, and must not be rolled back with the caller's work.
    `field` is a code ("phone"); `reason` is what the person typed, cleared of numbers and addresses.
    """
    limit = int(queries.rule("reveal.per_hour", clock.day_of(at)))
    with transaction.atomic():
        AuditHead.objects.select_for_update().get(pk=1)  # or ten parallel looks would each count nine
        looks = AuditEntry.objects.filter(by=by, action=REVEALED, at__gt=at - timedelta(hours=1)).count()
        entry = record(
            by=by,
            at=at,
            action=REVEALED if looks < limit else REVEAL_REFUSED,
            subject=subject,
            account_id=account_id,
            field=field,
            reason=logs.redact(reason)[:200],
        )
    if looks >= limit:
        raise RevealRefused(limit)
    return entry


class Sealed(Protocol):
    """A place where encrypted values are stored."""

    @property
    def name(self) -> str: ...

    def batch(self, after: int, size: int) -> tuple[int | None, int]:
        """Re-encrypt up to `size` rows with an id above `after`; (last id seen or None at the end, rows changed)."""
        ...


@dataclass(frozen=True)
class SealedField:
    """One encrypted column. `place(pk)` is the text that binds a value to its row (kam.lib.encryption)."""

    model: str  # "accounts.Contact"
    column: str
    place: Callable[[int], str]

    @property
    def name(self) -> str:
        return f"{self.model}.{self.column}"

    def batch(self, after: int, size: int) -> tuple[int | None, int]:
        manager = apps.get_model(self.model)._base_manager
        rows = list(manager.filter(pk__gt=after).order_by("pk").values_list("pk", self.column)[:size])
        changed = 0
        with transaction.atomic():
            for pk, old in rows:
                new = recoded(old, self.place(pk))
                if new != old:
                    # Only where nobody changed it since: an edit writes with the first key anyway.
                    changed += manager.filter(pk=pk, **{self.column: old}).update(**{self.column: new})
        return (rows[-1][0] if rows else None), changed


@dataclass(frozen=True)
class SealedFactors:
    """The secrets of second factors, inside allauth's JSON column."""

    name: str = "mfa.Authenticator.data"

    def batch(self, after: int, size: int) -> tuple[int | None, int]:
        changed, last = 0, None
        with transaction.atomic():
            for row in Authenticator.objects.select_for_update().filter(pk__gt=after).order_by("pk")[:size]:
                last = row.pk
                data = dict(row.data)
                for part in ("secret", "seed"):
                    if part in data:
                        data[part] = recoded(data[part], FACTOR_PLACE)
                if "migrated_codes" in data:
                    data["migrated_codes"] = [recoded(code, FACTOR_PLACE) for code in data["migrated_codes"]]
                if data != row.data:
                    row.data = data
                    row.save(update_fields=["data"])
                    changed += 1
        return last, changed


# Every app adds its own encrypted columns when it starts (AppConfig.ready), so that none is forgotten here.
SEALED: list[Sealed] = [SealedFactors()]


def seal(model: str, column: str, place: Callable[[int], str]) -> None:
    """Register an encrypted column for re-keying. Safe to repeat."""
    if all(sealed.name != f"{model}.{column}" for sealed in SEALED):
        SEALED.append(SealedField(model, column, place))


def recoded(text: str, place: str) -> str:
    """Return `text` encrypted with the first key; unchanged where it already is."""
    if not text or text.partition(".")[0] == encryption.current_key_id():
        return text
    return encryption.encrypt(encryption.decrypt(text, place=place), place=place)


def rekey(*, at: datetime, size: int = 500) -> Iterator[tuple[str, int]]:
    """Re-encrypt everything with the first key, while the product runs; yields (place, values changed) as it ends each.

    Reads go on meanwhile, because all keys of the ring read. Raises `encryption.Undecipherable` where a key is gone.
    """
    counts: dict[str, int] = {}
    for sealed in SEALED:
        after: int | None = 0
        total = 0
        while after is not None:
            after, changed = sealed.batch(after, size)
            total += changed
        counts[sealed.name] = total
        yield sealed.name, total
    if any(counts.values()):
        record(by=None, at=at, action="keys.rekeyed", subject=encryption.current_key_id(), counts=counts)
