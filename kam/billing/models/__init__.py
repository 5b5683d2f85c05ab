"""Tariffs, bills, and the money that settles them."""

from kam.billing.models.agreements import (
    ACCEPTANCE_LABELS,
    LEVEL_LABELS,
    PLAN_LABELS,
    PREPAID_LABELS,
    AcceptanceBill,
    Dispute,
    Instalment,
    MoneyStep,
    PaymentPlan,
    PrepaidContract,
    WriteOffRequest,
)
from kam.billing.models.ledger import (
    BILL_STATUS_LABELS,
    Allocation,
    Bill,
    CreditNote,
    LedgerQuerySet,
    MonthClose,
    Payment,
    PlainLedgerRow,
    Reversal,
    WriteOff,
)
from kam.billing.models.tariffs import AccountTariff, Tariff, TariffQuerySet
from kam.billing.models.telling import NOTICE_LABELS, BankLine, MoneyNotice

__all__ = [
    "ACCEPTANCE_LABELS",
    "LEVEL_LABELS",
    "PLAN_LABELS",
    "PREPAID_LABELS",
    "AcceptanceBill",
    "Dispute",
    "Instalment",
    "MoneyStep",
    "PaymentPlan",
    "PrepaidContract",
    "WriteOffRequest",
    "NOTICE_LABELS",
    "BankLine",
    "MoneyNotice",
    "BILL_STATUS_LABELS",
    "AccountTariff",
    "Allocation",
    "Bill",
    "CreditNote",
    "LedgerQuerySet",
    "MonthClose",
    "Payment",
    "PlainLedgerRow",
    "Reversal",
    "Tariff",
    "TariffQuerySet",
    "WriteOff",
]
