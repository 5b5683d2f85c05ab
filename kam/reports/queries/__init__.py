"""Questions that see every app."""

from datetime import date

from kam.accounts.models import Account, AccountQuerySet
from kam.core.models import Unit, User
from kam.metering.models import LoadDay
from kam.reports.models import ReportBatch


def _with_readings(by: User, unit: Unit, begin: date, end: date) -> AccountQuerySet:
    days = LoadDay.objects.filter(day__gte=begin, day__lt=end)
    return Account.objects.visible_to(by).filter(unit__path__startswith=unit.path, meters__load_days__in=days)


def accounts_with_readings(batch: ReportBatch) -> list[Account]:
    """Return the accounts of the batch's unit and below that have any reading in its period, by number."""
    found = _with_readings(batch.by, batch.unit, batch.period_from, batch.period_until)
    return list(found.distinct().order_by("account_no"))


def have_readings(by: User, unit: Unit, begin: date, end: date) -> bool:
    """Tell whether any account of the unit and below that `by` sees has a reading in the period."""
    return _with_readings(by, unit, begin, end).exists()
