"""A new version of a time-of-use calendar."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.lib.typed import DayField
from kam.metering.rules.tou import Band, BandPeriod
from kam.metering.rules.tou_text import BadLine, parse
from kam.metering.templatetags.readings import BANDS

PARTS = {"band": _("band"), "months": _("months"), "days": _("days"), "hours": _("hours")}


class CalendarForm(forms.Form):
    """The table from a day on, written as lines."""

    name = forms.CharField(label=_("name"), max_length=80)
    valid_from = DayField(label=_("holds from"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    source = forms.CharField(
        label=_("source"), max_length=300, help_text=_("Which clause, notice or decision says so, with its date.")
    )
    periods = forms.CharField(
        label=_("periods"),
        widget=forms.Textarea({"rows": 14, "spellcheck": "false", "class": "kam-mono"}),
        help_text=_(
            "One line for each: band | months | days | hours. Bands: 尖 峰 平 谷 深谷. Days: 工作日, 休息日, 节假日, "
            "holidays by name such as 春节, or dates. Hours may run over midnight. Where periods overlap, the sharper "
            "band wins."
        ),
    )
    default_band = forms.ChoiceField(
        label=_("band of all other hours"),
        required=False,
        choices=[("", _("none: every hour must stand in a line")), *((band.value, BANDS[band.value]) for band in Band)],
    )

    def clean_periods(self) -> tuple[BandPeriod, ...]:
        """Return the lines as periods."""
        try:
            periods = parse(self.cleaned_data["periods"])
        except BadLine as bad:
            raise forms.ValidationError(
                _("Line %(line)s, %(part)s: “%(value)s” cannot be read.")
                % {"line": bad.line, "part": PARTS[bad.part], "value": bad.value}
            ) from bad
        if not periods:
            raise forms.ValidationError(_("Write at least one line."))
        return periods
