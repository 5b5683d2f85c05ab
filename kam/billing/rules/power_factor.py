"""Power-factor adjustment (功率因数调整电费), rule (83)水电财字第215号; DOMAIN section 3."""

import math
from decimal import ROUND_HALF_UP, Decimal, localcontext

from kam.lib.money import to_cents

HUNDREDTH = Decimal("0.01")
STANDARDS = (Decimal("0.90"), Decimal("0.85"), Decimal("0.80"))


class NoEnergy(ValueError):
    """A power factor without energy does not exist."""


class UnknownStandard(ValueError):
    """The rule knows the standards 0.90, 0.85 and 0.80."""


def power_factor(kwh: Decimal, kvarh: Decimal) -> Decimal:
    """Return kWh / sqrt(kWh² + kvarh²) to 20 digits, for show and for comparison; bill with `billed_from`.

    `kvarh`: absolute sum of both directions (DOMAIN section 3.2). Raises `NoEnergy` unless kWh is above zero.
    """
    if kwh <= 0:
        raise NoEnergy
    with localcontext() as context:
        context.prec = 40
        exact = kwh / (kwh * kwh + kvarh * kvarh).sqrt()
        context.prec = 20
        return +exact


def billed(power_factor: Decimal) -> Decimal:
    """Return the power factor that is billed: two decimals, half up, in one step from the unrounded value.

    Rounding by way of 0.8550 would turn 0.854992 into 0.86 (DATA section 1, July).
    """
    return power_factor.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def billed_from(kwh: Decimal, kvarh: Decimal) -> Decimal:
    """Return the billed power factor of the month's sums, exact by integer arithmetic.

    The largest h with P / sqrt(P² + Q²) >= (h - 1/2) / 100, compared as squares. Raises `NoEnergy`.
    """
    if kwh <= 0:
        raise NoEnergy
    scale = Decimal(10) ** max(0, -_exponent(kwh), -_exponent(kvarh))
    p, q = int(kwh * scale), int(abs(kvarh) * scale)
    # (2h - 1)² (P² + Q²) <= 40000 P²; isqrt gives the largest 2h - 1 that keeps it, and h counts whole steps.
    odd = math.isqrt(40_000 * p * p // (p * p + q * q))
    return Decimal((odd + 1) // 2) * HUNDREDTH


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(value)
    return exponent


def adjustment_percent(billed: Decimal, standard: Decimal) -> Decimal:
    """Return the percent added to (positive) or taken off (negative) the bill's base.

    `billed`: two decimals. Below the standard 0.5 per hundredth for twenty steps, then 1 for five, then 2;
    above it 0.10 off per hundredth up to 0.90 and 0.15 from there, at most 0.75, 1.10 or 1.30 by standard.
    Raises `UnknownStandard`. Source: DOMAIN section 3.3, whole table tested.
    """
    if standard not in STANDARDS:
        raise UnknownStandard(standard)
    have, want = int(billed * 100), int(standard * 100)
    short = want - have
    if short > 0:
        halves = min(short, 20) + 2 * min(max(short - 20, 0), 5) + 4 * max(short - 25, 0)
        return Decimal(halves) / 2
    reached = min(have, 95 if want == 90 else 94 if want == 85 else 92)
    cents = 10 * (min(reached, 90) - want) + 15 * max(reached - 90, 0)
    return -Decimal(cents) / 100 if cents else Decimal(0)


def adjustment_yuan(base_yuan: Decimal, percent: Decimal) -> Decimal:
    """Return the adjustment in yuan, cents half up. `base_yuan`: energy and demand charge without funds."""
    return to_cents(base_yuan * percent / 100)


def compensation_kvar(kw: Decimal, pf_from: Decimal, pf_to: Decimal) -> Decimal:
    """Return the compensation that lifts `kw` from one power factor to the other: kvar, 0.1, never negative.

    Qc = P (tan φ1 - tan φ2); 500 kW from 0.82 to 0.95 needs 184.7 kvar (DOMAIN section 3.4).
    """
    needed = kw * (_tangent(pf_from) - _tangent(pf_to))
    return max(needed, Decimal(0)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def _tangent(power_factor: Decimal) -> Decimal:
    if not 0 < power_factor <= 1:
        raise ValueError(power_factor)
    return (1 - power_factor * power_factor).sqrt() / power_factor
