"""What a column, a channel or a unit is called in the exports of metering systems, in Chinese and in English."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kam.metering.rules.readings import Quantity, Stamps
from kam.metering.rules.stamps import DAY, parse_clock

SLOTS_PER_DAY = (24, 48, 96, 144, 288)

KWH_PER_UNIT_HOUR = {"kw": 1.0, "w": 1e-3, "mw": 1e3}
KWH_PER_UNIT = {"kwh": 1.0, "wh": 1e-3, "mwh": 1e3}

METER_NAME = re.compile(
    r"meter([ _-]?(no|number|id|code|point))?\.?|mpan|msn"
    r"|.*(电能表|电表|表计|计量点|测量点|终端|局|资产)(号|编号|资产号|局号|条码|编码)码?|表号|表号码",
    re.IGNORECASE,
)
TIME_NAME = re.compile(r"date|time|stamp|日期|时间|时刻|日", re.IGNORECASE)
UNIT_NAME = re.compile(r"unit|单位|计量单位", re.IGNORECASE)

_UNITS = {
    "kwh": "kwh", "kvarh": "kwh", "千瓦时": "kwh", "度": "kwh", "千乏时": "kwh",
    "wh": "wh", "varh": "wh", "mwh": "mwh", "mvarh": "mwh", "兆瓦时": "mwh",
    "kw": "kw", "kvar": "kw", "千瓦": "kw", "千乏": "kw", "w": "w", "var": "w", "瓦": "w", "乏": "w",
    "mw": "mw", "mvar": "mw", "兆瓦": "mw",
}  # fmt: skip
_IN_BRACKETS = re.compile(r"[\[(（【]\s*([a-z]+|[千兆]?[瓦乏]时?|度)\s*(?:[/）)\]】·])", re.IGNORECASE)
_AS_WORD = re.compile(r"(?<![a-z])(k|m)?(wh|varh|w|var)(?![a-z])", re.IGNORECASE)
_POWER_WORD = re.compile(r"功率|负荷|power|load|demand", re.IGNORECASE)
_ENERGY_WORD = re.compile(r"电量|电能|energy|usage|consumption|用电", re.IGNORECASE)

_NOT_A_READING = re.compile(
    r"factor|因数|cos|co2|price|电价|费|voltage|电压|amps?\b|电流|status|quality|\bpf\b", re.IGNORECASE
)
_REACTIVE = re.compile(r"var|无功|reactive|lagging|leading", re.IGNORECASE)
_LEADING = re.compile(r"lead|反向|容性|export|capacit", re.IGNORECASE)
_ACTIVE = re.compile(
    r"wh|有功|电量|电能|energy|usage|consum|用电|load|负荷|功率|power|demand|value|读数|(?<![a-z])[km]?w(?![a-z])",
    re.IGNORECASE,
)
_SURELY_ACTIVE = re.compile(r"k?wh|有功|电量|电能", re.IGNORECASE)
_SENT_BACK = re.compile(r"反向|export|feed|返送|上网", re.IGNORECASE)

# fmt: off
_CHANNELS: dict[Quantity, tuple[str, ...]] = {
    "kwh": (
        "正向有功", "有功", "kwh", "active import", "import active", "active", "a+", "+a", "p+", "+p", "pap", "p",
        "kw", "w", "电量", "用电", "用电量",
    ),
    "kvarh_lag": (
        "正向无功", "感性无功", "无功", "kvarh lag", "kvar lag", "lagging", "lag", "reactive import", "import reactive",
        "reactive", "r+", "+r", "q+", "+q", "prp", "q", "kvarh", "kvar",
    ),
    "kvarh_lead": (
        "反向无功", "容性无功", "kvarh lead", "kvar lead", "leading", "lead", "reactive export", "export reactive",
        "r-", "-r", "q-", "-q", "rrp",
    ),
}
# fmt: on
_CHANNEL_TAIL = re.compile(r"(总|电能量|电能|电量|功率|负荷|曲线|示值|energy|power|[\[(（].*[\])）])$", re.IGNORECASE)


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """Return the header's names trimmed and made unique: an empty one is called by its number, a second `a`
    is `a (2)`.
    """
    seen: dict[str, int] = {}
    names = []
    for number, cell in enumerate(header, 1):
        name = cell.strip().lstrip("\ufeff") or f"#{number}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def unit_of(name: str) -> tuple[str | None, bool]:
    """Return (unit, certain) as a column name or channel tells it: `[W]`, `(kW)`, `Usage_kWh`; `功率` alone
    means kW, uncertainly.
    """
    for bracket in _IN_BRACKETS.finditer(name):
        if unit := _UNITS.get(bracket[1].lower()):
            return unit, True
    if found := _AS_WORD.search(name.replace("_", " ")):
        return _UNITS[found[0].lower()], True
    for written in ("兆瓦时", "千瓦时", "千乏时", "千瓦", "千乏"):
        if written in name:
            return _UNITS[written], True
    if _ENERGY_WORD.search(name):
        return "kwh", False
    if _POWER_WORD.search(name):
        return "kw", False
    return None, False


def scale_of(unit: str, minutes: int) -> float:
    """Return what a value in `unit` is multiplied by to be kWh (or kvarh) of an interval of `minutes`.
    KeyError: no such unit.
    """
    if unit in KWH_PER_UNIT_HOUR:
        return KWH_PER_UNIT_HOUR[unit] * minutes / 60
    return KWH_PER_UNIT[unit]


def quantity_of_column(name: str) -> Quantity | None:
    """Return what a numeric column of a long file holds, by its name."""
    if exact := quantity_of_channel(name):
        return exact
    if _NOT_A_READING.search(name):
        return None
    if _REACTIVE.search(name):
        return "kvarh_lead" if _LEADING.search(name) else "kvarh_lag"
    if _ACTIVE.search(name) and not _SENT_BACK.search(name):
        return "kwh"
    return None


def surely_active(name: str) -> bool:
    """Tell whether the name speaks of active energy itself, and not only of load or a value."""
    return bool(_SURELY_ACTIVE.search(name))


def quantity_of_channel(cell: str) -> Quantity | None:
    """Return the quantity that a cell of a channel column names: `正向有功`, `P`, `kvarh lag` ..."""
    text = re.sub(r"[\s_]+", " ", cell.strip().lower())
    while True:
        for quantity, words in _CHANNELS.items():
            if text in words:
                return quantity
        shorter = _CHANNEL_TAIL.sub("", text).strip()
        if shorter == text or not shorter:
            return None
        text = shorter


def channel_rank(quantity: Quantity, cell: str) -> int:
    """Order cells that name the same quantity: the most explicit word first."""
    text = re.sub(r"[\s_]+", " ", cell.strip().lower())
    return _CHANNELS[quantity].index(text) if text in _CHANNELS[quantity] else len(_CHANNELS[quantity])


@dataclass(frozen=True)
class Slots:
    """The columns of a wide file in the order of the day; `stamps` as their names tell, None where they are
    numbered.
    """

    columns: tuple[str, ...]
    stamps: Stamps | None


def slots_of(names: Sequence[str]) -> Slots | None:
    """Find 24, 48, 96, 144 or 288 columns named after the clock (00:15..24:00) or numbered (P1..P96, 1..96,
    点1).
    """
    return _by_clock(names) or _by_number(names)


def _by_clock(names: Sequence[str]) -> Slots | None:
    clocks: dict[int, str] = {}
    order: list[int] = []
    for name in names:
        start, *_ = re.split(r"\s*[-~～至—]\s*", name.strip())
        if not re.search(r"\d{1,2}[:：时点]|^\D?\d{4}$", start):
            continue
        text = re.sub(r"^[^\d]+", "", start.replace("：", ":"))
        clock = parse_clock(text)
        if clock is None or clock[0] in clocks:
            continue
        clocks[clock[0]] = name
        order.append(clock[0])
    if len(order) not in SLOTS_PER_DAY:
        return None
    step = DAY // len(order)
    # 00:00 in the last column closes the day: 00:15, 00:30 ... 23:45, 00:00.
    if order[-1] == 0 and order[0] == step:
        clocks[DAY] = clocks.pop(0)
    seconds = sorted(clocks)
    if seconds == list(range(step, DAY + 1, step)):
        found: Stamps = "end"
    elif seconds == list(range(0, DAY, step)):
        found = "start"
    else:
        return None
    return Slots(tuple(clocks[second] for second in seconds), found)


def _by_number(names: Sequence[str]) -> Slots | None:
    families: dict[tuple[str, str], dict[int, str]] = {}
    for name in names:
        if found := re.fullmatch(r"(.*?)(\d{1,3})(点|时|h|H|号点|)", name.strip()):
            families.setdefault((found[1], found[3]), {}).setdefault(int(found[2]), name)
    for family in families.values():
        for count in sorted(SLOTS_PER_DAY, reverse=True):
            for first in (1, 0):
                numbers = range(first, first + count)
                if len(family) == count and all(number in family for number in numbers):
                    return Slots(tuple(family[number] for number in numbers), None)
    return None
