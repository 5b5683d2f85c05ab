"""Words for what the intake of readings tells in codes: rejects, assumptions, refusals, quality marks, bands, days."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from kam.metering.actions.meters import IntervalInUse
from kam.metering.rules.daykinds import DayKind
from kam.metering.rules.prepare import NoMeter
from kam.metering.rules.readings import UnreadableFile
from kam.metering.rules.strips import Strip
from kam.metering.rules.tou import ALL_KINDS, ALL_MONTHS, BandPeriod, Problem, ProblemCode

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
    "other_interval": gettext_lazy(
        "The file's own steps are %(detail)s minutes; leave the interval empty or name that."
    ),
    "column_twice": gettext_lazy("The column “%(detail)s” was named for two things; name another for one of them."),
    "register_readings": gettext_lazy(
        "The values of %(detail)s only ever rise, as a meter's register does (示值). "
        "Send the energy of each interval, or the power."
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


BANDS: Words = {
    "sharp": pgettext_lazy("time-of-use band", "sharp"),
    "peak": pgettext_lazy("time-of-use band", "peak"),
    "flat": pgettext_lazy("time-of-use band", "flat"),
    "valley": pgettext_lazy("time-of-use band", "valley"),
    "deep_valley": pgettext_lazy("time-of-use band", "deep valley"),
}

KINDS: Words = {
    "workday": gettext_lazy("workdays"),
    "rest": gettext_lazy("rest days"),
    "holiday": gettext_lazy("public holidays"),
}

HOLIDAYS: Words = {
    "new_year": gettext_lazy("New Year"),
    "spring_festival": gettext_lazy("Spring Festival"),
    "qingming": gettext_lazy("Qingming"),
    "labour_day": gettext_lazy("Labour Day"),
    "dragon_boat": gettext_lazy("Dragon Boat Festival"),
    "mid_autumn": gettext_lazy("Mid-Autumn Festival"),
    "national_day": gettext_lazy("National Day"),
    "other": gettext_lazy("other public holidays"),
}


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


STATES: Words = {
    "full": gettext_lazy("complete"),
    "estimated": gettext_lazy("partly estimated"),
    "doubtful": gettext_lazy("doubtful values"),
    "gaps": gettext_lazy("gaps"),
}


@register.filter
def state(name: Any) -> str:
    """Words for how good a day is."""
    return str(STATES.get(str(name), _("no readings")))


@register.simple_tag
def curve(values: Sequence[float | None], label: str, also: Sequence[float | None] = ()) -> SafeString:
    """Draw values as a line over equal steps, `also` as a dashed second one; gaps stay gaps. `label` is read out."""
    top = max([value for value in [*values, *also] if value is not None], default=0.0) or 1.0
    width, height = 600, 140
    lines = [
        format_html('<polyline class="{}" points="{}"></polyline>', name, points)
        for name, series in (("also", also), ("now", values))
        for points in _runs(series, top, width, height)
    ]
    return format_html(
        '<svg class="kam-curve" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="none">'
        '<line x1="0" y1="{}" x2="{}" y2="{}"></line>{}</svg>',
        width,
        height + 4,
        label,
        height + 2,
        width,
        height + 2,
        format_html_join("", "{}", ((line,) for line in lines)),
    )


def _runs(series: Sequence[float | None], top: float, width: int, height: int) -> list[str]:
    step = width / max(len(series) - 1, 1)
    runs: list[list[str]] = [[]]
    for place, value in enumerate(series):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{place * step:.1f},{2 + height - max(value, 0) / top * height:.1f}")
    return [" ".join(run if len(run) > 1 else run * 2) for run in runs if run]


@register.filter
def largest(values: Sequence[float | None]) -> float | None:
    """Return the largest value there is."""
    return max([value for value in values if value is not None], default=None)


@register.filter
def band(name: Any) -> str:
    """Words for a time-of-use band; nothing is a gap."""
    return str(BANDS.get(str(name), _("no band")))


@register.filter
def hhmm(minute: int) -> str:
    """Write a minute of the day as 07:30; the day ends at 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@register.filter
def months_text(months: Collection[int]) -> str:
    """Write months as 1–3, 12; all of them as the whole year."""
    if set(months) == ALL_MONTHS:
        return _("the whole year")
    runs: list[list[int]] = []
    for month in sorted(months):
        if runs and runs[-1][-1] == month - 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    comma = pgettext("between numbers", ", ")
    text = comma.join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return ngettext("month %(months)s", "months %(months)s", len(months)) % {"months": text}


@register.filter
def kinds_text(kinds: Collection[DayKind]) -> str:
    """Write kinds of day; all of them as every day."""
    if set(kinds) == ALL_KINDS:
        return _("every day")
    return _(", ").join(str(KINDS[kind.value]) for kind in DayKind if kind in kinds)


@register.filter
def special_days(period: BandPeriod) -> str:
    """Write the holidays or dates that a special period is limited to."""
    if period.dates is not None:
        return ", ".join(day.isoformat() for day in sorted(period.dates))
    return _(", ").join(str(HOLIDAYS[holiday.value]) for holiday in sorted(period.holidays or ()))


def problem_words(problem: Problem) -> str:
    """Put a gap or an overlap of a table into one sentence."""
    facts = {
        "when": months_text(problem.months),
        "days": _("every day") if problem.kind is None else str(KINDS[problem.kind.value]),
        "from": hhmm(problem.start_minute),
        "until": hhmm(problem.end_minute),
        "bands": "/".join(band(one.value) for one in problem.bands),
        "winner": band(problem.bands[0].value) if problem.bands else "",
    }
    if problem.code is ProblemCode.GAP:
        return _("%(when)s, %(days)s: %(from)s–%(until)s stands in no band.") % facts
    if len(problem.bands) == 1:
        return _("%(when)s, %(days)s: %(from)s–%(until)s is named twice as %(winner)s.") % facts
    return _("%(when)s, %(days)s: %(from)s–%(until)s is named as %(bands)s; the sharper band wins.") % facts


@register.filter
def problem(one: Problem) -> str:
    """Words for a gap or an overlap."""
    return problem_words(one)


@register.simple_tag
def strip_picture(strip: Strip) -> SafeString:
    """Draw a day of 24 hours in the colours of the bands; the words beside it say the same."""
    drawn = format_html_join(
        "",
        '<rect class="band-{}" x="{}" y="0" width="{}" height="22"><title>{}</title></rect>',
        (
            (
                one.band.value if one.band else "none",
                one.start_minute,
                one.minutes,
                f"{hhmm(one.start_minute)}–{hhmm(one.end_minute)} {band(one.band.value if one.band else '')}",
            )
            for one in strip.segments
        ),
    )
    ticks = format_html_join(
        "", '<line x1="{0}" y1="22" x2="{0}" y2="27"></line>', ((hour * 60,) for hour in range(0, 25, 2))
    )
    return format_html(
        '<svg class="kam-strip" viewBox="0 0 1440 27" preserveAspectRatio="none" aria-hidden="true">{}{}</svg>',
        drawn,
        ticks,
    )


@register.filter
def split_words(text: str) -> list[str]:
    """Split a template's own list of names."""
    return text.split()
