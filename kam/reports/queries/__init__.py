"""Questions that see every app."""

from kam.accounts.models import Account
from kam.metering.models import LoadDay
from kam.reports.models import ReportBatch


def accounts_with_readings(batch: ReportBatch) -> list[Account]:
    """Return the accounts of the batch's unit and below that have any reading in its period, by number."""
    days = LoadDay.objects.filter(day__gte=batch.period_from, day__lt=batch.period_until)
    return list(
        Account.objects.visible_to(batch.by)
        .filter(unit__path__startswith=batch.unit.path, meters__load_days__in=days)
        .distinct()
        .order_by("account_no")
    )
