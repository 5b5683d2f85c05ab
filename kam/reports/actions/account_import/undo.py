"""Take an import back: earlier values return where nobody changed them since; what cannot return is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import ForeignObjectRel
from django.utils.translation import gettext as _

from kam.accounts.actions import reindex
from kam.accounts.actions.profile import plain
from kam.accounts.actions.search_index import tidy
from kam.accounts.models import Account, Assignment, Contact, SearchEntry, TimelineEntry
from kam.billing.models import AccountTariff
from kam.core.actions import JobProblem, record, start_job
from kam.core.models import IntakeBatch, Job, User
from kam.equipment.models import Equipment
from kam.lib import clock
from kam.metering.models import AccountCalendar, LoadDay, Meter
from kam.network.models import SupplyPoint
from kam.reports.models import EnergyReport

CHUNK = 500
# What notes of an import hold as text, and how it becomes a value again.
FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "voltage_kv": Decimal,
    "contract_kva": Decimal,
    "contract_until": date.fromisoformat,
}
LISTED = 200
# What an import makes of an account, in the order of their foreign keys: deleted table by table, it is a hundred
# times faster than one cascade per account.
MADE: tuple[Any, ...] = (
    SearchEntry,
    TimelineEntry,
    Assignment,
    AccountTariff,
    AccountCalendar,
    Meter,
    SupplyPoint,
)
CODES: dict[Any, str] = {
    EnergyReport: "reports",
    Contact: "contacts",
    Equipment: "equipment",
    LoadDay: "readings",
}
UNDO = "kam.reports.tasks.undo_accounts"


class CannotUndo(Exception):
    """The batch was not taken in, or is undone already."""


def undo(*, batch: IntakeBatch, by: User, at: datetime) -> dict[str, Any]:
    """Undo a batch in one transaction. Returns {"removed", "restored", "kept", "kept_because"}. Raises `CannotUndo`."""
    day = clock.day_of(batch.at)
    with transaction.atomic():
        taken = IntakeBatch.objects.filter(pk=batch.pk, status=IntakeBatch.Status.DONE)
        if not taken.update(status=IntakeBatch.Status.UNDONE):
            raise CannotUndo
        counts: Counter[str] = Counter()
        kept: list[dict[str, str]] = []
        notes = _notes(batch)
        while chunk := list(islice(notes, CHUNK)):
            _new(chunk, counts, kept, f"core.IntakeBatch:{batch.pk}")
            _changed(chunk, counts, kept, by=by, at=at, day=day)
        if counts["removed"] >= CHUNK:
            tidy()
        told = {
            "removed": counts["removed"],
            "restored": counts["restored"],
            "kept": counts["kept"],
            "kept_because": kept[:LISTED],
        }
        batch.status = IntakeBatch.Status.UNDONE
        batch.undo = {**batch.undo, **told}
        batch.save(update_fields=["undo"])
        figures: dict[str, Any] = {name: told[name] for name in ("removed", "restored", "kept")}
        record(by=by, at=at, action="accounts.import_undone", subject=batch, **figures)
    return told


def order_undo(batch: IntakeBatch, *, by: User, at: datetime) -> bool:
    """Order the undo, which takes as long as the import did; False where it is ordered already. Raises `CannotUndo`."""
    with transaction.atomic():
        row = IntakeBatch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
        if row.status != IntakeBatch.Status.DONE:
            raise CannotUndo
        if row.job is not None and row.job.is_open:
            return False
        # An undo that failed may be ordered again: it is another job.
        key = f"accounts-undo-{row.pk}-{row.job_id or 0}"
        row.job = start_job(key=key, kind=UNDO, by=by, at=at, args={"batch": row.pk})
        row.save(update_fields=["job"])
    return True


def undo_for_job(job: Job) -> dict[str, Any]:
    """Do what `order_undo` ordered. Safe to repeat: a batch that is undone is left alone."""
    batch = IntakeBatch.objects.select_related("by").get(pk=job.args["batch"])
    if batch.status == IntakeBatch.Status.UNDONE:
        return {}
    by = job.by or batch.by
    if by is None:
        raise JobProblem(_("Nobody stands for this undo. Order it again."))
    try:
        told = undo(batch=batch, by=by, at=clock.now())
    except CannotUndo as error:
        raise JobProblem(_("This file is not taken in, so there is nothing to undo.")) from error
    return {name: told[name] for name in ("removed", "restored", "kept")}


def _notes(batch: IntakeBatch) -> Iterator[dict[str, Any]]:
    with batch.file.storage.open(batch.undo["file"], "rb") as file:
        for line in file:
            yield json.loads(line)


def _later(ids: list[int], ref: str) -> Iterator[tuple[str, Any, str]]:
    """Yield (why it stays, rows, their way to the account) for all that may have come to accounts since.

    Whatever points at an account, or at what the import made of it, and is not of the import itself: a table that
    comes to the product tomorrow is among them. Nothing that somebody wrote goes with an account.
    """
    for owner in (Account, *MADE):
        start = "" if owner is Account else "__account"
        for relation in owner._meta.get_fields(include_hidden=True):
            if isinstance(relation, ForeignObjectRel) and relation.related_model not in MADE:
                table: Any = relation.related_model
                way = f"{relation.field.name}{start}"
                yield CODES.get(table, "more"), table._base_manager.filter(**{f"{way}__in": ids}), way
    # Every change stands in the timeline; the import's own lines carry its reference.
    yield "edited", TimelineEntry.objects.filter(account_id__in=ids).exclude(ref=ref), "account_id"


def _new(chunk: list[dict[str, Any]], counts: Counter[str], kept: list[dict[str, str]], ref: str) -> None:
    """Remove the accounts that the import made, where nothing was added to them since."""
    ids = [note["id"] for note in chunk if note["new"]]
    if not ids:
        return
    accounts = {row.pk: row for row in Account.objects.select_for_update().filter(pk__in=ids)}
    why: dict[int, str] = {pk: "edited" for pk, row in accounts.items() if row.version != 1}
    for code, rows, account in _later(ids, ref):
        for pk in rows.values_list(account, flat=True).distinct():
            why.setdefault(pk, code)
    for pk, code in why.items():
        counts["kept"] += 1
        kept.append({"account_no": accounts[pk].account_no, "because": code})
    gone = [pk for pk in accounts if pk not in why]
    for model in MADE:
        model._default_manager.filter(account_id__in=gone).delete()
    Account.objects.filter(pk__in=gone).delete()
    counts["removed"] += len(gone)


def _changed(
    chunk: list[dict[str, Any]],
    counts: Counter[str],
    kept: list[dict[str, str]],
    *,
    by: User,
    at: datetime,
    day: date,
) -> None:
    """Give accounts that were there before their earlier values back."""
    noted = {note["id"]: note for note in chunk if not note["new"]}
    searched = []
    for account in Account.objects.select_for_update().filter(pk__in=noted):
        note = noted[account.pk]
        back, left = [], []
        for name, (old, now) in note["changes"].items():
            if plain(getattr(account, name)) == now:
                setattr(account, name, FROM_TEXT[name](old) if name in FROM_TEXT and old is not None else old)
                back.append(name)
            else:
                left.append(name)
        back += _team_back(account, note["manager"], day, left)
        back += _tariff_back(account, note["tariff"], day, left)
        left += _meters_back(note["meters"])
        if back:
            account.version += 1
            account.updated_at = at
            account.save()
            searched.append(account.pk)
            TimelineEntry.objects.create(account=account, at=at, by=by, kind="account.import_undone", facts={})
        counts["restored"] += bool(back) or not left
        counts["kept"] += bool(left)
        kept += [{"account_no": account.account_no, "because": f"changed:{name}"} for name in left]
    reindex(searched)


def _team_back(account: Account, pair: list[int | None] | None, day: date, left: list[str]) -> list[str]:
    if pair is None:
        return []
    before, now = pair
    if account.manager_id != now:
        left.append("manager")
        return []
    held = Assignment.objects.filter(account=account, part=Assignment.Part.MANAGER)
    held.filter(held_from__gte=day, user_id=now, held_until=None).delete()
    last = held.filter(user_id=before, held_until=day).order_by("-pk").first() if before else None
    if last is not None:
        last.held_until = None
        last.save(update_fields=["held_until"])
    elif before:
        Assignment.objects.create(account=account, part=Assignment.Part.MANAGER, user_id=before, held_from=day)
    account.manager_id = before
    return ["manager"]


def _tariff_back(account: Account, pair: list[str] | None, day: date, left: list[str]) -> list[str]:
    if pair is None:
        return []
    rows = AccountTariff.objects.filter(account=account)
    now = rows.filter(valid_until=None).first()
    if now is None or now.code != pair[1]:
        left.append("tariff")
        return []
    if now.valid_from >= day:
        for table in (rows, AccountCalendar.objects.filter(account=account)):
            table.filter(valid_until=None, valid_from__gte=day).delete()
            table.filter(valid_until=day).update(valid_until=None)
    return ["tariff"]


def _meters_back(meter_ids: list[int]) -> list[str]:
    """Remove meters that the import made; one with readings stays."""
    read = set(LoadDay.objects.filter(meter_id__in=meter_ids).values_list("meter_id", flat=True).distinct())
    gone = [pk for pk in meter_ids if pk not in read]
    SearchEntry.objects.filter(kind=SearchEntry.Kind.METER, ref__in=[str(pk) for pk in gone]).delete()
    Meter.objects.filter(pk__in=gone).delete()
    return ["meter"] * len(read)
