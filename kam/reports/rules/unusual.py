"""What is unusual in a load (异常用电): at most twelve findings, most important first. Codes and figures, no texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from kam.metering.rules.daykinds import KINDS, DayKind, kinds
from kam.metering.rules.load import NIGHT_UNTIL_MINUTE, LoadFigures, MonthFigures
from kam.metering.rules.marks import Quality
from kam.metering.rules.profile import Floats, Profile

MOST = 12
MOST_PER_CODE = 3
SIGMAS = 3.0
MAD_TO_SIGMA = 1.4826
LIKE_DAYS = 21  # the day itself and ten of its kind to either side
FEWEST_LIKE_DAYS = 5
DAY_COMPLETE = 0.9
MONTH_DROP = 0.30
OFF_DAY_RATIO = 0.8
PEAK_QUANTILE = 0.99
# Spread below this share of the median is no measure of what is usual (a line that runs evenly all week).
LEAST_SPREAD = 0.05


class Code(StrEnum):
    ABOVE_CONTRACT = "above_contract"  # maximum demand (kVA where reactive data exist) above contracted capacity
    DEAD = "dead"  # no energy while reactive energy runs
    FROZEN = "frozen"  # the same value for hours
    POOR_POWER_FACTOR = "poor_power_factor"
    PEAK_DAY = "peak_day"
    MONTH_DROP = "month_drop"
    JUMP_UP = "jump_up"
    JUMP_DOWN = "jump_down"
    NIGHT_HIGH = "night_high"
    OFF_DAY_HIGH = "off_day_high"  # one rest day or holiday far above others
    OFF_DAYS_HIGH = "off_days_high"  # rest days and holidays as a whole run near the workday's level


# Order of importance: what costs or endangers first, then what needs a look.
_WEIGHT = {
    Code.ABOVE_CONTRACT: 100.0,
    Code.DEAD: 90.0,
    Code.POOR_POWER_FACTOR: 70.0,
    Code.MONTH_DROP: 60.0,
    Code.FROZEN: 55.0,
    Code.PEAK_DAY: 50.0,
    Code.JUMP_DOWN: 40.0,
    Code.JUMP_UP: 40.0,
    Code.NIGHT_HIGH: 35.0,
    Code.OFF_DAY_HIGH: 35.0,
    Code.OFF_DAYS_HIGH: 30.0,
}


@dataclass(frozen=True)
class Finding:
    """One unusual thing: `value` against `threshold` in `unit`, on a day, at an instant, or in a month.

    `usual`: what like days show, where there is such a thing. `rank`: larger is more important.
    """

    code: Code
    value: float
    threshold: float
    unit: str
    rank: float
    day: date | None = None
    at: datetime | None = None
    month: str | None = None
    usual: float | None = None


def findings(
    profile: Profile,
    figures: LoadFigures,
    *,
    contract_kva: float | None,
    power_factor_standard: float | None,
) -> tuple[Finding, ...]:
    """Return at most twelve findings, three of a code, most important first.

    `figures`: of the same profile. Days with under 90 % of their values are not compared with others.
    """
    daily = _Daily.of(profile, figures)
    found = [
        *_above_contract(profile, contract_kva),
        *_stretches(profile),
        *_poor_power_factor(figures.months, power_factor_standard),
        *_month_drops(figures.months),
        *_peak_days(profile, figures, daily),
        *_jumps(daily),
        *_nights(profile, daily),
        *_off_days(daily),
    ]
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: -f.rank):
        if len(kept) < MOST and sum(k.code is finding.code for k in kept) < MOST_PER_CODE:
            kept.append(finding)
    return tuple(kept)


def _finding(
    code: Code,
    value: float,
    threshold: float,
    unit: str,
    *,
    excess: float,
    day: date | None = None,
    at: datetime | None = None,
    month: str | None = None,
    usual: float | None = None,
) -> Finding:
    """`excess`: how far beyond the threshold, as a ratio; it orders findings of one code, never across codes."""
    rank = _WEIGHT[code] + 9 * excess / (1 + excess) if excess > 0 else _WEIGHT[code]
    return Finding(code, float(value), float(threshold), unit, float(rank), day, at, month, usual)


@dataclass(frozen=True, eq=False)
class _Daily:
    """Days of the profile with what like days show; arrays have shape (n_days,)."""

    days: list[date]
    kind: npt.NDArray[np.uint8]
    whole: npt.NDArray[np.bool_]
    kwh: Floats
    max_kw: Floats

    @classmethod
    def of(cls, profile: Profile, figures: LoadFigures) -> "_Daily":
        present = np.add.reduceat(~np.isnan(profile.kwh), profile.day_edges[:-1])
        whole = present >= DAY_COMPLETE * np.diff(profile.day_edges)
        days = profile.days.astype("datetime64[D]")
        return cls(days.tolist(), kinds(days), whole, figures.daily_kwh, figures.daily_max_kw)

    def usual(self, values: Floats) -> tuple[Floats, Floats]:
        """Median and robust sigma of like days around each day; NaN where too few are near."""
        middle, sigma = np.full(len(values), np.nan), np.full(len(values), np.nan)
        off = self.kind != KINDS.index(DayKind.WORKDAY)
        for chosen in (~off, off):
            where = np.flatnonzero(chosen & self.whole & ~np.isnan(values))
            if len(where) < FEWEST_LIKE_DAYS:
                continue
            width = min(LIKE_DAYS, len(where))
            windows = np.lib.stride_tricks.sliding_window_view(values[where], width)
            medians = np.median(windows, axis=1)
            spreads = np.median(np.abs(windows - medians[:, None]), axis=1) * MAD_TO_SIGMA
            # at the ends of the period the first or last whole window serves
            row = np.clip(np.arange(len(where)) - width // 2, 0, len(medians) - 1)
            middle[where] = medians[row]
            sigma[where] = np.maximum(spreads[row], LEAST_SPREAD * np.abs(medians[row]))
        return middle, sigma


def _above_contract(profile: Profile, contract_kva: float | None) -> Iterator[Finding]:
    """Each month's largest power above the contracted capacity, apparent power where reactive data exist."""
    if not contract_kva:
        return
    kvarh = profile.kvarh
    # NaN reactive values leave active power alone to speak
    apparent = profile.kw if kvarh is None else np.hypot(profile.kw, np.nan_to_num(kvarh) * 60 / profile.minutes)
    above = np.flatnonzero(apparent > contract_kva)
    if not len(above):
        return
    months = profile.days.astype("datetime64[M]")[profile.day_index[above]]
    for month in np.unique(months):
        inside = above[months == month]
        index = int(inside[np.argmax(apparent[inside])])
        value = float(apparent[index])
        yield _finding(
            Code.ABOVE_CONTRACT,
            value,
            contract_kva,
            "kVA" if kvarh is not None else "kW",
            excess=value / contract_kva - 1,
            at=profile.starts_at(index),
            month=str(month),
        )


def _stretches(profile: Profile) -> Iterator[Finding]:
    """Stretches marked dead or frozen when the readings were taken in; the value is their length in hours."""
    if profile.marks is None:
        return
    for code, flag, least_hours in ((Code.DEAD, Quality.DEAD, 2), (Code.FROZEN, Quality.FROZEN, 6)):
        marked = (profile.marks & int(flag)) > 0
        edges = np.flatnonzero(np.diff(np.concatenate(([0], marked.astype(np.int8), [0]))))
        for begin, until in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            hours = (until - begin) * profile.minutes / 60
            at = profile.starts_at(begin)
            yield _finding(code, hours, least_hours, "h", excess=hours / least_hours - 1, day=at.date(), at=at)


def _poor_power_factor(months: Sequence[MonthFigures], standard: float | None) -> Iterator[Finding]:
    """Months whose billed power factor is below the standard."""
    if standard is None:
        return
    for month in months:
        # billed to 0.01, half up: 0.895 and above is 0.90
        if month.power_factor is not None and month.power_factor < standard - 0.005:
            yield _finding(
                Code.POOR_POWER_FACTOR,
                month.power_factor,
                standard,
                "",
                excess=(standard - month.power_factor) * 10,
                month=month.month,
            )


def _month_drops(months: Sequence[MonthFigures]) -> Iterator[Finding]:
    """Whole months that use 30 % less a day than the month before; values are kWh a day."""
    for before, month in pairwise(months):
        whole = all(m.days == m.days_in_month and m.completeness >= DAY_COMPLETE for m in (before, month))
        if not whole or before.energy_kwh <= 0:
            continue
        usual = before.energy_kwh / before.days / before.completeness
        value = month.energy_kwh / month.days / month.completeness
        threshold = usual * (1 - MONTH_DROP)
        if value < threshold:
            yield _finding(
                Code.MONTH_DROP,
                value,
                threshold,
                "kWh",
                excess=1 - value / usual,
                month=month.month,
                usual=usual,
            )


def _peak_days(profile: Profile, figures: LoadFigures, daily: _Daily) -> Iterator[Finding]:
    """Days whose maximum is among the top 1 % of the load and beyond what like days show."""
    present = profile.kw[~np.isnan(profile.kwh)]
    top = float(np.quantile(present, PEAK_QUANTILE))
    middle, sigma = daily.usual(daily.max_kw)
    limit = np.fmax(middle + SIGMAS * sigma, top)
    edges = profile.day_edges
    for index in _beyond(daily.max_kw, limit):
        span = slice(edges[index], edges[index + 1])
        yield _finding(
            Code.PEAK_DAY,
            daily.max_kw[index],
            limit[index],
            "kW",
            excess=daily.max_kw[index] / limit[index] - 1,
            day=daily.days[index],
            at=profile.starts_at(int(edges[index]) + int(np.nanargmax(profile.kwh[span]))),
            usual=float(middle[index]),
        )


def _jumps(daily: _Daily) -> Iterator[Finding]:
    """Days whose energy lies more than three robust sigmas from like days; days off only when above."""
    middle, sigma = daily.usual(daily.kwh)
    workday = daily.kind == KINDS.index(DayKind.WORKDAY)
    upper, lower = middle + SIGMAS * sigma, middle - SIGMAS * sigma
    for index in _beyond(daily.kwh, upper):
        code = Code.JUMP_UP if workday[index] else Code.OFF_DAY_HIGH
        yield _day(code, daily, index, upper[index], middle[index])
    for index in _beyond(-daily.kwh, -np.where(workday, lower, np.nan)):
        yield _day(Code.JUMP_DOWN, daily, index, lower[index], middle[index])


def _nights(profile: Profile, daily: _Daily) -> Iterator[Finding]:
    """Nights (00:00-06:00) whose mean power is beyond what like nights show."""
    at_night = (profile.minute_of_day < NIGHT_UNTIL_MINUTE) & ~np.isnan(profile.kwh)
    counts = np.bincount(profile.day_index[at_night], minlength=len(daily.days))
    sums = np.bincount(profile.day_index[at_night], profile.kw[at_night], minlength=len(daily.days))
    mean = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    middle, sigma = daily.usual(mean)
    limit = middle + SIGMAS * sigma
    for index in _beyond(mean, limit):
        yield _finding(
            Code.NIGHT_HIGH,
            mean[index],
            limit[index],
            "kW",
            excess=mean[index] / limit[index] - 1 if limit[index] > 0 else 1.0,
            day=daily.days[index],
            usual=float(middle[index]),
        )


def _off_days(daily: _Daily) -> Iterator[Finding]:
    """Rest days and holidays that use, in the median, over 80 % of a workday; continuous works always do."""
    workday = daily.kind == KINDS.index(DayKind.WORKDAY)
    known = daily.whole & ~np.isnan(daily.kwh)
    work, off = daily.kwh[workday & known], daily.kwh[~workday & known]
    if len(work) < FEWEST_LIKE_DAYS or len(off) < FEWEST_LIKE_DAYS:
        return
    usual, value = float(np.median(work)), float(np.median(off))
    if usual > 0 and value > OFF_DAY_RATIO * usual:
        threshold = OFF_DAY_RATIO * usual
        yield _finding(Code.OFF_DAYS_HIGH, value, threshold, "kWh", excess=value / threshold - 1, usual=usual)


def _beyond(values: Floats, limit: Floats) -> list[int]:
    with np.errstate(invalid="ignore"):
        found: list[int] = np.flatnonzero(values > limit).tolist()
    return found


def _day(code: Code, daily: _Daily, index: int, threshold: float, usual: float) -> Finding:
    value = float(daily.kwh[index])
    excess = abs(value - threshold) / usual if usual > 0 else 1.0
    return _finding(code, value, threshold, "kWh", excess=excess, day=daily.days[index], usual=float(usual))
