"""Questions to meters, load days and calendars, by subject; callers use `kam.metering.queries` alone."""

from kam.metering.queries.calendars import CalendarLookup, calendar_lookup, calendar_lookups, calendars
from kam.metering.queries.load import (
    account_profile,
    account_profiles,
    meter_numbers,
    meter_profile,
    readings_span,
    span_in,
    spans,
)
from kam.metering.queries.pages import DayDetail, DrawnVersion, day_detail, drawn_versions, meter_years, year_calendar

__all__ = [
    "CalendarLookup",
    "DayDetail",
    "DrawnVersion",
    "account_profile",
    "account_profiles",
    "calendar_lookup",
    "calendar_lookups",
    "calendars",
    "day_detail",
    "drawn_versions",
    "meter_numbers",
    "meter_profile",
    "meter_years",
    "readings_span",
    "span_in",
    "spans",
    "year_calendar",
]
