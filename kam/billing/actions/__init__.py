"""What staff and the system do to tariffs, bills and payments, by subject."""

from kam.billing.actions.tariffs import (
    OnTariff,
    StartsBeforeOpenRow,
    UnknownTariff,
    VersionExists,
    add_version,
    assign_tariff,
    assign_tariffs,
    ensure_tariffs,
)

__all__ = [
    "OnTariff",
    "StartsBeforeOpenRow",
    "UnknownTariff",
    "VersionExists",
    "add_version",
    "assign_tariff",
    "assign_tariffs",
    "ensure_tariffs",
]
