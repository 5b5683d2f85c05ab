"""A scheme as a form: every figure of its table has a field, so that nobody has to write a table by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.credit.forms.account import DAY
from kam.credit.models import MEASURE_LABELS
from kam.credit.rules.history import FactKind
from kam.credit.rules.indicators import Indicator
from kam.credit.rules.measures import ORDINARY
from kam.credit.rules.scheme import BadScheme, Veto, scheme_of
from kam.credit.templatetags.credit import INDICATORS, scheme_problem, veto_words
from kam.lib.choices import offer
from kam.lib.typed import DayField

# The vetoes that a scheme may have, in the order of the form: (name of the field, veto, fact).
BARS: tuple[tuple[str, Veto, FactKind | None], ...] = (
    ("open", Veto.OPEN_IN_PERIOD, None),
    ("overdue_1", Veto.OVERDUE_DAYS, None),
    ("overdue_2", Veto.OVERDUE_DAYS, None),
    ("old_debt", Veto.OLD_DEBT, None),
    *((f"fact_{kind.value.lower()}", Veto.FACT, kind) for kind in FactKind),
)


class SchemeForm(forms.Form):
    """All figures of a scheme; `body()` gives its table."""

    name = forms.CharField(label=_("Name"), max_length=80)
    source = forms.CharField(label=_("Source"), max_length=300)
    valid_from = DayField(label=_("Holds from"), widget=DAY)
    months = forms.IntegerField(label=_("Months looked at"), min_value=1, max_value=120)
    new_months = forms.IntegerField(label=_("New customer: fewer months of bills than"), min_value=0, max_value=60)
    new_grade = forms.ChoiceField(label=_("Grade of new customers"))
    rise_grades = forms.IntegerField(label=_("A rise is at most so many grades"), min_value=1, max_value=9)
    rise_months = forms.IntegerField(label=_("within so many months (0: no limit)"), min_value=0, max_value=120)

    def __init__(self, data: Any = None, *, body: Mapping[str, Any], initial: Mapping[str, Any] | None = None) -> None:
        self.grades = [str(one) for one in body["grades"]]
        super().__init__(data, initial={**_flat(body, self.grades), **(initial or {})})
        offer(self, "new_grade", [(one, one) for one in self.grades])
        for grade in self.grades:
            self.fields[f"band_{grade}"] = forms.DecimalField(
                label=_("%(grade)s from, points") % {"grade": grade}, min_value=0, max_value=100, decimal_places=1
            )
        for indicator in Indicator:
            self.fields[f"points_{indicator}"] = forms.DecimalField(
                label=str(INDICATORS[indicator]), min_value=0, max_value=100, decimal_places=1
            )
            self.fields[f"scale_{indicator}"] = forms.CharField(label=_("scale"), max_length=200)
            self.fields[f"none_{indicator}"] = forms.DecimalField(
                label=_("nothing to measure"), min_value=0, max_value=1, decimal_places=2
            )
        for name, veto, kind in BARS:
            self.fields[f"bar_{name}"] = forms.ChoiceField(
                label=veto_words([veto, kind or ""]),
                required=False,
                choices=[("", _("no veto")), *((one, one) for one in self.grades)],
            )
            if veto == Veto.OVERDUE_DAYS:
                self.fields[f"over_{name}"] = forms.IntegerField(
                    label=pgettext_lazy("how many", "days"), min_value=0, required=False
                )
            elif veto != Veto.OLD_DEBT:
                self.fields[f"months_{name}"] = forms.IntegerField(
                    label=pgettext_lazy("how many", "months"), min_value=1, max_value=120, required=False
                )
        for grade in self.grades:
            self.fields[f"measures_{grade}"] = forms.MultipleChoiceField(
                label=_("Measures of %(grade)s") % {"grade": grade},
                required=False,
                choices=[(one.value, MEASURE_LABELS[one]) for one in ORDINARY],
                widget=forms.CheckboxSelectMultiple,
            )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                scheme_of(self.body())
            except BadScheme as bad:
                self.add_error(None, scheme_problem(bad.code, bad.detail))
        return given

    def body(self) -> dict[str, Any]:
        """Return the table of what was entered."""
        given = self.cleaned_data
        indicators = [
            {
                "code": one.value,
                "max_points": _number(given[f"points_{one}"]),
                "scale": _scale(given[f"scale_{one}"]),
                "none": float(given[f"none_{one}"]),
            }
            for one in Indicator
            if given[f"points_{one}"]
        ]
        vetoes = []
        for name, veto, kind in BARS:
            if not given[f"bar_{name}"]:
                continue
            row: dict[str, Any] = {"code": veto.value, "at_best": given[f"bar_{name}"]}
            if kind is not None:
                row["kind"] = kind.value
            if veto == Veto.OVERDUE_DAYS:
                row["over"] = given[f"over_{name}"] or 0
            elif veto != Veto.OLD_DEBT:
                row["months"] = given[f"months_{name}"] or 12
            vetoes.append(row)
        return {
            "grades": self.grades,
            "bands": {one: _number(given[f"band_{one}"]) for one in self.grades},
            "months": given["months"],
            "indicators": indicators,
            "vetoes": vetoes,
            "new": {"months": given["new_months"], "grade": given["new_grade"]},
            "rise": {"grades": given["rise_grades"], "months": given["rise_months"]},
            "measures": {one: given[f"measures_{one}"] for one in self.grades},
        }

    @property
    def general(self) -> list[forms.BoundField]:
        return [self[name] for name in type(self).base_fields]

    @property
    def bands(self) -> list[forms.BoundField]:
        return [self[f"band_{one}"] for one in self.grades]

    @property
    def indicators(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        return [(self[f"points_{one}"], self[f"scale_{one}"], self[f"none_{one}"]) for one in Indicator]

    @property
    def bars(self) -> list[tuple[forms.BoundField, forms.BoundField | None]]:
        return [
            (
                self[f"bar_{name}"],
                self[f"over_{name}"]
                if veto == Veto.OVERDUE_DAYS
                else self[f"months_{name}"]
                if veto != Veto.OLD_DEBT
                else None,
            )
            for name, veto, _kind in BARS
        ]

    @property
    def measures(self) -> list[forms.BoundField]:
        return [self[f"measures_{one}"] for one in self.grades]


def _flat(body: Mapping[str, Any], grades: list[str]) -> dict[str, Any]:
    """Return the table as initial values of the form's fields."""
    found: dict[str, Any] = {
        "months": body.get("months", 24),
        "new_months": body.get("new", {}).get("months", 0),
        "new_grade": body.get("new", {}).get("grade", grades[-1]),
        "rise_grades": body.get("rise", {}).get("grades", 1),
        "rise_months": body.get("rise", {}).get("months", 0),
    }
    found |= {f"band_{one}": body["bands"][one] for one in grades}
    rows = {row["code"]: row for row in body["indicators"]}
    for one in Indicator:
        row = rows.get(one.value, {"max_points": 0, "scale": [[0, 1], [1, 0]], "none": 1})
        found[f"points_{one}"] = row["max_points"]
        found[f"scale_{one}"] = "; ".join(f"{value:g} = {share:g}" for value, share in row["scale"])
        found[f"none_{one}"] = row.get("none", 1)
    left = list(body.get("vetoes", []))
    for name, veto, kind in BARS:
        row = next(
            (row for row in left if row["code"] == veto.value and row.get("kind", "") == (kind or "")),
            None,
        )
        if row is not None:
            left.remove(row)
            found[f"bar_{name}"] = row["at_best"]
            found[f"over_{name}"] = row.get("over", 0)
            found[f"months_{name}"] = row.get("months", 12)
    found |= {f"measures_{one}": list(body.get("measures", {}).get(one, [])) for one in grades}
    return found


def _scale(text: str) -> list[list[float]]:
    """Read "0 = 1; 30 = 0" as steps. A text that cannot be read gives none, which the scheme refuses."""
    found = []
    for step in text.replace("；", ";").split(";"):
        value, _sign, share = step.partition("=")
        try:
            found.append([float(value), float(share)])
        except ValueError:
            return []
    return found


def _number(value: Any) -> float | int:
    return int(value) if value == int(value) else float(value)
