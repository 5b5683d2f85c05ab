"""Questions to tariffs, bills and payments, by subject."""

from kam.billing.queries.tariffs import TariffLookup, TariffRow, on_tariff, price_table, tariff_lookup, tariff_rows

__all__ = ["TariffLookup", "TariffRow", "on_tariff", "price_table", "tariff_lookup", "tariff_rows"]
