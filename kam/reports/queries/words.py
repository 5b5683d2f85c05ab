"""What a report says in one minute: the sentences on its first page, from frozen figures, in the active language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _


def headlines(f: dict[str, Any]) -> list[dict[str, str]]:
    """Return three findings, each {"tone": good|look|act, "text", "worth"}: what is worth money comes first."""
    found: list[dict[str, str] | None] = [_of_advice(item) for item in f["advice"] if item.get("saving_yuan_per_year")]
    found += [_of_poor_months(f), _of_change(f), _of_capacity(f), _of_load_factor(f)]
    return [line for line in found if line][:3]


def _of_advice(item: dict[str, Any]) -> dict[str, str]:
    worth = _("¥ %(yuan)s a year") % {"yuan": f"{item['saving_yuan_per_year']:,.0f}"}
    if item["kind"] == "power_factor":
        text = _("Compensate %(kvar)s kvar of reactive power: the power factor rises to %(target)s.") % {
            "kvar": f"{item['kvar_to_target']:,.0f}",
            "target": f"{item['target']:.2f}",
        }
    else:
        text = _("Change the capacity charge to %(method)s.") % {"method": method_name(item["best"])}
        if item["best"] == "CONTRACT_DEMAND":
            text = _("Change the capacity charge to contracted demand and declare %(kw)s kW.") % {
                "kw": f"{item['best_declared_kw']:,.0f}"
            }
    return {"tone": "act", "text": text, "worth": worth}


def _of_poor_months(f: dict[str, Any]) -> dict[str, str] | None:
    costly = [month for month in f["months"] if (month["pf_adjustment_percent"] or 0) > 0]
    if not costly or any(item.get("saving_yuan_per_year") and item["kind"] == "power_factor" for item in f["advice"]):
        return None
    text = _("In %(n)s months the power factor is below the standard and adds to the bill.") % {"n": len(costly)}
    return {"tone": "look", "text": text, "worth": ""}


def _of_change(f: dict[str, Any]) -> dict[str, str] | None:
    other = f["year_before"] or f["before"]
    if not other or other["energy_change"] is None or other["completeness"] < 0.95:
        return None
    change = other["energy_change"]
    words = _("than a year before") if f["year_before"] else _("than in the period before")
    text = (
        _("You used %(percent)s %% more energy %(than)s.")
        if change >= 0
        else _("You used %(percent)s %% less energy %(than)s.")
    ) % {"percent": f"{abs(change) * 100:.1f}", "than": words}
    return {"tone": "look" if abs(change) > 0.1 else "good", "text": text, "worth": ""}


def _of_capacity(f: dict[str, Any]) -> dict[str, str] | None:
    used = f["capacity_used"]
    if used is None:
        return None
    at = datetime.fromisoformat(f["max_demand_15min_at"])
    facts = {"percent": f"{used * 100:.0f}", "kw": f"{f['max_demand_15min_kw']:,.0f}", "at": f"{at:%Y-%m-%d %H:%M}"}
    if used > 1:
        text = _("Your highest demand, %(kw)s kW on %(at)s, was %(percent)s %% of the contracted capacity: too much.")
    else:
        text = _("Your highest demand, %(kw)s kW on %(at)s, took %(percent)s %% of the contracted capacity.")
    return {"tone": "act" if used > 1 else "good", "text": text % facts, "worth": ""}


def _of_load_factor(f: dict[str, Any]) -> dict[str, str] | None:
    if f["load_factor"] is None:
        return None
    text = _("The load factor is %(percent)s %%: the average load against the highest.") % {
        "percent": f"{f['load_factor'] * 100:.1f}"
    }
    return {"tone": "look" if f["load_factor"] < 0.3 else "good", "text": text, "worth": ""}


def method_name(method: str) -> str:
    """Return the words for how capacity is charged."""
    return {
        "CAPACITY": _("by transformer capacity"),
        "ACTUAL_DEMAND": _("by actual maximum demand"),
        "CONTRACT_DEMAND": _("by contracted demand"),
    }.get(method, method)


def method_short(method: str) -> str:
    """Return one word for how capacity is charged."""
    return {
        "CAPACITY": _("capacity"),
        "ACTUAL_DEMAND": _("actual demand"),
        "CONTRACT_DEMAND": _("contracted demand"),
    }.get(method, method)


def finding_text(item: dict[str, Any]) -> str:
    """Put one unusual thing of the frozen figures into a sentence."""
    text = {
        "above_contract": _(
            "%(at)s: the demand of %(value)s %(unit)s was above the contracted capacity of %(threshold)s."
        ),
        "dead": _("%(at)s: no energy for %(value)s hours while reactive energy ran; the meter may have lost a phase."),
        "frozen": _("%(at)s: the same value for %(value)s hours; the meter may have stood still."),
        "poor_power_factor": _("%(month)s: power factor %(value)s, below the standard of %(threshold)s."),
        "peak_day": _("%(at)s: a peak of %(value)s kW; like days reach about %(usual)s kW."),
        "month_drop": _("%(month)s: %(value)s kWh a day, after %(usual)s in the month before."),
        "jump_up": _("%(day)s: %(value)s kWh, like days use about %(usual)s."),
        "jump_down": _("%(day)s: only %(value)s kWh, like days use about %(usual)s."),
        "night_high": _("%(day)s: %(value)s kW through the night, other nights about %(usual)s."),
        "off_day_high": _("%(day)s: %(value)s kWh on a day off, others use about %(usual)s."),
        "off_days_high": _("Days off use %(value)s kWh, nearly as much as workdays (%(usual)s)."),
    }[item["code"]]
    small = item["code"] == "poor_power_factor"
    return text % {
        "at": f"{datetime.fromisoformat(item['at']):%Y-%m-%d %H:%M}" if item.get("at") else "",
        "day": item.get("day") or "",
        "month": item.get("month") or "",
        "unit": item.get("unit") or "",
        **{name: _figure(item.get(name), 2 if small else None) for name in ("value", "threshold", "usual")},
    }


def _figure(value: float | None, places: int | None) -> str:
    if value is None:
        return ""
    return f"{value:,.{places if places is not None else 0 if abs(value) >= 100 else 1}f}"


def problem_text(code: str, **detail: str) -> str:
    """Say why there is no report for a period, and what to do."""
    return {
        "until_before_from": _("The period ends before it begins. Choose a later end."),
        "too_long": _("A report covers three years at most. Choose a shorter period."),
        "no_readings": _("There are no readings in this period. Take load readings in first."),
        "beyond_readings": _("Readings cover %(first)s to %(until)s only (end not included). Choose a period inside."),
        "pdf": _("The PDF could not be made. Try again; if it stays, tell the administrator."),
    }.get(code, code) % {"first": "", "until": "", **detail}
