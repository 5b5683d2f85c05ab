"""What staff and the system do to core's rows: the audit chain, background jobs, basics."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django_q.tasks import async_task

from kam.core.models import AuditEntry, AuditHead, Heartbeat, Job, RuleValue, Unit, User
from kam.core.rules import Role

COMPANY_CODE = "COMPANY"


def chain_hash(prev_hash: str, seq: int, body: str) -> str:
    """Return HMAC-SHA256 over the previous hash, the number and the canonical body (RELIABILITY 3.6)."""
    text = f"{prev_hash}|{seq}|{body}"
    return hmac.new(settings.AUDIT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def canonical(*, at: datetime, by_id: int | None, action: str, subject: str, account_id: int | None, facts: Any) -> str:
    """Return the one text that the hash covers: every field of the entry, keys sorted."""
    return json.dumps(
        {"at": at.isoformat(), "by": by_id, "action": action, "subject": subject, "account": account_id, "facts": facts},
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
        head = AuditHead.objects.select_for_update().get(pk=1)
        seq = head.seq + 1
        name = subject if isinstance(subject, str) else f"{subject._meta.label}:{subject.pk}"
        body = canonical(
            at=at, by_id=by.pk if by else None, action=action, subject=name, account_id=account_id, facts=facts
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


def start_job(*, key: str, kind: str, by: User | None, at: datetime, args: dict[str, Any]) -> Job:
    """Write the job's row and enqueue its id, both in the caller's transaction; the same key gives the same job.

    `kind` is the dotted name of a function `(job_id: int) -> str` in a `tasks` module.
    """
    with transaction.atomic():
        job, created = Job.objects.get_or_create(
            key=key, defaults={"kind": kind, "by": by, "args": args, "created_at": at}
        )
        if created:
            async_task(kind, job.pk, task_name=key[:100])
    return job


def beat(*, name: str, at: datetime, **detail: Any) -> None:
    """Note that the process `name` lives."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at, "detail": detail})


def ensure_basics() -> None:
    """Make the role groups, the company unit, the audit head and the first rule rows where they are missing."""
    AuditHead.objects.get_or_create(pk=1)
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    company, created = Unit.objects.get_or_create(
        code=COMPANY_CODE, defaults={"name": settings.COMPANY_NAME or "公司", "kind": Unit.Kind.COMPANY}
    )
    if created or not company.path:
        company.path = f"/{company.pk}/"
        company.save(update_fields=["path"])
    for key, value, unit_text, valid_from, source in FIRST_RULES:
        RuleValue.objects.get_or_create(
            key=key, valid_from=valid_from, defaults={"value": value, "unit_text": unit_text, "source": source}
        )


FIRST_RULES: tuple[tuple[str, Any, str, date, str], ...] = (
    ("billing.default_tariff", "GD-GZ-LV", "", date(2000, 1, 1), "DATA 1: example prices, set your own"),
    ("metering.default_calendar", "GD", "", date(2000, 1, 1), "DATA 1: example, set your province"),
    ("billing.power_factor.target", "0.95", "", date(2000, 1, 1), "company"),
    ("reports.carbon.region", "national", "", date(2000, 1, 1), "company"),
    ("reveal.per_hour", 50, "1/h", date(2000, 1, 1), "RELIABILITY S8"),
)
