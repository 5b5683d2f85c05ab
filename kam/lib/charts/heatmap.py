"""Heat maps: day by hour, and a calendar of days. ECharts for the page; for the PDF our own SVG around one small PNG.

A year by hours is 8,760 cells: as vector cells the PDF would spend most of its time on them.
"""

import base64
import io
import math
from collections.abc import Sequence
from datetime import date, timedelta
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from kam.lib.charts.look import (
    INK,
    MUTED,
    NO_DATA,
    PDF_FAMILY,
    STEPS,
    Labels,
    Option,
    Target,
    base,
    drawn,
    energy_scale,
    text,
)

Floats = NDArray[np.float64]
OWN = "own_heatmap"  # The key that tells `svg` to draw here and not by ECharts.


def day_hour_heatmap(first_day: date, kw: ArrayLike, *, labels: Labels, lang: str, target: Target = "web") -> Option:
    """Mean load of each hour: days from left to right, hours from top to bottom.

    `kw`: shape (days, 24), NaN where nothing is known. `labels`: load, no_data, and where used description.
    """
    values = np.asarray(kw, dtype=float)
    edges = _edges(values)
    if target == "pdf":
        days = [first_day + timedelta(days=i) for i in range(len(values))]
        return {
            OWN: {
                "picture": _picture(values.T, edges),
                "columns": len(values),
                "rows": 24,
                "across": _month_ticks(days, lang),
                "down": [[hour, f"{hour:02d}:00"] for hour in range(0, 24, 6)],
                "legend": _legend(edges, "kW", labels, gaps=bool(np.isnan(values).any())),
                "title": labels.get("description", labels["load"]),
            }
        }
    names = [(first_day + timedelta(days=i)).isoformat() for i in range(len(values))]
    data = [
        [day, hour, drawn(float(values[day, hour]))]
        for day in range(len(values))
        for hour in range(24)
        if math.isfinite(values[day, hour])
    ]
    option = base(labels, target=target) | {
        "visualMap": _pieces(edges, "kW"),
        "xAxis": {"type": "category", "data": names, "axisLabel": text(color=MUTED), "splitLine": {"show": False}},
        "yAxis": {
            "type": "category",
            "data": [f"{hour:02d}:00" for hour in range(24)],
            "inverse": True,
            "axisLabel": text(color=MUTED) | {"interval": 5},
        },
        "series": [{"name": labels["load"], "type": "heatmap", "data": data, "progressive": 4000}],
    }
    option["tooltip"]["trigger"] = "item"
    return option


def calendar_heatmap(
    first_day: date, daily_kwh: Sequence[float | None], *, labels: Labels, lang: str, target: Target = "web"
) -> Option:
    """Energy of each day as a calendar: weeks from left to right, Monday at the top.

    `daily_kwh`: one per day from `first_day`, None where nothing is known; a year or less. `labels`: energy, no_data,
    weekdays (seven names separated by spaces, Monday first), and where used description.
    """
    values = np.array([math.nan if v is None else float(v) for v in daily_kwh])
    finite = values[np.isfinite(values)]
    divisor, unit = energy_scale(float(finite.max()) if len(finite) else 0.0, lang)
    values = values / divisor
    edges = _edges(values)
    days = [first_day + timedelta(days=i) for i in range(len(values))]
    weekdays = labels["weekdays"].split()
    if target == "pdf":
        lead = first_day.weekday()
        weeks = (lead + len(values) + 6) // 7
        grid = np.full((weeks * 7,), -math.inf)  # Days outside the period stay empty, unlike days without data.
        grid[lead : lead + len(values)] = values
        return {
            OWN: {
                "picture": _picture(grid.reshape(weeks, 7).T, edges),
                "columns": weeks,
                "rows": 7,
                "across": _month_ticks(days, lang, lead=lead, per=7),
                "down": [[i + 0.5, name] for i, name in enumerate(weekdays) if i % 2 == 0],
                "legend": _legend(edges, unit, labels, gaps=bool(np.isnan(values).any())),
                "title": labels.get("description", labels["energy"]),
            }
        }
    data = [[day.isoformat(), drawn(float(v))] for day, v in zip(days, values, strict=True) if math.isfinite(v)]
    option = base(labels, target=target) | {
        "visualMap": _pieces(edges, unit),
        "calendar": {
            "range": [days[0].isoformat(), days[-1].isoformat()] if days else "2000",
            "left": 44,
            "right": 12,
            "top": 56,
            "bottom": 12,
            "cellSize": ["auto", "auto"],
            "splitLine": {"lineStyle": {"color": "#94a3b8", "width": 1}},
            "itemStyle": {"color": NO_DATA, "borderColor": "#ffffff", "borderWidth": 1},
            "yearLabel": {"show": False},
            # ECharts counts weekdays from Sunday.
            "dayLabel": {"firstDay": 1, "nameMap": [weekdays[6], *weekdays[:6]]} | text(color=MUTED),
            "monthLabel": {"nameMap": "ZH" if lang.startswith("zh") else "EN"} | text(color=MUTED),
        },
        "series": [{"name": labels["energy"], "type": "heatmap", "coordinateSystem": "calendar", "data": data}],
    }
    option["tooltip"]["trigger"] = "item"
    del option["grid"]
    return option


def draw(own: Option, width: int, height: int) -> str:
    """Return the SVG of a heat map made for the PDF. Sizes in CSS pixels."""
    left, right, top, bottom = 46, 8, 34, 22
    across, down = width - left - right, height - top - bottom
    column, row = across / own["columns"], down / own["rows"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="{PDF_FAMILY}" font-size="11">',
        f"<title>{escape(own['title'])}</title>",
    ]
    at = float(width - right)
    for color, words in reversed(own["legend"]):
        at -= 24 + 6.2 * sum(2 if ord(c) > 0x2E80 else 1 for c in words)
        parts.append(f'<rect x="{at:.1f}" y="7" width="11" height="11" fill="{color}"/>')
        parts.append(f'<text x="{at + 15:.1f}" y="16" fill="{INK}">{escape(words)}</text>')
    parts.append(
        f'<image x="{left}" y="{top}" width="{across}" height="{down}" preserveAspectRatio="none" '
        f'image-rendering="pixelated" href="data:image/png;base64,{own["picture"]}"/>'
    )
    for place, words in own["across"]:
        x = left + place * column
        parts.append(f'<line x1="{x:.1f}" y1="{top + down}" x2="{x:.1f}" y2="{top + down + 5}" stroke="{MUTED}"/>')
        parts.append(f'<text x="{x + 3:.1f}" y="{height - 7}" fill="{MUTED}">{escape(words)}</text>')
    for place, words in own["down"]:
        y = top + place * row + 4
        parts.append(f'<text x="{left - 6}" y="{y:.1f}" fill="{MUTED}" text-anchor="end">{escape(words)}</text>')
    return "".join([*parts, "</svg>"])


def _edges(values: Floats) -> list[float]:
    """Return the limits between the steps, rounded to figures that read well, ascending; one fewer than steps."""
    finite = values[np.isfinite(values)]
    if not len(finite) or float(finite.max()) <= float(finite.min()):
        return []
    low, high = float(finite.min()), float(np.percentile(finite, 99))
    rough = (max(high, low) - low) / len(STEPS) or (float(finite.max()) - low) / len(STEPS)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    first = (math.floor(low / step) + 1) * step
    return [round(first + step * i, 6) for i in range(len(STEPS) - 1)]


def _picture(values: Floats, edges: list[float]) -> str:
    """Return a palette PNG of (rows, columns), base64. NaN is "no data", minus infinity is nothing."""
    step = np.digitize(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), edges).astype(np.uint8)
    step[np.isnan(values)] = len(STEPS)
    step[np.isneginf(values)] = len(STEPS) + 1
    # Enlarged without smoothing: viewers blur a picture of a few pixels when they stretch it.
    step = np.repeat(np.repeat(step, 6, axis=0), 6, axis=1)
    image = Image.fromarray(step)
    image = image.convert("P") if image.mode != "P" else image
    image.putpalette([int(color[i : i + 2], 16) for color in (*STEPS, NO_DATA, "#ffffff") for i in (1, 3, 5)])
    target = io.BytesIO()
    image.save(target, "PNG", optimize=True)
    return base64.b64encode(target.getvalue()).decode()


def _words(edges: list[float], unit: str) -> list[str]:
    if not edges:
        return []
    shown = [f"{edge:,.10g}" for edge in edges]
    between = [f"{low}–{high}" for low, high in zip(shown, shown[1:], strict=False)]
    return [f"< {shown[0]}", *between, f"≥ {shown[-1]} {unit}"]


def _legend(edges: list[float], unit: str, labels: Labels, *, gaps: bool) -> list[list[str]]:
    entries = [[color, words] for color, words in zip(STEPS, _words(edges, unit), strict=False)]
    return entries + ([[NO_DATA, labels["no_data"]]] if gaps else [])


def _pieces(edges: list[float], unit: str) -> Option:
    """Return a legend of steps: a continuous one is lost when the chart is printed."""
    limits = [None, *edges, None]
    pieces = []
    for color, words, low, high in zip(STEPS, _words(edges, unit), limits, limits[1:], strict=False):
        piece: Option = {"color": color, "label": words}
        if low is not None:
            piece["gte"] = low
        if high is not None:
            piece["lt"] = high
        pieces.append(piece)
    return {
        "type": "piecewise",
        "orient": "horizontal",
        "right": 10,
        "top": 2,
        "itemWidth": 12,
        "itemHeight": 12,
        "pieces": pieces or [{"gte": -1e300, "color": STEPS[2], "label": unit}],
        "textStyle": text(),
    }


def _month_ticks(days: Sequence[date], lang: str, *, lead: int = 0, per: int = 1) -> list[list[float | str]]:
    """Return where each month (or, in a short period, each week) begins and what it is called."""
    chinese = lang.startswith("zh")
    if len(days) <= 62 and per == 1:
        return [
            [i, f"{day.month}月{day.day}日" if chinese else f"{day.day} {day:%b}"]
            for i, day in enumerate(days)
            if i % 7 == 0 and i < len(days) - 3
        ]
    names = [f"{day.month}月" if chinese else f"{day:%b}" for day in days]
    return [[(lead + i) // per, names[i]] for i, day in enumerate(days) if day.day == 1 or (i == 0 and day.day < 20)]
