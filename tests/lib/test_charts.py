"""Charts: the same option on page and PDF, drawn the same every time, no word of their own (STACK 3)."""

import json
import math
from datetime import UTC, date, datetime

import pytest

from kam.lib import charts

BANDS = {"sharp": "尖峰", "peak": "高峰", "flat": "平段", "valley": "低谷", "deep_valley": "深谷"}
MONTHS = ["1月", "2月", "3月"]
START = datetime(2026, 1, 1, tzinfo=UTC)


def options(target):
    day = charts.TypicalDay([1.0] * 96, [0.5] * 96, [1.5] * 96)
    more = {"lang": "zh-hans", "target": target}
    return {
        "load": charts.load_curve(
            START, 15, [1.0, math.nan, 3.0] * 400, labels={"load": "负荷", "peak": "最高"}, peak_index=2, **more
        ),
        "bands": charts.bands_by_month(MONTHS, {"peak": [1, 2, 3], "flat": [3, 2, 1]}, labels=BANDS, **more),
        "demand": charts.demand_against_contract(
            MONTHS, [5, 9, None], [8, 8, 8], labels={"demand": "需量", "contract": "合同"}, **more
        ),
        "power_factor": charts.power_factor(
            MONTHS, [0.91, 0.85, None], 0.9, labels={"power_factor": "功率因数", "standard": "标准"}, **more
        ),
        "compare": charts.energy_compare(
            MONTHS, [1, 2, 3], before_kwh=[2, 2, 2], labels={"current": "本期", "before": "上期"}, **more
        ),
        "duration": charts.duration_curve([3.0, 2.0, 1.0], labels={"load": "负荷", "share_of_time": "时间"}, **more),
        "typical": charts.typical_days(15, {"workday": day}, labels={"workday": "工作日"}, **more),
        "calendar": charts.calendar_heatmap(
            date(2026, 1, 1),
            [float(n) for n in range(59)],
            labels={"energy": "电量", "no_data": "无", "weekdays": "一 二 三 四 五 六 日"},
            **more,
        ),
        "hours": charts.day_hour_heatmap(
            date(2026, 1, 1), [[float(h) for h in range(24)]] * 31, labels={"load": "负荷", "no_data": "无"}, **more
        ),
        "spark": charts.sparkline([1, 2, None, 3], labels={"description": "x"}, **more),
    }


@pytest.mark.parametrize("target", ["web", "pdf"])
def test_options_are_plain_data_without_html_tooltips(target):
    for name, option in options(target).items():
        json.dumps(option, allow_nan=False)
        assert "function" not in json.dumps(option), name
        if target == "web" and "tooltip" in option:
            assert option["tooltip"].get("renderMode") == "richText" or option["tooltip"].get("show") is False, name


def test_every_chart_is_drawn_the_same_every_time_and_without_styles():
    for name, option in options("pdf").items():
        first, second = charts.svg(option, 600, 200), charts.svg(option, 600, 200)
        assert first == second, name
        assert first.startswith("<svg"), name
        assert "class=" not in first, name
    charts.drawing.close()


def test_a_word_cannot_break_out_of_the_picture():
    option = charts.power_factor(
        ["<script>alert(1)</script>"], [0.9], 0.9, labels={"power_factor": "{b}</svg>", "standard": "&"}, lang="en"
    )
    drawn = charts.svg(option, 600, 200)
    assert "<script" not in drawn
    assert drawn.count("</svg>") == 1
