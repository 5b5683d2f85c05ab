"""Words and figures of reports."""

from datetime import date, datetime, timedelta
from typing import Any

from django import template

from kam.reports.queries import words

register = template.Library()


@register.filter
def signed(value: Any, places: int = 0) -> str:
    """Write a number with its sign; nothing becomes a dash."""
    if value in (None, ""):
        return "–"
    number = round(float(value), int(places))
    return f"{number:+,.{int(places)}f}".replace("-", "−") if number else f"{0:.{int(places)}f}"


@register.filter
def change(share: Any) -> str:
    """Write a change such as 0.052 as +5.2 %."""
    return "–" if share in (None, "") else f"{float(share) * 100:+,.1f} %".replace("-", "−")


@register.filter
def day_before(value: Any) -> str:
    """Return the last day of a half-open period, ISO, from its end."""
    until = value if isinstance(value, date) else date.fromisoformat(str(value))
    return (until - timedelta(days=1)).isoformat()


@register.filter
def instant(value: Any) -> str:
    """Write an ISO instant to the minute, as the meter's clock showed it."""
    return f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M}" if value else "–"


register.filter("charge_name", words.method_name)
register.filter("charge_short", words.method_short)
register.filter("finding", words.finding_text)
