"""Times and windows as customers read them, in the language of the message: 12月6日8:00-16:00, 6 Dec 8:00-16:00."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_words(at: datetime, zone: tzinfo, language: str) -> str:
    """Write the day of an instant: 12月6日, 6 Dec."""
    local = at.astimezone(zone)
    if language.startswith("zh"):
        return f"{local.month}月{local.day}日"
    return f"{local.day} {_MONTHS[local.month - 1]}"


def days_words(days_from: date, days_until: date, language: str) -> str:
    """Write the days `[days_from, days_until)`: 12月6日, 12月6日至8日, 12月30日至1月2日; 6–8 Dec."""
    first, last = days_from, days_until - timedelta(days=1)
    if language.startswith("zh"):
        begin = f"{first.month}月{first.day}日"
        if first == last:
            return begin
        return f"{begin}至{last.day}日" if first.month == last.month else f"{begin}至{last.month}月{last.day}日"
    end = f"{last.day} {_MONTHS[last.month - 1]}"
    if first == last:
        return end
    return f"{first.day}–{end}" if first.month == last.month else f"{first.day} {_MONTHS[first.month - 1]} – {end}"


def clock_words(at: datetime, zone: tzinfo) -> str:
    """Write the time of day: 8:00."""
    local = at.astimezone(zone)
    return f"{local.hour}:{local.minute:02d}"


def moment_words(at: datetime, zone: tzinfo, language: str) -> str:
    """Write an instant: 12月6日15:20, 6 Dec 15:20."""
    gap = "" if language.startswith("zh") else " "
    return f"{day_words(at, zone, language)}{gap}{clock_words(at, zone)}"


def window_words(starts_at: datetime, ends_at: datetime, zone: tzinfo, language: str) -> str:
    """Write a window; the second day only where it is another: 12月6日22:00-12月7日4:00."""
    first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
    same = first.date() == last.date()
    end = clock_words(ends_at, zone) if same else moment_words(ends_at, zone, language)
    return f"{moment_words(starts_at, zone, language)}-{end}"


def long_window(starts_at: datetime, ends_at: datetime, zone: tzinfo, language: str) -> str:
    """Write a window with year and weekday, for a page: 2026年12月6日(周日) 8:00-16:00."""
    first = starts_at.astimezone(zone)
    if language.startswith("zh"):
        day = f"{first.year}年{first.month}月{first.day}日(周{'一二三四五六日'[first.weekday()]})"
    else:
        day = f"{_WEEKDAYS[first.weekday()]} {first.day} {_MONTHS[first.month - 1]} {first.year}"
    last = ends_at.astimezone(zone)
    end = clock_words(ends_at, zone) if first.date() == last.date() else moment_words(ends_at, zone, language)
    return f"{day} {clock_words(starts_at, zone)}-{end}"
