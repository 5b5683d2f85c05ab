"""Credit's charts with their words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from kam.credit.queries.tiers import TiersPage
from kam.lib.charts import tiers as drawing
from kam.lib.charts.look import Option, Target


def calibration_chart(bins: Sequence[dict[str, Any]], *, lang: str, target: Target) -> Option:
    """What was predicted against what was seen."""
    return drawing.calibration(
        [one["predicted"] for one in bins],
        [one["seen"] for one in bins],
        labels={
            "predicted": _("predicted (per cent)"),
            "seen": _("seen (per cent)"),
            "honest": _("honest"),
            "description": _("Share of bills paid late as predicted against as seen, by tenths of the prediction"),
        },
        lang=lang,
        target=target,
    )


def trend_chart(page: TiersPage, *, lang: str, target: Target) -> Option | None:
    """Grades month by month; None with fewer than two days."""
    if len(page.trend) < 2:
        return None
    grades = [grade for grade in page.grades if any(shares.get(grade) for _day, shares in page.trend)]
    return drawing.grades_over_time(
        [f"{day:%y-%m}" for day, _shares in page.trend],
        {grade: [shares.get(grade, 0.0) for _day, shares in page.trend] for grade in grades},
        labels={"unit": _("accounts (per cent)"), "description": _("Share of accounts in each grade, by month")},
        lang=lang,
        target=target,
    )


def cash_chart(weeks: Sequence[tuple[date, Decimal, Decimal]], *, lang: str, target: Target) -> Option | None:
    """What falls due and what is expected, by week; None where nothing is open."""
    if not weeks:
        return None
    return drawing.cash_by_week(
        [f"{week:%m-%d}" for week, _due, _expected in weeks],
        [float(due) / 10_000 for _week, due, _expected in weeks],
        [float(expected) / 10_000 for _week, _due, expected in weeks],
        labels={
            "due": _("falls due"),
            "expected": _("expected"),
            "unit": _("10,000 yuan"),
            "description": _("What falls due and what is expected to come, by week"),
        },
        lang=lang,
        target=target,
    )
