"""The report's charts as ECharts options: the same for the page and the PDF, with words in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from kam.lib import charts
from kam.lib.charts import Option, Target
from kam.metering.rules.profile import Profile

BAND_NAMES = ("sharp", "peak", "flat", "valley", "deep_valley")


def of_figures(figures: dict[str, Any], *, lang: str, target: Target) -> dict[str, Option]:
    """Return the charts that the frozen figures hold everything for, by name."""
    months = figures["months"]
    names = [month_name(month["month"], lang, short=len(months) > 1) for month in months]
    found = {
        "bands": charts.bands_by_month(
            names,
            {band: [month["bands"][band] for month in months] for band in BAND_NAMES},
            labels={**band_labels(), "description": _("Energy by month and time-of-use band")},
            lang=lang,
            target=target,
        ),
        "calendar": charts.calendar_heatmap(
            date.fromisoformat(figures["period_from"]),
            figures["daily_kwh"][:366],
            labels={
                "energy": _("energy"),
                "no_data": _("no data"),
                "weekdays": _("Mon Tue Wed Thu Fri Sat Sun"),
                "description": _("Energy of each day"),
            },
            lang=lang,
            target=target,
        ),
        "typical": charts.typical_days(
            figures["interval_minutes"],
            {
                {"rest": "rest_day"}.get(kind, kind): charts.TypicalDay(
                    **{name: _known(day[name]) for name in ("mean_kw", "p10_kw", "p90_kw")}
                )
                for kind, day in figures["typical"].items()
            },
            labels={
                "workday": _("workday"),
                "rest_day": _("rest day"),
                "holiday": _("public holiday"),
                "description": _("Typical workday, rest day and public holiday"),
            },
            lang=lang,
            target=target,
        ),
        "duration": charts.duration_curve(
            _known(figures["duration"]["kw"]),
            labels={
                "load": _("load"),
                "share_of_time": _("share of the time, %"),
                "average": _("average"),
                "description": _("Load duration curve"),
            },
            lang=lang,
            target=target,
            average_kw=figures["mean_kw"],
        ),
    }
    if figures["contract_kva"]:
        found["demand"] = charts.demand_against_contract(
            names,
            [month["max_demand_15min_kw"] for month in months],
            [figures["contract_kva"]] * len(months),
            labels={
                "demand": _("maximum demand"),
                "contract": _("contracted capacity"),
                "description": _("Maximum demand by month against the contracted capacity"),
            },
            lang=lang,
            target=target,
            unit="kW / kVA",
        )
    if any(month["power_factor"] is not None for month in months):
        standard = (figures["tariff"] or {}).get("power_factor_standard") or 0.9
        found["power_factor"] = charts.power_factor(
            names,
            [month["power_factor"] for month in months],
            standard,
            labels={
                "power_factor": _("power factor"),
                "standard": _("standard"),
                "description": _("Power factor by month"),
            },
            lang=lang,
            target=target,
        )
    found |= _comparison(figures, names, lang=lang, target=target)
    return found


def _comparison(figures: dict[str, Any], names: list[str], *, lang: str, target: Target) -> dict[str, Option]:
    count = len(names)
    others = {key: figures[key] for key in ("before", "year_before") if figures[key]}
    whole = {key: other for key, other in others.items() if len(other["months"]) == count}
    if not whole:
        return {}
    energy = {key: [month["energy_kwh"] for month in other["months"]] for key, other in whole.items()}
    return {
        "compare": charts.energy_compare(
            names,
            [month["energy_kwh"] for month in figures["months"]],
            before_kwh=energy.get("before"),
            year_before_kwh=energy.get("year_before"),
            labels={
                "current": _("this period"),
                "before": _("period before"),
                "year_before": _("a year before"),
                "description": _("Energy by month against the period before and the year before"),
            },
            lang=lang,
            target=target,
        )
    }


def of_profile(profile: Profile, figures: dict[str, Any], *, lang: str, target: Target) -> dict[str, Option]:
    """Return the charts that need every interval: the load curve and the load of each hour."""
    start = profile.starts_at(0)
    peak = int(np.nanargmax(profile.kwh))
    at = datetime.fromisoformat(figures["max_demand_at"])
    days = len(profile.days)
    hours = np.full((days, 24), np.nan)
    cell = profile.day_index * 24 + profile.minute_of_day // 60
    present = ~np.isnan(profile.kwh)
    counts = np.bincount(cell[present], minlength=days * 24)
    sums = np.bincount(cell[present], weights=profile.kw[present], minlength=days * 24)
    hours.ravel()[counts > 0] = sums[counts > 0] / counts[counts > 0]
    return {
        "load": charts.load_curve(
            start,
            profile.minutes,
            np.round(profile.kw, 2),
            labels={
                "load": _("load"),
                "peak": f"{figures['max_demand_kw']:,.2f} kW · {at:%m-%d %H:%M}",
                "description": _("Load curve"),
            },
            lang=lang,
            target=target,
            peak_index=peak,
        ),
        "hours": charts.day_hour_heatmap(
            profile.days[0].item(),
            np.round(hours, 2),
            labels={"load": _("load"), "no_data": _("no data"), "description": _("Mean load of each hour")},
            lang=lang,
            target=target,
        ),
    }


def band_labels() -> dict[str, str]:
    """Return the names of the time-of-use bands."""
    return {
        "sharp": _("sharp peak"),
        "peak": _("peak"),
        "flat": _("flat"),
        "valley": _("valley"),
        "deep_valley": _("deep valley"),
    }


def month_name(month: str, lang: str, *, short: bool) -> str:
    """Write "2026-07" as 7月 / Jul, with its year where it stands alone or a year begins."""
    first = date.fromisoformat(month + "-01")
    if lang.startswith("zh"):
        return f"{first.month}月" if short and first.month > 1 else f"{first.year}年{first.month}月"
    return f"{first:%b}" if short and first.month > 1 else f"{first:%b %Y}"


def _known(values: list[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]
