"""The audit chain: append an entry, prove that nothing was changed, deleted, moved or cut off (RELIABILITY 3.6)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from kam.core.models import AuditEntry, AuditHead, User

ZERO = "0" * 64


def chain_hash(prev_hash: str, seq: int, body: str) -> str:
    """Return HMAC-SHA256 over the previous hash, the number and the canonical body."""
    text = f"{prev_hash}|{seq}|{body}"
    return hmac.new(settings.AUDIT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def canonical(*, at: datetime, by_id: int | None, action: str, subject: str, account_id: int | None, facts: Any) -> str:
    """Return the one text that the hash covers: every field of the entry, keys sorted."""
    return json.dumps(
        {
            "at": at.astimezone(UTC).isoformat(),
            "by": by_id,
            "action": action,
            "subject": subject,
            "account": account_id,
            "facts": facts,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        default=str,
    )


def record(
    *, by: User | None, at: datetime, action: str, subject: Any, account_id: int | None = None, **facts: Any
) -> AuditEntry:
    """Append one entry to the audit chain, in the caller's transaction.

    `subject` is a row or a text; `facts` must hold no personal data, only references, codes and figures.
    """
    with transaction.atomic():
        # The head row is locked, so that two writers cannot both follow the same entry.
        head = AuditHead.objects.select_for_update().get(pk=1)
        seq = head.seq + 1
        name = subject if isinstance(subject, str) else f"{subject._meta.label}:{subject.pk}"
        body = canonical(
            at=at,
            by_id=by.pk if by else None,
            action=action,
            subject=name,
            account_id=account_id,
            facts=facts,
        )
        entry = AuditEntry.objects.create(
            seq=seq,
            at=at,
            by=by,
            action=action,
            subject=name,
            account_id=account_id,
            body=body,
            prev_hash=head.hash,
            hash=chain_hash(head.hash, seq, body),
        )
        head.seq, head.hash = seq, entry.hash
        head.save(update_fields=["seq", "hash"])
    return entry


@dataclass(frozen=True)
class Verdict:
    """What a walk along the chain found. `problems`: (seq, what), in order, the first thousand."""

    entries: int
    head_seq: int
    head_hash: str
    problems: list[tuple[int, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(*, anchor: tuple[int, str] | None = None) -> Verdict:
    """Walk the whole chain and say where it does not hold.

    `anchor`: number and hash of an entry, noted outside the database earlier. Only with one is a tail cut off
    together with its head row found.
    """
    problems: list[tuple[int, str]] = []
    seen: dict[int, str] = {}
    prev_hash, prev_seq, entries = ZERO, 0, 0
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=2000):
        entries += 1
        problems.extend((entry.seq, what) for what in _faults(entry, prev_seq, prev_hash))
        if anchor and entry.seq == anchor[0]:
            seen[entry.seq] = entry.hash
        prev_seq, prev_hash = entry.seq, entry.hash
    head = AuditHead.objects.filter(pk=1).first()
    if head is None or (head.seq, head.hash) != (prev_seq, prev_hash):
        problems.append((head.seq if head else 0, "the head does not name the last entry"))
    if anchor and seen.get(anchor[0]) != anchor[1]:
        problems.append((anchor[0], "the anchored entry is gone or another"))
    return Verdict(entries, prev_seq, prev_hash, problems[:1000])


def _faults(entry: AuditEntry, prev_seq: int, prev_hash: str) -> Iterator[str]:
    if entry.seq != prev_seq + 1:
        yield f"entries {prev_seq + 1} to {entry.seq - 1} are gone"
    if entry.prev_hash != prev_hash:
        yield "does not follow the entry before"
    if not hmac.compare_digest(entry.hash, chain_hash(entry.prev_hash, entry.seq, entry.body)):
        yield "was changed"
    # Pages read the columns, the hash covers the body: they must say the same.
    told = {
        "at": entry.at,
        "by": entry.by_id,
        "action": entry.action,
        "subject": entry.subject,
        "account": entry.account_id,
    }
    try:
        body = json.loads(entry.body)
        # The instant counts: a caller may give it in the company's zone, a column gives it back in UTC.
        body["at"] = datetime.fromisoformat(body["at"])
    except (ValueError, KeyError, TypeError):
        return
    if any(body.get(name) != value for name, value in told.items()):
        yield "its columns say something else than its body"


def anchor_text() -> str:
    """Return "seq:hash" of the chain's end, the hash in groups of eight, to be noted outside the database."""
    head = AuditHead.objects.get(pk=1)
    # Groups, because eleven digits in a row would be taken for a telephone number by whatever redacts logs.
    return f"{head.seq}:" + ":".join(head.hash[i : i + 8] for i in range(0, 64, 8))
