"""Energy charge by time-of-use band (分时电量电费); the sum is rounded once (DOMAIN section 4.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kam.lib.money import to_cents
from kam.metering.rules.tou import BANDS, Band

_KWH_STEP = Decimal("0.0001")


class NoPrice(LookupError):
    """Energy lies in a band for which the tariff has no price."""

    def __init__(self, band: Band) -> None:
        super().__init__(band.value)
        self.band = band


@dataclass(frozen=True, eq=False)
class PriceTable:
    """Prices of energy in yuan/kWh by band, everything included; `funds_yuan_kwh` is the part that is
    government funds and surcharges (政府性基金及附加), left out of the base of the power-factor adjustment.
    """

    prices: Mapping[Band, Decimal]
    funds_yuan_kwh: Decimal = Decimal(0)


@dataclass(frozen=True)
class EnergyLine:
    """One band of the bill; `yuan` is unrounded."""

    band: Band
    kwh: Decimal
    price: Decimal
    yuan: Decimal


@dataclass(frozen=True)
class EnergyCost:
    """The bill's energy part. `total_yuan` and `funds_yuan` are rounded, each once from unrounded lines."""

    lines: tuple[EnergyLine, ...]
    kwh: Decimal
    total_yuan: Decimal
    funds_yuan: Decimal

    @property
    def average_price(self) -> Decimal | None:
        """Average yuan/kWh, six decimals half up; None without energy."""
        if not self.kwh:
            return None
        exact = sum((line.yuan for line in self.lines), Decimal(0)) / self.kwh
        return exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)

    @property
    def adjustable_yuan(self) -> Decimal:
        """The part that enters the base of the power-factor adjustment: without government funds."""
        return self.total_yuan - self.funds_yuan


def as_kwh(value: float) -> Decimal:
    """Turn a float sum of readings into Decimal kWh (kvarh, kW), 0.0001 half up, without float noise."""
    return Decimal(repr(float(value))).quantize(_KWH_STEP, rounding=ROUND_HALF_UP)


def energy_cost(bands_kwh: Mapping[Band, Decimal], table: PriceTable) -> EnergyCost:
    """Return the cost of the bands' energy, sharpest band first; bands without energy give no line.

    The sum of unrounded lines is rounded half up to the cent, once: rounding each line gives a cent more or
    less (T2). Raises `NoPrice`.
    """
    lines = []
    for band in BANDS:
        kwh = bands_kwh.get(band, Decimal(0))
        if not kwh:
            continue
        if band not in table.prices:
            raise NoPrice(band)
        lines.append(EnergyLine(band, kwh, table.prices[band], kwh * table.prices[band]))
    kwh = sum((line.kwh for line in lines), Decimal(0))
    return EnergyCost(
        lines=tuple(lines),
        kwh=kwh,
        total_yuan=to_cents(sum((line.yuan for line in lines), Decimal(0))),
        funds_yuan=to_cents(kwh * table.funds_yuan_kwh),
    )


def floated(base: Decimal, fixed: Decimal, ratios: Mapping[Band, Decimal]) -> dict[Band, Decimal]:
    """Return prices by band from what floats and what does not: base × ratio + fixed, yuan/kWh, unrounded.

    `base`: the components that the notice lets float (浮动基数); `fixed`: the rest, funds included.
    """
    return {band: base * ratio + fixed for band, ratio in ratios.items()}
