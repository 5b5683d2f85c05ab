"""What kinds of customers the made-up city has: names, GB/T 4754 codes, sizes, how each uses power."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kam.accounts.models import Account

Kind, Importance = Account.Kind, Account.Importance


class Shape(StrEnum):
    """How a customer's load runs through day, week and year; `load.py` draws each."""

    CONTINUOUS = "continuous"
    ARC_FURNACE = "arc_furnace"
    THREE_SHIFTS = "three_shifts"
    TWO_SHIFTS = "two_shifts"
    ONE_SHIFT = "one_shift"
    OFFICE = "office"
    SHOPPING = "shopping"
    HOTEL = "hotel"
    HOSPITAL = "hospital"
    SCHOOL = "school"
    DATA_CENTRE = "data_centre"
    COLD_STORE = "cold_store"
    WATER = "water"
    TRANSIT = "transit"


@dataclass(frozen=True)
class Industry:
    """One kind of customer.

    `kva`: range of the contracted capacity, both ends in; `register`: first two places of the credit code
    (91 company, 12 public institution, 11 government).
    """

    code: str  # GB/T 4754-2017 class
    words: tuple[str, ...]  # what stands in the name between the trade name and "有限公司"
    shape: Shape
    kva: tuple[int, int]
    continuous: bool = False
    importance: Account.Importance = Importance.NONE
    kind: Account.Kind = Kind.INDUSTRIAL
    register: str = "91"


S = Shape
INDUSTRIES: tuple[Industry, ...] = (
    Industry("3120", ("特种钢", "电炉钢"), S.ARC_FURNACE, (40_000, 126_000), True, Importance.SECOND),
    Industry("2612", ("氯碱化工", "烧碱"), S.CONTINUOUS, (31_500, 100_000), True, Importance.FIRST),
    Industry("3041", ("浮法玻璃", "平板玻璃"), S.CONTINUOUS, (12_500, 31_500), True, Importance.FIRST),
    Industry("3973", ("半导体", "集成电路"), S.CONTINUOUS, (20_000, 80_000), True, Importance.SECOND),
    Industry("3670", ("汽车零部件", "汽车配件"), S.TWO_SHIFTS, (2_000, 12_500)),
    Industry("2929", ("塑料制品", "注塑"), S.THREE_SHIFTS, (800, 4_000)),
    Industry("3982", ("电路板", "电子电路"), S.THREE_SHIFTS, (3_150, 20_000)),
    Industry("1713", ("印染", "染整"), S.THREE_SHIFTS, (1_600, 6_300)),
    Industry("3525", ("精密模具", "模具"), S.ONE_SHIFT, (500, 2_000)),
    Industry("3011", ("水泥", "新型建材"), S.THREE_SHIFTS, (10_000, 31_500)),
    Industry(
        "6450",
        ("云数据", "数据中心"),
        S.DATA_CENTRE,
        (10_000, 63_000),
        True,
        Importance.FIRST,
        Kind.COMMERCIAL,
    ),
    Industry("5211", ("百货", "购物广场"), S.SHOPPING, (1_600, 6_300), kind=Kind.COMMERCIAL),
    Industry("1361", ("水产冷冻", "海产"), S.COLD_STORE, (1_000, 4_000)),
    Industry("3841", ("锂电池", "新能源电池"), S.CONTINUOUS, (12_500, 50_000), True),
    Industry("3071", ("建筑陶瓷", "陶瓷"), S.CONTINUOUS, (4_000, 12_500), True),
    Industry("2221", ("纸业", "造纸"), S.CONTINUOUS, (10_000, 40_000), True),
    Industry("3252", ("铝材", "铝业"), S.THREE_SHIFTS, (6_300, 25_000)),
    Industry("1819", ("服装", "制衣"), S.ONE_SHIFT, (315, 1_250)),
    Industry("3854", ("厨房电器", "家用电器"), S.TWO_SHIFTS, (1_600, 8_000)),
    Industry("2710", ("制药", "药业"), S.CONTINUOUS, (3_150, 12_500), True, Importance.SECOND),
    Industry("5532", ("港口", "集装箱码头"), S.THREE_SHIFTS, (6_300, 20_000), importance=Importance.SECOND),
    Industry("3391", ("铸造", "铸钢"), S.TWO_SHIFTS, (2_500, 10_000)),
    Industry("6110", ("大酒店", "国际酒店"), S.HOTEL, (1_250, 4_000), kind=Kind.COMMERCIAL),
    Industry("5930", ("冷链物流", "冷藏仓储"), S.COLD_STORE, (1_000, 5_000), kind=Kind.COMMERCIAL),
    Industry("1711", ("纺织", "棉纺"), S.THREE_SHIFTS, (2_000, 10_000)),
    Industry("3612", ("新能源汽车", "智能汽车"), S.TWO_SHIFTS, (20_000, 63_000)),
    Industry("2651", ("树脂", "高分子材料"), S.CONTINUOUS, (6_300, 31_500), True, Importance.SECOND),
    Industry("3731", ("造船", "船舶重工"), S.ONE_SHIFT, (6_300, 20_000)),
    Industry("2911", ("轮胎", "橡胶"), S.THREE_SHIFTS, (6_300, 20_000)),
    Industry("3974", ("光电显示", "显示器件"), S.CONTINUOUS, (31_500, 120_000), True, Importance.SECOND),
    Industry("3130", ("金属压延", "带钢"), S.THREE_SHIFTS, (8_000, 40_000)),
    Industry("1331", ("粮油", "食用油"), S.TWO_SHIFTS, (1_600, 6_300)),
    Industry("2926", ("包装材料", "包装"), S.TWO_SHIFTS, (630, 2_500)),
    Industry("5212", ("超市", "商贸"), S.SHOPPING, (630, 2_000), kind=Kind.COMMERCIAL),
    Industry("1513", ("啤酒", "酿酒"), S.TWO_SHIFTS, (3_150, 8_000)),
    Industry("3825", ("光伏科技", "太阳能"), S.CONTINUOUS, (12_500, 40_000), True),
)


@dataclass(frozen=True)
class Institution:
    """A customer that a city has once, with its full name."""

    name: str
    industry: Industry


def _public(
    code: str,
    shape: Shape,
    kva: int,
    kind: Account.Kind,
    *,
    register: str = "12",
    importance: Account.Importance = Importance.NONE,
    continuous: bool = False,
) -> Industry:
    return Industry(code, (), shape, (kva, kva), continuous, importance, kind, register)


_FIRST, _SECOND, _SPECIAL = Importance.FIRST, Importance.SECOND, Importance.SPECIAL
INSTITUTIONS: tuple[Institution, ...] = (
    Institution(
        "江海市第一人民医院",
        _public("8411", S.HOSPITAL, 8_000, Kind.PUBLIC_UTILITY, importance=_FIRST, continuous=True),
    ),
    Institution(
        "江海市机关事务管理局",
        _public("9221", S.OFFICE, 2_500, Kind.GOVERNMENT, register="11", importance=_FIRST),
    ),
    Institution("江海广播电视台", _public("8720", S.OFFICE, 2_000, Kind.MEDIA, importance=_FIRST, continuous=True)),
    Institution(
        "江海市自来水有限公司",
        _public("4610", S.WATER, 6_300, Kind.PUBLIC_UTILITY, register="91", importance=_FIRST, continuous=True),
    ),
    Institution("江海市儿童福利院", _public("8516", S.HOSPITAL, 400, Kind.WELFARE)),
    Institution("江海大学", _public("8341", S.SCHOOL, 12_500, Kind.PUBLIC_UTILITY)),
    Institution(
        "江海市轨道交通集团有限公司",
        _public("5412", S.TRANSIT, 40_000, Kind.PUBLIC_UTILITY, register="91", importance=_FIRST, continuous=True),
    ),
    Institution(
        "江海市中医院",
        _public("8411", S.HOSPITAL, 4_000, Kind.PUBLIC_UTILITY, importance=_SECOND, continuous=True),
    ),
    Institution("江海日报社", _public("8622", S.OFFICE, 800, Kind.MEDIA)),
    Institution(
        "江海市污水处理有限公司",
        _public("4620", S.WATER, 3_150, Kind.PUBLIC_UTILITY, register="91", importance=_SECOND, continuous=True),
    ),
    Institution("江海市第一中学", _public("8334", S.SCHOOL, 1_600, Kind.PUBLIC_UTILITY)),
    Institution(
        "江海市应急指挥中心",
        _public("9221", S.OFFICE, 630, Kind.GOVERNMENT, register="11", importance=_SPECIAL),
    ),
    Institution("江海市社会福利院", _public("8514", S.HOSPITAL, 500, Kind.WELFARE)),
    Institution("江海市滨海区政务服务中心", _public("9221", S.OFFICE, 1_000, Kind.GOVERNMENT, register="11")),
    Institution(
        "江海机场有限公司",
        _public("5631", S.TRANSIT, 16_000, Kind.PUBLIC_UTILITY, register="91", importance=_FIRST, continuous=True),
    ),
    Institution("江海市妇幼保健院", _public("8411", S.HOSPITAL, 2_500, Kind.PUBLIC_UTILITY, importance=_SECOND)),
    Institution("江海人民广播电台", _public("8710", S.OFFICE, 500, Kind.MEDIA, importance=_SECOND, continuous=True)),
    Institution("江海职业技术学院", _public("8341", S.SCHOOL, 4_000, Kind.PUBLIC_UTILITY)),
)
