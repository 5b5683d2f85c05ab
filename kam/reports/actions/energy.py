"""Energy reports: ordered, written in the background with frozen figures, reviewed (ENE-2)."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max

from kam.accounts.models import Account, TimelineEntry
from kam.core.actions import record, start_job
from kam.core.models import Unit, User
from kam.lib.lifecycle import move
from kam.reports.models import EnergyReport, ReportBatch, ReportMove
from kam.reports.queries.document import pdf_of
from kam.reports.queries.energy import BadPeriod, energy_figures
from kam.reports.rules.lifecycle import STEPS

WRITE_TASK = "kam.reports.tasks.write_report"
BATCH_TASK = "kam.reports.tasks.write_batch"


def order(
    *, account: Account, period_from: date, period_until: date, language: str, by: User, at: datetime
) -> EnergyReport:
    """Ask for a report; the background writes it. Every order is a new version, so that none is ever overwritten."""
    with transaction.atomic():
        report = _new_version(account, period_from, period_until, language, by, at)
        report.job = start_job(key=f"report:{report.pk}", kind=WRITE_TASK, by=by, at=at, args={"report": report.pk})
        report.save(update_fields=["job"])
        record(
            by=by,
            at=at,
            action="report.ordered",
            subject=report,
            account_id=account.pk,
            period=[period_from.isoformat(), period_until.isoformat()],
            version=report.version,
        )
    return report


def _new_version(
    account: Account, period_from: date, period_until: date, language: str, by: User | None, at: datetime
) -> EnergyReport:
    # The account's row is the lock: two orders at once get two versions.
    Account.objects.select_for_update().get(pk=account.pk)
    same = EnergyReport.objects.filter(
        account=account, period_from=period_from, period_until=period_until, language=language
    )
    latest = same.aggregate(latest=Max("version"))["latest"] or 0
    return EnergyReport.objects.create(
        account=account,
        period_from=period_from,
        period_until=period_until,
        language=language,
        version=latest + 1,
        by=by,
        at=at,
    )


def write(*, report: EnergyReport, at: datetime) -> EnergyReport:
    """Compute the figures, render the PDF, freeze both. A report that cannot be written says why and is FAILED."""
    if report.status not in (EnergyReport.Status.WAITING, EnergyReport.Status.FAILED):
        return report  # delivered twice: it is written already
    try:
        figures = energy_figures(report.account, report.period_from, report.period_until)
    except BadPeriod as problem:
        if report.status == EnergyReport.Status.WAITING:
            with transaction.atomic():
                _step(report, EnergyReport.Status.FAILED, by=report.by, at=at, problem=problem.code)
        return report
    # Outside any transaction: rendering takes a second or two.
    pdf = pdf_of(report.account, figures, language=report.language, version=report.version, at=at)
    digest = hashlib.sha256(pdf).hexdigest()
    report.pdf.save(f"{report.pk}-{digest[:12]}.pdf", ContentFile(pdf), save=False)
    with transaction.atomic():
        _step(
            report,
            EnergyReport.Status.DRAFT,
            by=report.by,
            at=at,
            figures=figures.as_json(),
            pdf=report.pdf.name,
            sha256=digest,
            problem="",
        )
        TimelineEntry.objects.create(
            account=report.account,
            at=at,
            by=report.by,
            kind="report.written",
            facts={"from": figures.period_from, "until": figures.period_until, "version": report.version},
            ref=f"reports.EnergyReport:{report.pk}",
        )
    return report


def review(*, report: EnergyReport, by: User, at: datetime) -> EnergyReport:
    """Note that somebody has read the draft and stands by it."""
    with transaction.atomic():
        return _step(report, EnergyReport.Status.REVIEWED, by=by, at=at)


def _step(report: EnergyReport, to: str, *, by: User | None, at: datetime, **changes: object) -> EnergyReport:
    moved = move(
        report,
        to=to,
        table=STEPS,
        by=by,
        at=at,
        history=lambda row, before, after: ReportMove.objects.create(
            report=row, from_status=before, to_status=after, by=by, at=at
        ),
        **changes,
    )
    record(
        by=by,
        at=at,
        action=f"report.{to.lower()}",
        subject=report,
        account_id=report.account_id,
        sha256=report.sha256,
    )
    return moved


def order_batch(
    *, unit: Unit, period_from: date, period_until: date, language: str, by: User, at: datetime
) -> ReportBatch:
    """Ask for a report of every account of the unit (and below) that has readings in the period."""
    with transaction.atomic():
        batch = ReportBatch.objects.create(
            unit=unit, period_from=period_from, period_until=period_until, language=language, by=by, at=at
        )
        batch.job = start_job(key=f"report-batch:{batch.pk}", kind=BATCH_TASK, by=by, at=at, args={"batch": batch.pk})
        batch.save(update_fields=["job"])
        record(
            by=by,
            at=at,
            action="report.batch_ordered",
            subject=batch,
            unit=unit.code,
            period=[period_from.isoformat(), period_until.isoformat()],
        )
    return batch


def write_of_batch(*, batch: ReportBatch, account: Account, at: datetime) -> EnergyReport:
    """Write the batch's report of one account; asked for twice, it is the same report."""
    with transaction.atomic():
        report = EnergyReport.objects.filter(batch=batch, account=account).first()
        if report is None:
            report = _new_version(account, batch.period_from, batch.period_until, batch.language, batch.by, at)
            report.batch = batch
            report.save(update_fields=["batch"])
    return write(report=report, at=at)


def note_problems(*, batch: ReportBatch, problems: list[dict[str, str]]) -> None:
    """Keep which accounts of the batch got no report, and why."""
    ReportBatch.objects.filter(pk=batch.pk).update(problems=problems)
