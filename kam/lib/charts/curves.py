"""Curves over time: load, duration, typical days, sparkline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kam.lib.charts.look import (
    ACCENT,
    AXIS,
    DAY_COLORS,
    INK,
    MUTED,
    WARNING,
    Figures,
    Labels,
    Option,
    Target,
    base,
    category_axis,
    drawn,
    legend,
    mark_line,
    plain,
    text,
    value_axis,
)

Floats = NDArray[np.float64]
PDF_COLUMNS = 660  # Plot columns of a chart as wide as an A4 page: finer detail than one column cannot be seen.
DURATION_POINTS = 300


@dataclass(frozen=True)
class TypicalDay:
    """One kind of day, kW per interval of the day from midnight; all three have the same length."""

    mean_kw: Sequence[float]
    p10_kw: Sequence[float]
    p90_kw: Sequence[float]


def load_curve(
    start: datetime,
    minutes: int,
    kw: ArrayLike,
    *,
    labels: Labels,
    lang: str,
    target: Target = "web",
    contract_kw: float | None = None,
    peak_index: int | None = None,
) -> Option:
    """Load over time, every interval for the page (with zoom), the highest and lowest of each column for the PDF.

    `start`: first interval's start, in the company's zone. `kw`: shape (n,), one per interval of `minutes`, NaN where
    missing (drawn as a gap). `peak_index`: the interval to mark. `labels`: load, and where used contract, peak,
    description; `peak` is the finished text beside the mark. Clock changes are not drawn: intervals follow evenly.
    """
    values = np.asarray(kw, dtype=float)
    # The chart's clock is told to be UTC and shown the wall clock of the company, whatever zone the browser is in.
    first = start.replace(tzinfo=UTC)
    shown = _extremes(values, PDF_COLUMNS) if target == "pdf" else np.arange(len(values))
    first_ms, step_ms = round(first.timestamp() * 1000), minutes * 60_000
    data = [[first_ms + step_ms * int(i), drawn(float(values[i]))] for i in shown]
    if peak_index is not None and target == "pdf":
        peak_at = first_ms + step_ms * peak_index
        data = sorted([point for point in data if point[0] != peak_at] + [[peak_at, drawn(float(values[peak_index]))]])
    series: Option = {
        "name": labels["load"],
        "type": "line",
        "showSymbol": False,
        "connectNulls": False,
        "lineStyle": {"width": 0.8 if target == "pdf" else 1.2, "color": ACCENT, "join": "round"},
        "itemStyle": {"color": ACCENT},
        "data": data,
    }
    if target == "web":
        series |= {"sampling": "lttb", "areaStyle": {"color": ACCENT, "opacity": 0.08}, "large": True}
    if contract_kw is not None:
        series["markLine"] = mark_line(contract_kw, labels["contract"])
    if peak_index is not None:
        series["markPoint"] = {
            "silent": True,
            "symbol": "circle",
            "symbolSize": 7,
            "itemStyle": {"color": WARNING},
            "label": text(color=WARNING, bold=True)
            | {"formatter": plain(labels["peak"]), "position": _side(peak_index, len(values)), "distance": 6},
            "data": [{"coord": [first_ms + step_ms * peak_index, drawn(float(values[peak_index]))]}],
        }
    option = base(labels, target=target) | {
        "useUTC": True,
        "xAxis": _time_axis(first, timedelta(minutes=minutes * len(values)), lang),
        "yAxis": value_axis("kW", max=_headroom(values, contract_kw)),
        "series": [series],
    }
    if target == "web":
        option["dataZoom"] = [
            {"type": "inside", "filterMode": "none", "zoomOnMouseWheel": "ctrl"},
            {"type": "slider", "filterMode": "none", "height": 22, "bottom": 6, "brushSelect": False},
        ]
        option["grid"]["bottom"] = 66
    return option


def duration_curve(
    kw: ArrayLike,
    *,
    labels: Labels,
    lang: str,
    target: Target = "web",
    average_kw: float | None = None,
    contract_kw: float | None = None,
) -> Option:
    """Load duration (负荷持续曲线): the load that is reached or passed during a share of the time.

    `kw`: shape (n,), NaN left out. `labels`: load, share_of_time (the x axis, with its unit %), and where used
    average, contract, description.
    """
    values = np.asarray(kw, dtype=float)
    ordered = np.sort(values[np.isfinite(values)])[::-1]
    picks = np.unique(np.linspace(0, max(len(ordered) - 1, 0), DURATION_POINTS).round().astype(int))
    share = 100.0 / max(len(ordered) - 1, 1)
    data = [[round(float(i) * share, 2), drawn(float(ordered[i]))] for i in picks] if len(ordered) else []
    lines = []
    if contract_kw is not None:
        lines.append(mark_line(contract_kw, labels["contract"]))
    if average_kw is not None:
        lines.append(mark_line(average_kw, labels["average"], color=MUTED))
    series: Option = {
        "name": labels["load"],
        "type": "line",
        "showSymbol": False,
        "lineStyle": {"color": ACCENT, "width": 1.8},
        "itemStyle": {"color": ACCENT},
        "areaStyle": {"color": ACCENT, "opacity": 0.12},
        "data": data,
    }
    if lines:
        series["markLine"] = lines[0] | {
            "data": [each["data"][0] | {"label": each["label"], "lineStyle": each["lineStyle"]} for each in lines]
        }
    option = base(labels, target=target) | {
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": 100,
            "interval": 10,
            "name": labels["share_of_time"],
            "nameLocation": "middle",
            "nameGap": 24,
            "nameTextStyle": text(color=MUTED),
            "axisLabel": text(color=MUTED) | {"formatter": "{value}%"},
            "axisLine": {"lineStyle": {"color": AXIS}},
            "splitLine": {"show": False},
        },
        "yAxis": value_axis("kW", min=0, max=_headroom(values, contract_kw)),
        "series": [series],
    }
    option["grid"]["bottom"] = 44
    return option


def typical_days(
    minutes: int, days: Mapping[str, TypicalDay], *, labels: Labels, lang: str, target: Target = "web"
) -> Option:
    """Typical workday, rest day and holiday: the mean as a line, the middle four fifths (p10 to p90) as a band.

    `days`: under workday, rest_day, holiday; a kind without days is left out. `labels`: the same keys, as the legend
    says them; where used description.
    """
    kinds = [kind for kind in DAY_COLORS if kind in days]
    count = len(days[kinds[0]].mean_kw) if kinds else 0
    times = [f"{i * minutes // 60:02d}:{i * minutes % 60:02d}" for i in range(count)]
    series: list[Option] = []
    for kind in kinds:
        day, color = days[kind], DAY_COLORS[kind]
        # A band is a stack: an invisible floor at p10, and the way up to p90 filled.
        floor = [drawn(v) for v in day.p10_kw]
        rise = [drawn(high - low) for low, high in zip(day.p10_kw, day.p90_kw, strict=True)]
        for name, values, opacity in (("p10", floor, 0.0), ("p90", rise, 0.14)):
            series.append(
                {
                    "name": f"{labels[kind]} {name}",
                    "type": "line",
                    "stack": kind,
                    "stackStrategy": "all",
                    "silent": True,
                    "showSymbol": False,
                    "lineStyle": {"opacity": 0, "width": 0},
                    "areaStyle": {"color": color, "opacity": opacity},
                    "tooltip": {"show": False},
                    "data": values,
                }
            )
    for kind in kinds:
        series.append(
            {
                "name": labels[kind],
                "type": "line",
                "showSymbol": False,
                "lineStyle": {"color": DAY_COLORS[kind], "width": 2},
                "itemStyle": {"color": DAY_COLORS[kind]},
                "data": [drawn(v) for v in days[kind].mean_kw],
                "z": 5,
            }
        )
    every = max(1, 180 // minutes)
    axis = category_axis(times, boundaryGap=False)
    axis["axisLabel"] |= {"interval": every - 1}
    return base(labels, target=target) | {
        "legend": legend([labels[kind] for kind in kinds], target=target),
        "xAxis": axis,
        "yAxis": value_axis("kW", min=0),
        "series": series,
    }


def sparkline(values: Figures, *, labels: Labels, lang: str, target: Target = "web") -> Option:
    """A small line without axes, the last value as a dot. `labels`: description, where used."""
    last = next((i for i in range(len(values) - 1, -1, -1) if values[i] is not None), None)
    series: Option = {
        "type": "line",
        "showSymbol": False,
        "lineStyle": {"color": ACCENT, "width": 1.5},
        "areaStyle": {"color": ACCENT, "opacity": 0.1},
        "data": [drawn(v) for v in values],
    }
    if last is not None:
        series["markPoint"] = {
            "silent": True,
            "symbol": "circle",
            "symbolSize": 5,
            "itemStyle": {"color": ACCENT},
            "label": {"show": False},
            "data": [{"coord": [last, drawn(values[last])]}],
        }
    option = base(labels, target=target) | {
        "grid": {"left": 2, "right": 5, "top": 4, "bottom": 2},
        "xAxis": {
            "type": "category",
            "show": False,
            "boundaryGap": False,
            "data": [str(i) for i in range(len(values))],
        },
        "yAxis": {"type": "value", "show": False, "scale": True},
        "series": [series],
    }
    option.pop("tooltip", None)
    return option


def _extremes(values: Floats, columns: int) -> NDArray[np.intp]:
    """Return the indices of the lowest and highest value of each column, in order, and one gap where it has none."""
    if len(values) <= 2 * columns:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), columns + 1).astype(int)
    picks: set[int] = set()
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        column = values[low:high]
        if np.isnan(column).all():
            picks.add(int(low))
        else:
            picks |= {int(low) + int(np.nanargmin(column)), int(low) + int(np.nanargmax(column))}
    return np.array(sorted(picks))


def _time_axis(first: datetime, span: timedelta, lang: str) -> Option:
    chinese = lang.startswith("zh")
    day = "{M}月{d}日" if chinese else "{d} {MMM}"
    month = "{M}月" if chinese else "{MMM}"
    year = "{yyyy}年" if chinese else "{yyyy}"
    return {
        "type": "time",
        "min": round(first.timestamp() * 1000),
        "max": round((first + span).timestamp() * 1000),
        "axisLine": {"lineStyle": {"color": AXIS}},
        "axisTick": {"lineStyle": {"color": AXIS}},
        "splitLine": {"show": False},
        "axisLabel": text(color=MUTED)
        | {
            "hideOverlap": True,
            "formatter": {"year": year, "month": month, "day": day, "hour": "{HH}:{mm}", "minute": "{HH}:{mm}"},
        },
        "axisPointer": {"label": {"color": INK}},
    }


def _headroom(values: Floats, contract_kw: float | None) -> float | None:
    """Return an upper end that leaves room for the words above the highest value and the contract line."""
    finite = values[np.isfinite(values)]
    top = max(float(finite.max()) if len(finite) else 0.0, contract_kw or 0.0)
    if top <= 0:
        return None
    step = 10.0 ** np.floor(np.log10(top))
    step = step / 5 if top / step < 2 else step / 2 if top / step < 5 else step
    return float(np.ceil(top * 1.06 / step) * step)


def _side(index: int, count: int) -> str:
    return "left" if index > count * 0.6 else "right"
