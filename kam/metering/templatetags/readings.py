"""Words for what the intake of readings tells in codes: rejects, assumptions, refusals, quality marks, bands, days."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.metering.actions.meters import IntervalInUse
from kam.metering.rules.prepare import NoMeter
from kam.metering.rules.readings import UnreadableFile

register = template.Library()
Words = Mapping[str, str | Promise]

REJECTS: Words = {
    "bad_stamp": gettext_lazy("This is not a date or time that can be read."),
    "no_stamp": gettext_lazy("The date or time is missing."),
    "removed_hour": gettext_lazy("A clock change skips this hour; it never was."),
    "off_grid": gettext_lazy("The time does not lie on the file's interval."),
    "not_a_number": gettext_lazy("This is not a number."),
    "out_of_range": gettext_lazy("No meter counts so much; the value was left out."),
    "extra_fields": gettext_lazy("The row has more cells than the header."),
    "bad_quotes": gettext_lazy("A quotation mark is missing in the row."),
    "no_meter": gettext_lazy("The meter number is missing."),
    "unknown_meter": gettext_lazy("No meter of this number is known, or it is not yours to fill."),
    "other_interval": gettext_lazy("The meter has readings of another interval."),
}

ASSUMPTIONS: Words = {
    "encoding": gettext_lazy("The file is written in %(detail)s."),
    "header_line": gettext_lazy("The header is line %(detail)s."),
    "layout": gettext_lazy("Layout: %(detail)s."),
    "decimal_comma": gettext_lazy("A comma is the decimal mark."),
    "time_column": gettext_lazy("Time stands in column “%(detail)s”."),
    "date_column": gettext_lazy("The date stands in column “%(detail)s”."),
    "meter_column": gettext_lazy("The meter number stands in column “%(detail)s”."),
    "channel_column": gettext_lazy("Column “%(detail)s” says which quantity a row holds."),
    "channel": gettext_lazy("Rows taken by quantity: %(detail)s."),
    "channel_ignored": gettext_lazy("Rows of “%(detail)s” are left out."),
    "kwh_column": gettext_lazy("Active energy stands in column “%(detail)s”."),
    "kwh_column_guessed": gettext_lazy(
        "No column is named as energy; the first column of numbers, “%(detail)s”, is taken."
    ),
    "kvarh_lag_column": gettext_lazy("Reactive energy (lagging) stands in column “%(detail)s”."),
    "kvarh_lead_column": gettext_lazy("Reactive energy (leading) stands in column “%(detail)s”."),
    "signed_reactive": gettext_lazy("Negative reactive energy is leading, positive lagging."),
    "unit_found": gettext_lazy("The unit is %(detail)s, as the column's name says."),
    "unit_assumed": gettext_lazy("Nothing says the unit; %(detail)s is assumed."),
    "interval": gettext_lazy("One reading every %(detail)s minutes."),
    "stamps_found": gettext_lazy("A time marks the %(detail)s of its interval, as the file shows."),
    "stamps_assumed": gettext_lazy("Nothing says what a time marks; the %(detail)s of its interval is assumed."),
    "midnight_same_day": gettext_lazy("00:00 after 23:45 of the same day is the midnight at the day's end."),
    "day_first_found": gettext_lazy("Dates are written day first."),
    "month_first_found": gettext_lazy("Dates are written month first."),
    "day_first_assumed": gettext_lazy("Nothing says whether the day or the month comes first; the day is assumed."),
    "offset_kept": gettext_lazy("Times carry their offset from UTC and are taken as they are."),
    "timezone_assumed": gettext_lazy("Times without an offset are taken in the zone %(detail)s."),
    "multiplier": gettext_lazy("Values are multiplied by the meter's multiplier %(detail)s."),
    "interval_set": gettext_lazy(
        "The interval of meter %(detail)s is set to that of the file; it had no readings yet."
    ),
    "other_meters_left_out": gettext_lazy("%(detail)s other meters of the file are left out."),
    "meter_as_told": gettext_lazy("The file names meter %(detail)s; the readings go to the meter that was told."),
}

UNREADABLE: Words = {
    "empty": gettext_lazy("The file is empty."),
    "damaged": gettext_lazy("The file is damaged and cannot be opened."),
    "encrypted": gettext_lazy("The archive is locked with a password; send it without one."),
    "too_large": gettext_lazy("The file is too large once unpacked; split it."),
    "no_table_in_zip": gettext_lazy("The archive holds no CSV file."),
    "old_excel": gettext_lazy("This is an old Excel file (.xls); save it as .xlsx or CSV."),
    "binary": gettext_lazy("This is not a table of text."),
    "unknown_encoding": gettext_lazy("The file's encoding is neither UTF-8 nor GB18030."),
    "no_header": gettext_lazy("The file has no header line with column names."),
    "no_time_column": gettext_lazy("No column holds dates or times."),
    "no_numeric_column": gettext_lazy("No column holds readings."),
    "no_slot_columns": gettext_lazy("The columns of a day (24, 48, 96, 144 or 288) were not found."),
    "unknown_column": gettext_lazy("The file has no column “%(detail)s”."),
    "unknown_channel": gettext_lazy("The channel column has no cell “%(detail)s”."),
    "unknown_timezone": gettext_lazy("There is no time zone “%(detail)s”."),
    "unknown_unit": gettext_lazy("“%(detail)s” is not a known unit."),
    "interval_unknown": gettext_lazy("The interval of the readings cannot be told; name it."),
    "unsupported_interval": gettext_lazy(
        "An interval of %(detail)s minutes cannot be taken; 5, 10, 15, 30 and 60 can."
    ),
    "different_columns": gettext_lazy("“%(detail)s” has other columns than the first file of the archive."),
    "no_readings": gettext_lazy("The file holds no reading that can be taken."),
    "span_too_long": gettext_lazy("The dates span more than 20 years; one of them must be wrong."),
    "no_meter_column": gettext_lazy("The file names no meter; say whose readings these are."),
    "other_meters": gettext_lazy("The file holds %(detail)s meters, and none of them is the one that was told."),
    "no_known_meter": gettext_lazy("None of the file's meters is known: %(detail)s."),
}

QUALITY: Words = {
    "missing": gettext_lazy("missing"),
    "estimated": gettext_lazy("estimated"),
    "duplicate": gettext_lazy("given twice"),
    "conflict": gettext_lazy("given twice with different values"),
    "negative": gettext_lazy("negative"),
    "over": gettext_lazy("above the contract"),
    "dead": gettext_lazy("dead meter"),
    "frozen": gettext_lazy("frozen value"),
}

DETAILS: Words = {
    "wide": gettext_lazy("one row per day"),
    "long": gettext_lazy("one row per interval"),
    "start": gettext_lazy("start"),
    "end": gettext_lazy("end"),
    "kwh": "kWh",
    "kw": "kW",
    "w": "W",
    "wh": "Wh",
    "mwh": "MWh",
    "mw": "MW",
}
_DETAIL_CODES = {"layout", "stamps_found", "stamps_assumed", "unit_found", "unit_assumed"}


def reject_words(code: str) -> str:
    """Put a reject into words."""
    return str(REJECTS.get(code, code))


def assumption_words(code: str, detail: str) -> str:
    """Put an assumption into one sentence."""
    shown = str(DETAILS.get(detail, detail)) if code in _DETAIL_CODES else detail
    return str(ASSUMPTIONS.get(code, f"{code}: %(detail)s")) % {"detail": shown}


def refusal_words(refusal: UnreadableFile | NoMeter | IntervalInUse) -> str:
    """Put the reason why a file cannot be taken into one sentence."""
    if isinstance(refusal, IntervalInUse):
        return _("Meter %(meter)s has readings of %(minutes)s minutes; a file of another interval cannot be added.") % {
            "meter": refusal.meter_no,
            "minutes": refusal.minutes,
        }
    return str(UNREADABLE.get(refusal.code, refusal.code)) % {"detail": refusal.detail}


@register.filter
def reject_problem(reject: Mapping[str, Any]) -> str:
    """Words for a reject as it is kept with the batch."""
    return reject_words(str(reject.get("code", "")))


@register.filter
def assumption(pair: Any) -> str:
    """Words for an assumption as it is kept with the batch: [code, detail]."""
    code, detail = pair
    return assumption_words(code, detail)


@register.filter
def quality(name: str) -> str:
    """Words for a quality mark by its name in small letters."""
    return str(QUALITY.get(name, name))
