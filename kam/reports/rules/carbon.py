"""Carbon dioxide of purchased electricity (外购电力二氧化碳), location-based, dated factors; DOMAIN section 10."""

from dataclasses import dataclass

NATIONAL = "CN"


@dataclass(frozen=True)
class Factor:
    """Average CO₂ of a grid in one year, kg per kWh. `region`: CN, or letters of the province."""

    year: int
    region: str
    kg_per_kwh: float
    source: str


FACTORS = (
    Factor(2021, NATIONAL, 0.5568, "2021年全国电力平均二氧化碳排放因子（二手资料，未核对原文）"),
    Factor(2022, NATIONAL, 0.5366, "2022年全国电力平均二氧化碳排放因子（二手资料）"),
    Factor(2023, NATIONAL, 0.5306, "生态环境部、国家统计局公告2025年第47号（二手资料）"),
    Factor(2023, "GD", 0.4419, "2023年省级电力平均二氧化碳排放因子：广东（二手资料）"),
    Factor(2023, "NM", 0.6479, "2023年省级电力平均二氧化碳排放因子：内蒙古（二手资料）"),
)


@dataclass(frozen=True)
class Emission:
    """Tonnes of CO₂, unrounded, and the factor used: kg per kWh, its year and region. Always show the year."""

    tonnes: float
    factor: float
    year: int
    region: str
    source: str


def factor_for(year: int, region: str = NATIONAL) -> Factor:
    """Return the region's factor of the latest year up to `year`, else its earliest; unknown regions get CN.

    Factors are published about two years late, so the newest known stands in for later years.
    """
    known = [f for f in FACTORS if f.region == region] or [f for f in FACTORS if f.region == NATIONAL]
    past = [f for f in known if f.year <= year]
    return max(past, key=lambda f: f.year) if past else min(known, key=lambda f: f.year)


def co2_t(kwh: float, year: int, region: str = NATIONAL) -> Emission:
    """Return the emission of `kwh` used in `year`; 1,200,000 kWh at 0.5306 are 636.72 t.

    Green power is not taken off: that needs certificates (location-based method).
    """
    factor = factor_for(year, region)
    return Emission(
        tonnes=kwh * factor.kg_per_kwh / 1000,
        factor=factor.kg_per_kwh,
        year=factor.year,
        region=factor.region,
        source=factor.source,
    )
