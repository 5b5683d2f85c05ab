"""Forms of billing, by subject."""

from kam.billing.forms.tariffs import TariffForm

__all__ = ["TariffForm"]
