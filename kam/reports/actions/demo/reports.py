"""A few energy reports of the made-up customers, written the way staff order them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from kam.accounts.models import Account
from kam.core.models import User
from kam.reports.actions import energy
from kam.reports.models import EnergyReport

_WANTED = ((0, 12, "zh-hans"), (0, 12, "en"), (1, 1, "zh-hans"))  # which account, months, language


def order_reports(
    *, accounts: Sequence[Account], by: User, first: date, today: date, at: datetime
) -> list[EnergyReport]:
    """Order reports of whole months up to the last one that has ended, where readings reach so far back."""
    until = today.replace(day=1)
    ordered = []
    for place, months, language in _WANTED:
        index = until.year * 12 + until.month - 1 - months
        begin = date(index // 12, index % 12 + 1, 1)
        if place < len(accounts) and begin >= first:
            ordered.append(
                energy.order(
                    account=accounts[place], period_from=begin, period_until=until, language=language, by=by, at=at
                )
            )
    return ordered


def write_reports(reports: Sequence[EnergyReport], *, at: datetime) -> None:
    """Write what was ordered at once, so that nobody waits for the worker; the first one has been read by somebody."""
    written = [energy.write(report=report, at=at) for report in reports]
    for report in written[:1]:
        if report.by is not None and report.status == EnergyReport.Status.DRAFT:
            energy.review(report=report, by=report.by, at=at)
