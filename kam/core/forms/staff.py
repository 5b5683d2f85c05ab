"""Forms of staff, units and leave."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kam.core.models import ROLE_LABELS, Unit, User
from kam.core.rules import Role
from kam.lib.choices import offer
from kam.lib.typed import DayField

ROLE_CHOICES = [(role.value, label) for role, label in ROLE_LABELS.items()]


class UnitChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A unit, indented as it stands in the tree."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{chr(0x3000) * max(obj.path.count('/') - 2, 0)}{obj}"


class UserForm(forms.Form):
    """Name, place, roles, activity."""

    name = forms.CharField(label=_("name of the person"), max_length=60)
    unit = UnitChoice(queryset=Unit.objects.none(), label=_("unit"), empty_label=None)
    roles = forms.TypedMultipleChoiceField(
        label=_("roles"), choices=ROLE_CHOICES, coerce=Role, widget=forms.CheckboxSelectMultiple, required=False
    )
    active = forms.BooleanField(label=_("may sign in"), required=False, initial=True)

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units.order_by("path"))


class TransferForm(forms.Form):
    """Where somebody has been since a day, and in which roles."""

    since = DayField(
        label=_("since the day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The first day there; it may be over. What was known of the days from then on is replaced."),
    )
    unit = UnitChoice(queryset=Unit.objects.none(), label=_("unit"), empty_label=None)
    roles = forms.TypedMultipleChoiceField(
        label=_("roles"), choices=ROLE_CHOICES, coerce=Role, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units.order_by("path"))


class NewUserForm(UserForm):
    """The same, with the name to sign in by."""

    username = forms.CharField(
        label=_("user name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("To sign in with. Letters, digits and @ . + - _ only; it stays as it is."),
    )
    field_order = ["username", "name", "unit", "roles"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["active"]

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"]).strip()
        # Case apart they would be two users, and nobody could tell them apart.
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("This user name is taken. Choose another."), code="taken")
        return username


class StaffFilter(forms.Form):
    """What the staff list is narrowed to; everything optional, nonsense ignored."""

    q = forms.CharField(label=_("name or user name"), max_length=60, required=False)
    unit = UnitChoice(queryset=Unit.objects.none(), label=_("unit"), required=False, empty_label=_("all units"))
    role = forms.ChoiceField(label=_("role"), choices=[("", _("all roles")), *ROLE_CHOICES], required=False)
    state = forms.ChoiceField(
        label=_("state"),
        choices=[("", _("may sign in")), ("off", _("may not sign in")), ("all", _("all"))],
        required=False,
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit", units.order_by("path"))


class UnitForm(forms.Form):
    """A unit's code and name; for a new one also where it stands."""

    parent = UnitChoice(queryset=Unit.objects.none(), label=_("belongs to"), empty_label=None)
    code = forms.CharField(label=_("code"), max_length=32)
    name = forms.CharField(label=_("name"), max_length=100)

    def __init__(self, *args: Any, units: QuerySet[Unit] | None, unit: Unit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        if units is None:
            del self.fields["parent"]
        else:
            fit = units.exclude(kind=Unit.Kind.STATION).order_by("path")
            offer(self, "parent", fit)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip()
        same = Unit.objects.filter(code=code)
        if self.unit:
            same = same.exclude(pk=self.unit.pk)
        if same.exists():
            raise forms.ValidationError(_("Another unit has this code."), code="taken")
        return code


class AbsenceForm(forms.Form):
    """Who is away from when until when, and who stands in."""

    # Chosen before, in the page's head, because the deputies depend on it.
    user = forms.ModelChoiceField(User.objects.none(), label=_("who is away"), widget=forms.HiddenInput)
    absent_from = DayField(label=_("first day away"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    last_day = DayField(label=_("last day away"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    deputy = forms.ModelChoiceField(
        User.objects.none(),
        label=_("deputy"),
        help_text=_("During these days the deputy sees and does the absent person's work."),
    )

    def __init__(self, *args: Any, users: QuerySet[User], deputies: QuerySet[User], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        offer(self, "user", users)
        offer(self, "deputy", deputies)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("absent_from"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first. Change one of them."))
        if last and last < self.today:
            self.add_error("last_day", _("These days are over. Leave is noted for today or later."))
        if data.get("user") and data.get("user") == data.get("deputy"):
            self.add_error("deputy", _("Choose somebody else: nobody stands in for themselves."))
        return data
