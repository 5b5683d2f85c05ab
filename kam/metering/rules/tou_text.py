"""Time-of-use periods as lines of text, as a notice writes them: `峰 | 7-9月 | 工作日 | 10:00-12:00, 14:00-19:00`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kam.metering.rules.daykinds import DayKind, Holiday
from kam.metering.rules.tou import ALL_KINDS, ALL_MONTHS, BadPeriod, Band, BandPeriod

BAND_WORDS = {
    "尖": Band.SHARP, "尖峰": Band.SHARP, "sharp": Band.SHARP,
    "峰": Band.PEAK, "高峰": Band.PEAK, "peak": Band.PEAK,
    "平": Band.FLAT, "平段": Band.FLAT, "flat": Band.FLAT,
    "谷": Band.VALLEY, "低谷": Band.VALLEY, "valley": Band.VALLEY,
    "深谷": Band.DEEP_VALLEY, "deep_valley": Band.DEEP_VALLEY, "deep valley": Band.DEEP_VALLEY,
}  # fmt: skip
KIND_WORDS = {
    "工作日": DayKind.WORKDAY, "workday": DayKind.WORKDAY,
    "休息日": DayKind.REST, "周末": DayKind.REST, "rest": DayKind.REST,
    "节假日": DayKind.HOLIDAY, "法定节假日": DayKind.HOLIDAY, "holiday": DayKind.HOLIDAY,
}  # fmt: skip
HOLIDAY_WORDS = {
    "元旦": Holiday.NEW_YEAR, "春节": Holiday.SPRING_FESTIVAL, "清明": Holiday.QINGMING, "劳动节": Holiday.LABOUR_DAY,
    "端午": Holiday.DRAGON_BOAT, "中秋": Holiday.MID_AUTUMN, "国庆节": Holiday.NATIONAL_DAY,
    **{holiday.value: holiday for holiday in Holiday},
}  # fmt: skip
ALL_WORDS = {"", "全年", "all", "每天", "every day"}
_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–~至]\s*(\d{1,2})(?::(\d{2}))?")
_SEPARATOR = re.compile(r"[,，、;；]\s*")


class BadLine(ValueError):
    """A line that does not say when its band holds. `part`: band, months, days or hours; `value`: its words."""

    def __init__(self, line: int, part: str, value: str) -> None:
        super().__init__(f"line {line}, {part}: {value!r}")
        self.line, self.part, self.value = line, part, value


@dataclass(frozen=True)
class _When:
    kinds: frozenset[DayKind]
    holidays: frozenset[Holiday] | None
    dates: frozenset[date] | None


def parse(text: str) -> tuple[BandPeriod, ...]:
    """Return the periods that the lines describe; empty lines and those that begin with # say nothing.

    Four parts stand between bars: band, months, days, hours; months and days may be left out (all). Days are kinds
    (工作日, 休息日, 节假日), named holidays (春节, 国庆节) or dates. Raises `BadLine` for the first bad one.
    """
    periods: list[BandPeriod] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = [part.strip() for part in line.replace("｜", "|").split("|")]
        if len(parts) == 2:
            parts = [parts[0], "", "", parts[1]]
        elif len(parts) == 3:
            parts = [parts[0], parts[1], "", parts[2]]
        if len(parts) != 4:
            raise BadLine(number, "hours", line.strip()[:60])
        band = BAND_WORDS.get(parts[0].lower())
        if band is None:
            raise BadLine(number, "band", parts[0])
        months, when = _months(number, parts[1]), _when(number, parts[2])
        for start, end in _hours(number, parts[3]):
            try:
                periods.append(BandPeriod(band, start, end, months, when.kinds, when.holidays, when.dates))
            except BadPeriod as error:
                raise BadLine(number, "hours", parts[3]) from error
    return tuple(periods)


def written(periods: Iterable[BandPeriod]) -> str:
    """Return the periods as lines that `parse` reads, hours of the same band and days together."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for period in periods:
        key = (_word(BAND_WORDS, period.band), _months_text(period.months), _days_text(period))
        lines.setdefault(key, []).append(f"{_clock(period.start_minute)}-{_clock(period.end_minute)}")
    return "\n".join(" | ".join([*key, ", ".join(hours)]) for key, hours in lines.items())


def _months(line: int, text: str) -> frozenset[int]:
    if text.lower() in ALL_WORDS:
        return ALL_MONTHS
    months: set[int] = set()
    for piece in _SEPARATOR.split(text.replace("月", "")):
        found = re.fullmatch(r"(\d{1,2})(?:\s*[-–~至]\s*(\d{1,2}))?", piece.strip())
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not (1 <= first <= 12 and 1 <= last <= 12):
            raise BadLine(line, "months", text)
        while first != last:  # 11-2 runs over the turn of the year
            months.add(first)
            first = first % 12 + 1
        months.add(last)
    return frozenset(months)


def _when(line: int, text: str) -> _When:
    if text.lower() in ALL_WORDS:
        return _When(ALL_KINDS, None, None)
    kinds: set[DayKind] = set()
    holidays: set[Holiday] = set()
    dates: set[date] = set()
    for piece in _SEPARATOR.split(text):
        word = piece.strip().lower()
        if word in KIND_WORDS:
            kinds.add(KIND_WORDS[word])
        elif word in HOLIDAY_WORDS:
            holidays.add(HOLIDAY_WORDS[word])
        else:
            try:
                dates.add(date.fromisoformat(word))
            except ValueError as error:
                raise BadLine(line, "days", piece) from error
    if kinds and (holidays or dates) or holidays and dates:
        raise BadLine(line, "days", text)  # each way of naming days has its own line
    return _When(frozenset(kinds) or ALL_KINDS, frozenset(holidays) or None, frozenset(dates) or None)


def _hours(line: int, text: str) -> list[tuple[int, int]]:
    spans = []
    for piece in _SEPARATOR.split(text):
        found = _SPAN.fullmatch(piece.strip())
        if found is None:
            raise BadLine(line, "hours", piece)
        start, end = int(found[1]) * 60 + int(found[2] or 0), int(found[3]) * 60 + int(found[4] or 0)
        if start == end:
            raise BadLine(line, "hours", piece)
        spans.append((start, end))
    return spans


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _months_text(months: frozenset[int]) -> str:
    if months == ALL_MONTHS:
        return "全年"
    runs: list[list[int]] = []
    for month in sorted(months):
        if runs and runs[-1][-1] == month - 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs) + "月"


def _days_text(period: BandPeriod) -> str:
    if period.dates is not None:
        return ",".join(day.isoformat() for day in sorted(period.dates))
    if period.holidays is not None:
        return ",".join(_word(HOLIDAY_WORDS, holiday) for holiday in sorted(period.holidays))
    if period.kinds == ALL_KINDS:
        return "每天"
    return ",".join(_word(KIND_WORDS, kind) for kind in DayKind if kind in period.kinds)


def _word(words: dict[str, "Band"] | dict[str, DayKind] | dict[str, Holiday], value: object) -> str:
    return next(word for word, meaning in words.items() if meaning == value)
