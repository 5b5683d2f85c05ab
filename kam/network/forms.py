"""Substations, lines and what feeds a supply point, from text to rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kam.core.models import Unit
from kam.lib.choices import offer
from kam.network.models import Line, Substation, SupplyPoint


class SubstationForm(forms.Form):
    """A substation."""

    code = forms.CharField(label=_("Code"), max_length=32)
    name = forms.CharField(label=_("Name"), max_length=100)
    voltage_kv = forms.DecimalField(
        label=_("Voltage (kV)"), min_value=Decimal("0.1"), max_value=1100, max_digits=6, decimal_places=2
    )
    unit = forms.ModelChoiceField(label=_("Run by"), queryset=Unit.objects.none())

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units)


class LineForm(SubstationForm):
    """A line. It leaves a substation or branches off another line."""

    substation = forms.ModelChoiceField(
        label=_("Leaves the substation"), queryset=Substation.objects.none(), required=False
    )
    parent = forms.ModelChoiceField(label=_("Branches off the line"), queryset=Line.objects.none(), required=False)

    def __init__(self, *args: Any, substations: QuerySet[Any], lines: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "substation", substations)
        offer(self, "parent", lines)


class PointForm(forms.Form):
    """What feeds a supply point."""

    line = forms.ModelChoiceField(label=_("Line"), queryset=Line.objects.none(), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=SupplyPoint.Role.choices)
    changeover = forms.ChoiceField(
        label=_("Changeover to this point"),
        choices=SupplyPoint.Changeover.choices,
        help_text=_("How the customer's load gets over to this point when another of its points is dead"),
    )
    kva = forms.DecimalField(label=_("Capacity (kVA)"), min_value=0, max_digits=12, decimal_places=2, required=False)

    def __init__(self, *args: Any, lines: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "line", lines)
