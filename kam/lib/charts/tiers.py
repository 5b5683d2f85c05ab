"""Charts of grades: how they stand and change, how good a prediction is, what cash is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kam.lib.charts.look import (
    ACCENT,
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
    value_axis,
)

# The best grade green, the worst red; between them blue and amber. Six, told apart by the colour-blind by lightness.
GRADE_COLORS = ("#0b4f49", "#0f766e", "#5aa9a0", "#7c8ba1", "#d08a1d", "#b42318")


def grade_colors(count: int) -> list[str]:
    """Return `count` colours from the best grade to the worst."""
    if count == len(GRADE_COLORS):
        return list(GRADE_COLORS)
    places = [round(place * (len(GRADE_COLORS) - 1) / max(count - 1, 1)) for place in range(count)]
    return [GRADE_COLORS[place] for place in places]


def grades_over_time(
    months: Sequence[str], shares: Mapping[str, Figures], *, labels: Labels, lang: str, target: Target = "web"
) -> Option:
    """How many per cent of the accounts stand in each grade, month by month, stacked, the best at the bottom.

    `shares`: per grade, best first, one share (0 to 1) a month. `labels`: unit; where used description.
    """
    colors = grade_colors(len(shares))
    series = [
        {
            "name": grade,
            "type": "bar",
            "stack": "grades",
            "barMaxWidth": 30,
            "itemStyle": {"color": color, "borderColor": "#ffffff", "borderWidth": 0.6},
            "data": [None if value is None else drawn(value * 100) for value in values],
        }
        for (grade, values), color in zip(shares.items(), colors, strict=True)
    ]
    return base(labels, target=target) | {
        "legend": legend(list(shares), target=target),
        "xAxis": category_axis(months),
        "yAxis": value_axis(labels["unit"], min=0, max=100),
        "series": series,
    }


def cash_by_week(
    weeks: Sequence[str], due: Figures, expected: Figures, *, labels: Labels, lang: str, target: Target = "web"
) -> Option:
    """What falls due and what is expected to come, by week. `labels`: due, expected, unit; where used description."""
    rows = (("due", due, MUTED), ("expected", expected, ACCENT))
    return base(labels, target=target) | {
        "legend": legend([labels["due"], labels["expected"]], target=target),
        "xAxis": category_axis(weeks),
        "yAxis": value_axis(labels["unit"], min=0),
        "series": [
            {
                "name": labels[name],
                "type": "bar",
                "barMaxWidth": 22,
                "itemStyle": {"color": color},
                "data": [None if value is None else drawn(value) for value in values],
            }
            for name, values, color in rows
        ],
    }


def calibration(predicted: Figures, seen: Figures, *, labels: Labels, lang: str, target: Target = "web") -> Option:
    """What was predicted against what was seen, in per cent; on the diagonal the prediction is honest.

    `labels`: predicted, seen, honest; where used description.
    """
    points = [
        [drawn(p * 100), drawn(s * 100)]
        for p, s in zip(predicted, seen, strict=True)
        if p is not None and s is not None
    ]
    return base(labels, target=target) | {
        "legend": legend([labels["seen"], labels["honest"]], target=target),
        "xAxis": value_axis(labels["predicted"], min=0, max=100, nameLocation="middle", nameGap=26),
        "yAxis": value_axis(labels["seen"], min=0, max=100),
        "series": [
            {
                "name": labels["seen"],
                "type": "line",
                "symbolSize": 7,
                "itemStyle": {"color": ACCENT},
                "lineStyle": {"color": ACCENT, "width": 2},
                "data": points,
            },
            {
                "name": labels["honest"],
                "type": "line",
                "symbol": "none",
                "itemStyle": {"color": WARNING},
                "lineStyle": {"color": WARNING, "type": "dashed", "width": 1},
                "data": [[0, 0], [100, 100]],
            },
        ],
    }
