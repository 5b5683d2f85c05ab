"""Bars and lines by month: bands, demand, power factor, energy against other periods."""

import math
from collections.abc import Mapping, Sequence

from kam.lib.charts.look import (
    ACCENT,
    BAND_COLORS,
    COMPARE_COLORS,
    MUTED,
    WARNING,
    Figures,
    Labels,
    Option,
    Target,
    base,
    category_axis,
    drawn,
    energy_scale,
    legend,
    mark_line,
    most,
    plain,
    text,
    value_axis,
)


def bands_by_month(
    months: Sequence[str], bands_kwh: Mapping[str, Figures], *, labels: Labels, lang: str, target: Target = "web"
) -> Option:
    """Energy by month, stacked by time-of-use band (尖峰平谷深谷), the cheapest at the bottom.

    `months`: names as shown. `bands_kwh`: under sharp, peak, flat, valley, deep_valley, one figure per month; a band
    without energy is left out. `labels`: the same keys; where used description.
    """
    kinds = [kind for kind in reversed(BAND_COLORS) if any(bands_kwh.get(kind, ()))]
    totals = [sum(bands_kwh[kind][i] or 0.0 for kind in kinds) for i in range(len(months))]
    divisor, unit = energy_scale(most(totals), lang)
    series = [
        {
            "name": labels[kind],
            "type": "bar",
            "stack": "bands",
            "barMaxWidth": 34,
            "itemStyle": {"color": BAND_COLORS[kind], "borderColor": "#ffffff", "borderWidth": 0.6},
            "data": [None if v is None else drawn(v / divisor) for v in bands_kwh[kind]],
        }
        for kind in kinds
    ]
    return base(labels, target=target) | {
        "legend": legend([labels[kind] for kind in reversed(kinds)], target=target),
        "xAxis": category_axis(months),
        "yAxis": value_axis(unit, min=0),
        "series": series,
    }


def demand_against_contract(
    months: Sequence[str],
    demand: Figures,
    contract: Figures,
    *,
    labels: Labels,
    lang: str,
    target: Target = "web",
    unit: str = "kW",
) -> Option:
    """Maximum demand by month against what the contract grants, months above it in red with their figure.

    `contract`: one value per month (it can change within the year), in the same `unit` as `demand`. `labels`: demand,
    contract, and where used description. One contract value all year is a line across with its words; a changing one
    is drawn as steps.
    """
    granted = {value for value in contract if value is not None}
    data = []
    for value, limit in zip(demand, contract, strict=True):
        over = value is not None and limit is not None and value > limit
        data.append(
            {
                "value": drawn(value),
                "itemStyle": {"color": WARNING if over else ACCENT},
                "label": {"show": over or target == "pdf"} | text(color=WARNING if over else MUTED, size=10),
            }
        )
    bars: Option = {
        "name": labels["demand"],
        "type": "bar",
        "barMaxWidth": 34,
        "itemStyle": {"color": ACCENT},
        "label": {"show": False, "position": "top", "formatter": "{c}"},
        "data": data,
    }
    series = [bars]
    option = base(labels, target=target) | {"xAxis": category_axis(months), "yAxis": value_axis(unit, min=0)}
    top = max(most(demand), most(contract))
    if len(granted) == 1:
        bars["markLine"] = mark_line(granted.copy().pop(), labels["contract"])
        option["yAxis"]["max"] = _rounded_up(top * 1.1)
    elif granted:
        series.append(
            {
                "name": labels["contract"],
                "type": "line",
                "step": "middle",
                "showSymbol": False,
                "lineStyle": {"color": WARNING, "type": "dashed", "width": 1.4},
                "itemStyle": {"color": WARNING},
                "data": [drawn(v) for v in contract],
            }
        )
        option["legend"] = legend([labels["demand"], labels["contract"]], target=target)
        option["yAxis"]["max"] = _rounded_up(top * 1.06)
    return option | {"series": series}


def power_factor(
    months: Sequence[str], values: Figures, standard: float, *, labels: Labels, lang: str, target: Target = "web"
) -> Option:
    """Power factor by month against the standard, months below it in red with their figure.

    `values`: in [0, 1]. The axis does not start at zero: these are points, not lengths. `labels`: power_factor,
    standard, and where used description.
    """
    known = [v for v in values if v is not None]
    low = math.floor((min([*known, standard]) - 0.02) * 20) / 20
    data = [
        {
            "value": None if v is None else round(v, 3),
            "itemStyle": {"color": WARNING if v is not None and v < standard else ACCENT},
            "label": {"show": True, "formatter": "" if v is None else f"{v:.2f}"}
            | text(color=WARNING if v is not None and v < standard else MUTED, size=10),
        }
        for v in values
    ]
    return base(labels, target=target) | {
        "xAxis": category_axis(months),
        "yAxis": value_axis(labels["power_factor"], min=max(0.0, low), max=1.0),
        "series": [
            {
                "name": labels["power_factor"],
                "type": "line",
                "symbol": "circle",
                "symbolSize": 7,
                "lineStyle": {"color": ACCENT, "width": 1.8},
                "itemStyle": {"color": ACCENT},
                "label": {"show": True, "position": "top"},
                "markLine": mark_line(standard, labels["standard"], color=WARNING, position="insideStartBottom"),
                "data": data,
            }
        ],
    }


def energy_compare(
    months: Sequence[str],
    current_kwh: Figures,
    *,
    before_kwh: Figures | None = None,
    year_before_kwh: Figures | None = None,
    labels: Labels,
    lang: str,
    target: Target = "web",
) -> Option:
    """Energy of this period beside the period before and the same period a year before.

    `labels`: current, and where used before, year_before, description.
    """
    given = {"current": current_kwh, "before": before_kwh, "year_before": year_before_kwh}
    shown = {name: values for name, values in given.items() if values is not None}
    divisor, unit = energy_scale(most(*shown.values()), lang)
    colors = dict(zip(given, COMPARE_COLORS, strict=True))
    return base(labels, target=target) | {
        "legend": legend([labels[name] for name in shown], target=target),
        "xAxis": category_axis(months),
        "yAxis": value_axis(unit, min=0),
        "series": [
            {
                "name": plain(labels[name]),
                "type": "bar",
                "barMaxWidth": 20,
                "barGap": "10%",
                "itemStyle": {"color": colors[name]},
                "data": [None if v is None else drawn(v / divisor) for v in values],
            }
            for name, values in shown.items()
        ],
    }


def _rounded_up(value: float) -> float | None:
    if value <= 0:
        return None
    step = 10.0 ** (math.floor(math.log10(value)) - 1) * 5
    return math.ceil(value / step) * step
