"""What a person tells about a file of readings."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from kam.lib.intervals import INTERVAL_MINUTES
from kam.metering.models import Meter
from kam.metering.rules.readings import Hints

FOUND = ("", _("found in the file"))


class UploadForm(forms.Form):
    """A file, whose readings it holds, and hints for files that do not speak for themselves."""

    file = forms.FileField(label=_("file"), help_text=_("CSV, TXT or XLSX, also packed as gz or zip."))
    meter_no = forms.CharField(
        label=_("meter number"),
        max_length=40,
        required=False,
        help_text=_("Not needed where the file has a column of meters."),
    )
    layout = forms.ChoiceField(
        label=_("layout"),
        required=False,
        choices=[FOUND, ("long", _("one row per interval")), ("wide", _("one row per day"))],
    )
    unit = forms.ChoiceField(label=_("unit"), required=False, choices=[FOUND, ("kwh", "kWh"), ("kw", "kW"), ("w", "W")])
    interval_minutes = forms.TypedChoiceField(
        label=_("interval"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[FOUND, *((minutes, f"{minutes} min") for minutes in INTERVAL_MINUTES)],
    )
    stamps = forms.ChoiceField(
        label=_("a time marks"),
        required=False,
        choices=[FOUND, ("start", _("the start of its interval")), ("end", _("the end of its interval"))],
    )
    day_first = forms.TypedChoiceField(
        label=_("dates are written"),
        required=False,
        coerce=lambda value: value == "day",
        empty_value=None,
        choices=[FOUND, ("day", _("day first (31/12/2026)")), ("month", _("month first (12/31/2026)"))],
    )
    timezone = forms.CharField(
        label=_("time zone"),
        max_length=40,
        required=False,
        help_text=_("Such as Asia/Shanghai; the company's unless told."),
    )
    time_column = forms.CharField(label=_("column of times"), max_length=80, required=False)
    date_column = forms.CharField(label=_("column of dates"), max_length=80, required=False)
    meter_column = forms.CharField(label=_("column of meters"), max_length=80, required=False)
    kwh_column = forms.CharField(label=_("column of active energy"), max_length=80, required=False)
    kvarh_lag_column = forms.CharField(label=_("column of lagging reactive energy"), max_length=80, required=False)
    kvarh_lead_column = forms.CharField(label=_("column of leading reactive energy"), max_length=80, required=False)
    channel_column = forms.CharField(label=_("column that names the quantity"), max_length=80, required=False)

    def __init__(self, *args: Any, meters: QuerySet[Meter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meters = meters

    @property
    def first(self) -> list[forms.BoundField]:
        """The fields that every upload needs."""
        return [self["file"], self["meter_no"]]

    @property
    def hinted(self) -> list[forms.BoundField]:
        """The fields that most uploads leave alone."""
        return [self[name] for name in self.fields if name not in ("file", "meter_no")]

    def clean_file(self) -> Any:
        """Return the file, unless it is larger than may be sent."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_LIMIT_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s. Split it, or pack it as gz or zip.")
                % {"limit": filesizeformat(settings.UPLOAD_LIMIT_BYTES)}
            )
        return file

    def clean_meter_no(self) -> Meter | None:
        """Return the meter, None where none was named."""
        number = self.cleaned_data["meter_no"].strip()
        if not number:
            return None
        meter: Meter | None = self.meters.filter(meter_no__iexact=number).first()
        if meter is None:
            raise forms.ValidationError(_("You have no meter of this number."))
        return meter

    def clean_timezone(self) -> str | None:
        """Return the name of a zone that exists."""
        name: str = self.cleaned_data["timezone"].strip()
        if not name:
            return None
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise forms.ValidationError(_("There is no time zone “%(detail)s”.") % {"detail": name}) from error
        return name

    def hints(self) -> Hints:
        """Return what was told."""
        told = {name: self.cleaned_data[name] for name in self.fields if name not in ("file", "meter_no")}
        hints: dict[str, Any] = {name: value if value != "" else None for name, value in told.items()}
        return Hints(**hints)
