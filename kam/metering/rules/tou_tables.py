"""Time-of-use tables of four provinces (DOMAIN section 4.5), and a reader of policy rows (DATA section 13).

All are second-hand: from price-list notes and a public collection that cite the notices named in `source`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from kam.metering.rules.daykinds import Holiday
from kam.metering.rules.tou import ALL_MONTHS, Band, BandPeriod, Calendar

_SHARP, _PEAK, _FLAT, _VALLEY, _DEEP = Band.SHARP, Band.PEAK, Band.FLAT, Band.VALLEY, Band.DEEP_VALLEY


def _hours(
    months: Collection[int], *spans: tuple[Band, float, float], holidays: frozenset[Holiday] | None = None
) -> tuple[BandPeriod, ...]:
    return tuple(
        BandPeriod(band, round(start * 60), round(end * 60), frozenset(months), holidays=holidays)
        for band, start, end in spans
    )


GUANGDONG = Calendar(
    code="GD",
    name="广东工商业分时时段",
    valid_from=date(2021, 10, 1),
    valid_until=None,
    source="粤发改价格〔2021〕331号（据价目表注释转录，二手资料）；7-9月执行尖峰，其他月份的高温日尖峰须另列日期",
    periods=(
        *_hours(ALL_MONTHS, (_PEAK, 10, 12), (_PEAK, 14, 19), (_VALLEY, 0, 8)),
        *_hours(ALL_MONTHS, (_FLAT, 8, 10), (_FLAT, 12, 14), (_FLAT, 19, 24)),
        *_hours({7, 8, 9}, (_SHARP, 11, 12), (_SHARP, 15, 17)),
    ),
)

SHANDONG = Calendar(
    code="SD",
    name="山东工商业分时时段",
    valid_from=date(2024, 1, 1),
    valid_until=None,
    source="鲁发改价格〔2023〕914号；时段为2025年公布值（二手资料），2024年与2026年起按相同时段假定",
    periods=(
        *_hours({12, 1, 2}, (_VALLEY, 2, 6), (_VALLEY, 10, 15), (_DEEP, 11, 14)),
        *_hours({12, 1, 2}, (_PEAK, 7, 9), (_PEAK, 16, 21), (_SHARP, 16, 19)),
        *_hours({12, 1, 2}, (_FLAT, 0, 2), (_FLAT, 6, 7), (_FLAT, 9, 10), (_FLAT, 15, 16), (_FLAT, 21, 24)),
        *_hours({3, 4, 5}, (_VALLEY, 10, 15), (_DEEP, 11, 14), (_PEAK, 17, 22), (_SHARP, 17, 20)),
        *_hours({3, 4, 5}, (_FLAT, 0, 10), (_FLAT, 15, 17), (_FLAT, 22, 24)),
        *_hours({6}, (_VALLEY, 7, 12), (_PEAK, 16, 23), (_SHARP, 17, 22)),
        *_hours({6}, (_FLAT, 0, 7), (_FLAT, 12, 16), (_FLAT, 23, 24)),
        *_hours({7, 8}, (_VALLEY, 1, 6), (_PEAK, 16, 23), (_SHARP, 17, 22)),
        *_hours({7, 8}, (_FLAT, 0, 1), (_FLAT, 6, 16), (_FLAT, 23, 24)),
        *_hours({9, 10, 11}, (_VALLEY, 10, 15), (_DEEP, 11, 14), (_PEAK, 16, 21), (_SHARP, 17, 19)),
        *_hours({9, 10, 11}, (_FLAT, 0, 10), (_FLAT, 15, 16), (_FLAT, 21, 24)),
    ),
)

_JS_SOURCE = "苏发改价格发〔2025〕426号（据价目表注释转录，二手资料）"
JIANGSU = Calendar(
    code="JS",
    name="江苏工商业分时时段",
    valid_from=date(2025, 6, 1),
    valid_until=None,
    source=_JS_SOURCE,
    periods=(
        *_hours({6, 7, 8, 12, 1, 2}, (_PEAK, 14, 22), (_FLAT, 6, 11), (_FLAT, 13, 14), (_FLAT, 22, 24)),
        *_hours({6, 7, 8, 12, 1, 2}, (_VALLEY, 0, 6), (_VALLEY, 11, 13)),
        *_hours({3, 4, 5, 9, 10, 11}, (_PEAK, 15, 22), (_FLAT, 6, 10), (_FLAT, 14, 15), (_FLAT, 22, 2)),
        *_hours({3, 4, 5, 9, 10, 11}, (_VALLEY, 2, 6), (_VALLEY, 10, 14)),
    ),
)
JIANGSU_315 = replace(
    JIANGSU,
    code="JS-315",
    name="江苏315千伏安及以上工业分时时段（含尖峰）",
    source=f"{_JS_SOURCE}；尖峰时段据公开汇编，二手资料",
    periods=(
        *JIANGSU.periods,
        *_hours({7, 8}, (_SHARP, 14, 15), (_SHARP, 19.5, 21.5)),
        *_hours({12, 1}, (_SHARP, 18, 20)),
    ),
)

_ZJ_HOLIDAYS = frozenset({Holiday.SPRING_FESTIVAL, Holiday.LABOUR_DAY, Holiday.NATIONAL_DAY})
_ZJ_MILD = {2, 3, 4, 5, 6, 9, 10, 11}
_ZJ_HARD = {1, 7, 8, 12}
ZHEJIANG_2024 = Calendar(
    code="ZJ",
    name="浙江工商业分时时段",
    valid_from=date(2024, 3, 1),
    valid_until=date(2026, 7, 1),
    source="浙发改价格〔2024〕21号（仅时段，二手资料；起始日期与深谷按整个假期执行为假定）",
    periods=(
        *_hours(_ZJ_MILD, (_PEAK, 8, 11), (_PEAK, 13, 17), (_FLAT, 17, 24), (_VALLEY, 0, 8), (_VALLEY, 11, 13)),
        *_hours(_ZJ_HARD, (_SHARP, 9, 11), (_SHARP, 15, 17), (_PEAK, 8, 9), (_PEAK, 17, 23)),
        *_hours(_ZJ_HARD, (_FLAT, 13, 15), (_FLAT, 23, 24), (_VALLEY, 0, 8), (_VALLEY, 11, 13)),
        *_hours(ALL_MONTHS, (_DEEP, 10, 14), holidays=_ZJ_HOLIDAYS),
    ),
)
ZHEJIANG = Calendar(
    code="ZJ",
    name="浙江工商业分时时段",
    valid_from=date(2026, 7, 1),
    valid_until=None,
    source="浙发改价格〔2026〕112号（据公开汇编，二手资料；深谷时段未查到，未录入）",
    periods=(
        *_hours(_ZJ_HARD, (_SHARP, 18, 22), (_PEAK, 16, 18), (_PEAK, 22, 23)),
        *_hours(_ZJ_MILD, (_PEAK, 16, 23)),
        *_hours(ALL_MONTHS, (_FLAT, 7, 11), (_FLAT, 14, 16), (_FLAT, 23, 24), (_VALLEY, 0, 7), (_VALLEY, 11, 14)),
    ),
)

CALENDARS = (GUANGDONG, SHANDONG, JIANGSU, JIANGSU_315, ZHEJIANG_2024, ZHEJIANG)


def calendar_on(code: str, day: date) -> Calendar | None:
    """Return the table of `code` in force on `day`, None where none is known."""
    return next((c for c in CALENDARS if c.code == code and c.holds_on(day)), None)


def with_hot_days(calendar: Calendar, days: Iterable[date]) -> Calendar:
    """Return the calendar with its sharp hours held also on `days` (高温日, Guangzhou at 35 °C or more)."""
    dates = frozenset(days)
    sharp = {(p.start_minute, p.end_minute) for p in calendar.periods if p.band is Band.SHARP}
    added = tuple(BandPeriod(Band.SHARP, start, end, dates=dates) for start, end in sorted(sharp))
    return replace(calendar, periods=calendar.periods + added)


class BadPolicyRow(ValueError):
    """A policy row that does not say when its band holds. `row_id` and `column` tell where."""

    def __init__(self, row_id: str, column: str, value: str) -> None:
        super().__init__(f"row {row_id}, {column}: {value!r}")
        self.row_id, self.column, self.value = row_id, column, value


_CATEGORIES = {"尖峰": _SHARP, "峰": _PEAK, "平": _FLAT, "谷": _VALLEY, "深谷": _DEEP}
_MONTHS = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?月")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


def from_policy_rows(rows: Iterable[Mapping[str, str]], *, code: str, name: str) -> Calendar:
    """Build a calendar from rows of `price_policies.csv`, all of one price area.

    Seasons are taken as written; conditions that stand only in a note are not applied, so that `tou.problems`
    shows them. Raises `BadPolicyRow`; `ValueError` without rows. Layout: DATA section 13.
    """
    rows = list(rows)
    if not rows:
        raise ValueError("no rows")
    periods = []
    for row in rows:
        band = _CATEGORIES.get(row["standard_category"])
        if band is None:
            raise BadPolicyRow(row["id"], "standard_category", row["standard_category"])
        start, end = _minute(row, "start_time"), _minute(row, "end_time")
        periods.append(BandPeriod(band, start, end, _season(row)))
    return Calendar(
        code=code,
        name=name,
        valid_from=min(date.fromisoformat(row["policy_effective_date"]) for row in rows),
        valid_until=None,
        source=", ".join(sorted({row["source_id"] for row in rows})),
        periods=tuple(periods),
    )


def _minute(row: Mapping[str, str], column: str) -> int:
    match = _TIME.fullmatch(row[column].strip())
    minute = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= minute <= 1440:
        raise BadPolicyRow(row["id"], column, row[column])
    return minute


def _season(row: Mapping[str, str]) -> frozenset[int]:
    text = row["season_type"]
    if "全年" in text:
        return ALL_MONTHS
    months: set[int] = set()
    for first, last in _MONTHS.findall(text):
        end = int(last or first)
        month = int(first)
        if not (1 <= month <= 12 and 1 <= end <= 12):
            raise BadPolicyRow(row["id"], "season_type", text)
        while month != end:  # 12-2月 runs over the turn of the year
            months.add(month)
            month = month % 12 + 1
        months.add(end)
    if not months:
        raise BadPolicyRow(row["id"], "season_type", text)
    return frozenset(months)
