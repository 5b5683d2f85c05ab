"""Tariffs to begin with, as dated rows: published figures where we have them, examples marked as such.

Sources: DATA section 1 (Guangzhou, published), DOMAIN sections 4.3 and 4.6 (T1-T3, with assumed components).
A utility replaces them by its own price list; nothing computes from these constants but the loader.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kam.billing.rules.energy import PriceTable, floated
from kam.metering.rules.tou import Band

D = Decimal


@dataclass(frozen=True, eq=False)
class Tariff:
    """A tariff for [voltage_from_kv, voltage_until_kv), in force during [valid_from, valid_until).

    `capacity_yuan_kva`, `demand_yuan_kw`: per month; both None in a single-part tariff. `pf_standard`: the
    usual one of its customers (DOMAIN section 3.1), a customer may have another; None is not assessed.
    `is_example`: some figure is assumed, `source` says which.
    """

    code: str
    name: str
    calendar_code: str
    voltage_from_kv: Decimal
    voltage_until_kv: Decimal | None
    capacity_yuan_kva: Decimal | None
    demand_yuan_kw: Decimal | None
    pf_standard: Decimal | None
    energy: PriceTable
    source: str
    is_example: bool
    valid_from: date
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


_GD_FUNDS = D("0.02766875")
# 1.7 : 1 : 0.38 and sharp = peak × 1.25, 粤发改价格〔2021〕331号
_GD_RATIOS = {Band.SHARP: D("2.125"), Band.PEAK: D("1.7"), Band.FLAT: D(1), Band.VALLEY: D("0.38")}
_SD_RATIOS = {
    Band.SHARP: D(2),
    Band.PEAK: D("1.7"),
    Band.FLAT: D(1),
    Band.VALLEY: D("0.3"),
    Band.DEEP_VALLEY: D("0.1"),
}
_JS_RATIOS = {Band.PEAK: D("1.8"), Band.FLAT: D(1), Band.VALLEY: D("0.35")}
_ZJ_RATIOS = {
    Band.SHARP: D("2.05"),
    Band.PEAK: D("1.85"),
    Band.FLAT: D(1),
    Band.VALLEY: D("0.4"),
    Band.DEEP_VALLEY: D("0.2"),
}
_GD_TWO_PART = (
    "容（需）量电价：惠州2026年2月代理购电价目表（二手资料）；电量电价为示例：浮动基数按每千瓦时{base}元假定，"
    "比价1.7:1:0.38、尖峰上浮25%（粤发改价格〔2021〕331号），基金及附加0.02766875元"
)


def _gd_two_part(code: str, name: str, kv: tuple[str, str | None], prices: tuple[str, str], base: str) -> Tariff:
    return Tariff(
        code=code,
        name=name,
        calendar_code="GD",
        voltage_from_kv=D(kv[0]),
        voltage_until_kv=None if kv[1] is None else D(kv[1]),
        capacity_yuan_kva=D(prices[0]),
        demand_yuan_kw=D(prices[1]),
        pf_standard=D("0.90"),
        energy=PriceTable(floated(D(base), _GD_FUNDS, _GD_RATIOS), _GD_FUNDS),
        source=_GD_TWO_PART.format(base=base),
        is_example=True,
        valid_from=date(2023, 6, 1),
    )


GD_LOW_VOLTAGE = Tariff(
    code="GD-GZ-LV",
    name="广州等五市一般工商业（不满1千伏）",
    calendar_code="GD",
    voltage_from_kv=D(0),
    voltage_until_kv=D(1),
    capacity_yuan_kva=None,
    demand_yuan_kw=None,
    pf_standard=D("0.90"),
    energy=PriceTable(
        {
            Band.SHARP: D("1.4291"),
            Band.PEAK: D("1.1433"),
            Band.FLAT: D("0.6725"),
            Band.VALLEY: D("0.2556"),
        },
        _GD_FUNDS,
    ),
    source=(
        "广州市发展改革委公布的2021年10月起电价（据公开文件转录，二手资料）；"
        "其中基金及附加0.02766875元、功率因数标准0.90为假定"
    ),
    is_example=False,
    valid_from=date(2021, 10, 1),
)
GD_10 = _gd_two_part("GD-10", "广东两部制 1-10（20）千伏", ("1", "35"), ("22.6", "36.1"), "0.62")
GD_110 = _gd_two_part("GD-110", "广东两部制 35-110千伏", ("35", "220"), ("19.4", "31.0"), "0.595")
GD_220 = _gd_two_part("GD-220", "广东两部制 220千伏及以上", ("220", None), ("16.3", "26.1"), "0.575")

SD_110 = Tariff(
    code="SD-110",
    name="山东两部制 110千伏",
    calendar_code="SD",
    voltage_from_kv=D(110),
    voltage_until_kv=D(220),
    capacity_yuan_kva=D("22.5"),
    demand_yuan_kw=D("36.0"),
    pf_standard=D("0.90"),
    energy=PriceTable(floated(D("0.5014"), D("0.13317"), _SD_RATIOS), D("0.02717")),
    source=(
        "输配电价：鲁发改价格〔2026〕556号（二手资料）；浮动基数0.5014元为示例；"
        "需量电价36.0元为假定，容量电价按需量电价的1/1.6假定"
    ),
    is_example=True,
    valid_from=date(2026, 8, 1),
)
JS_10 = Tariff(
    code="JS-10",
    name="江苏两部制 1-10（20）千伏",
    calendar_code="JS",
    voltage_from_kv=D(1),
    voltage_until_kv=D(35),
    capacity_yuan_kva=D("32.0"),
    demand_yuan_kw=D("51.2"),
    pf_standard=D("0.90"),
    energy=PriceTable(floated(D("0.41"), D("0.20"), _JS_RATIOS), D("0.0294")),
    source=(
        "浮动比例：苏发改价格发〔2025〕426号（二手资料）；购电价格0.41元、其他项目0.20元及容（需）量电价均为假定；未含尖峰"
    ),
    is_example=True,
    valid_from=date(2025, 6, 1),
)
ZJ_10 = Tariff(
    code="ZJ-10",
    name="浙江两部制 1-10（20）千伏",
    calendar_code="ZJ",
    voltage_from_kv=D(1),
    voltage_until_kv=D(35),
    capacity_yuan_kva=D("30.0"),
    demand_yuan_kw=D("48.0"),
    pf_standard=D("0.90"),
    energy=PriceTable(floated(D("0.60"), D("0.02924"), _ZJ_RATIOS), D("0.02924")),
    source=("浮动比例2.05:1.85:1:0.4:0.2：浙发改价格〔2026〕112号（二手资料）；浮动基数0.60元及容（需）量电价均为假定"),
    is_example=True,
    valid_from=date(2026, 7, 1),
)

TARIFFS = (GD_LOW_VOLTAGE, GD_10, GD_110, GD_220, SD_110, JS_10, ZJ_10)


def tariff_on(code: str, day: date) -> Tariff | None:
    """Return the row of `code` in force on `day`, None where none is known."""
    return next((tariff for tariff in TARIFFS if tariff.code == code and tariff.holds_on(day)), None)
