"""Tariffs, bills, and the money that settles them."""

from kam.billing.models.ledger import (
    BILL_STATUS_LABELS,
    Allocation,
    Bill,
    LedgerQuerySet,
    MonthClose,
    Payment,
    PlainLedgerRow,
    Reversal,
    WriteOff,
)
from kam.billing.models.tariffs import AccountTariff, Tariff, TariffQuerySet

__all__ = [
    "BILL_STATUS_LABELS",
    "AccountTariff",
    "Allocation",
    "Bill",
    "LedgerQuerySet",
    "MonthClose",
    "Payment",
    "PlainLedgerRow",
    "Reversal",
    "Tariff",
    "TariffQuerySet",
    "WriteOff",
]
