"""What people and programs write into addresses and forms: numbers and days that the rest can count on."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# Days that the product can reckon with: a day further is still a day, in every time zone and on both databases.
FIRST, LAST = date(1950, 1, 1), date(2199, 12, 31)
_DIGITS = 18  # what both databases hold as a whole number


def whole(text: object) -> int | None:
    """Return the whole number from 0 that `text` writes in plain digits; None for anything else.

    `str.isdigit` takes ² and ٣ for digits, and `int` reads more digits than a database stores.
    """
    written = str(text) if text is not None else ""
    return int(written) if written.isascii() and written.isdigit() and len(written) <= _DIGITS else None


def day(text: str) -> date | None:
    """Return the day that `text` writes as 2026-01-31; None for anything else and for days beyond `FIRST`, `LAST`."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def command_day(text: str) -> date:
    """Read a day given to a command, as the `type` of an argument; `ArgumentTypeError` says what is wrong."""
    found = day(text)
    if found is None:
        told = gettext("%(text)s is not a date between 1950 and 2199; write it as 2026-01-31.") % {"text": text}
        raise ArgumentTypeError(told)
    return found


def _check(found: date) -> None:
    if not FIRST <= found <= LAST:
        raise forms.ValidationError(_("Choose a day between 1950 and 2199."), code="out_of_range")


class DayField(forms.DateField):
    """A day that can be reckoned with."""

    def to_python(self, value: Any) -> date | None:
        found = super().to_python(value)
        if found is not None:
            _check(found)
        return found


class MomentField(forms.DateTimeField):
    """A moment that can be reckoned with."""

    def to_python(self, value: Any) -> datetime | None:
        found = super().to_python(value)
        if found is not None:
            _check(found.date())
        return found
