"""Money: Decimal yuan, rounded once, half up."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """Round yuan half up to 0.01. Call it once, at the step the tariff names."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
