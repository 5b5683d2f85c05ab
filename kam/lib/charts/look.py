"""How every chart looks: colours, fonts, grid, tooltip, and figures rounded for drawing."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Option = dict[str, Any]
Labels = Mapping[str, str]
Target = Literal["web", "pdf"]
Figures = Sequence[float | None]

ACCENT = "#0f766e"
WARNING = "#c92a2a"
INK = "#334155"
MUTED = "#5b6776"
RULE = "#e2e8f0"
AXIS = "#94a3b8"
NO_DATA = "#e5e7eb"
COMPARE_COLORS = (ACCENT, "#9fb3c8", "#e0a458")
DAY_COLORS = {"workday": ACCENT, "rest_day": "#d97706", "holiday": "#6d4fa3"}
# Sharp 尖, peak 峰, flat 平, valley 谷, deep valley 深谷: the same everywhere. Red and dark green differ in lightness,
# so that they stay apart for a reader who sees them in one hue.
BAND_COLORS = {
    "sharp": "#d6293e",
    "peak": "#f59f00",
    "flat": "#8ea3b8",
    "valley": "#6fbf73",
    "deep_valley": "#14532d",
}
STEPS = ("#e3f2ef", "#b4dbd4", "#7fc0b5", "#459f93", "#0f766e", "#083f3b")

PDF_FAMILY = "Noto Sans CJK SC"
WEB_FAMILY = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif'


def base(labels: Labels, *, target: Target) -> Option:
    """Return what every chart starts from. `labels["description"]`, where given, is read out by screen readers."""
    pdf = target == "pdf"
    option: Option = {
        "animation": False,
        "backgroundColor": "transparent",
        "textStyle": {
            "fontFamily": PDF_FAMILY if pdf else WEB_FAMILY,
            "fontSize": 11 if pdf else 12,
            "color": INK,
            "textBorderWidth": 0,
        },
        "grid": {"left": 62, "right": 18, "top": 44, "bottom": 28},
    }
    if not pdf:
        # Rich text is drawn on the canvas; an HTML tooltip would carry inline styles, which the page's policy refuses.
        option["tooltip"] = {
            "trigger": "axis",
            "renderMode": "richText",
            "confine": True,
            "axisPointer": {"type": "line", "lineStyle": {"color": AXIS}},
        }
        if "description" in labels:
            option["aria"] = {"enabled": True, "label": {"description": labels["description"]}}
    return option


def legend(names: Sequence[str], *, target: Target) -> Option:
    """Return a legend above the plot, right-aligned, in the order given."""
    return {
        "data": list(names),
        "top": 4,
        "right": 14,
        "itemWidth": 14,
        "itemHeight": 9,
        "itemGap": 14,
        "icon": "roundRect",
        "selectedMode": target == "web",
        "textStyle": text(),
    }


def text(*, color: str = INK, size: int = 11, bold: bool = False) -> Option:
    """Return a text style without halo: PDF drawing has no paint-order, and a halo would cover its own text."""
    style: Option = {"color": color, "fontSize": size, "textBorderWidth": 0}
    return style | {"fontWeight": "bold"} if bold else style


def value_axis(name: str, **changes: Any) -> Option:
    """Return a vertical value axis; its unit is named above its end."""
    return {
        "type": "value",
        "name": name,
        "nameLocation": "end",
        "nameGap": 12,
        "nameTextStyle": text(color=MUTED) | {"align": "left", "padding": [0, 0, 0, -52]},
        "axisLabel": text(color=MUTED),
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "splitLine": {"lineStyle": {"color": RULE}},
    } | changes


def category_axis(names: Sequence[str], **changes: Any) -> Option:
    """Return a horizontal axis of names."""
    return {
        "type": "category",
        "data": list(names),
        "axisLabel": text(color=MUTED),
        "axisLine": {"lineStyle": {"color": AXIS}},
        "axisTick": {"show": False},
    } | changes


def mark_line(value: float, words: str, *, color: str = WARNING, position: str = "insideEndTop") -> Option:
    """Return a labelled horizontal line at `value`."""
    return {
        "silent": True,
        "animation": False,
        "symbol": "none",
        "lineStyle": {"color": color, "type": "dashed", "width": 1.2},
        "label": text(color=color) | {"formatter": plain(words), "position": position},
        "data": [{"yAxis": value}],
    }


def plain(words: str) -> str:
    """Return `words` safe as an ECharts string template, where braces are places and styles."""
    return words.replace("{", "(").replace("}", ")")


def drawn(value: float | None, digits: int = 5) -> float | None:
    """Round to what a drawing shows (significant digits), so that options stay small; None and NaN stay gaps."""
    if value is None or not math.isfinite(value):
        return None
    if value == 0:
        return 0.0
    return float(round(value, digits - 1 - math.floor(math.log10(abs(value)))))


def energy_scale(most_kwh: float, lang: str) -> tuple[float, str]:
    """Return the divisor and unit in which kWh up to `most_kwh` read best: 万kWh in Chinese, MWh in English."""
    if abs(most_kwh) < 100_000:
        return 1.0, "kWh"
    return (10_000.0, "万kWh") if lang.startswith("zh") else (1_000.0, "MWh")


def most(*series: Figures) -> float:
    """Return the largest value of all series, 0 where there is none."""
    return max((v for values in series for v in values if v is not None and math.isfinite(v)), default=0.0)
