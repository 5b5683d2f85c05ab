"""Staff and units: the tree, the list, one person, one unit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from kam.core import access, actions, queries
from kam.core.access import exports
from kam.core.forms.staff import NewUserForm, StaffFilter, TransferForm, UnitForm, UserForm
from kam.core.models import ROLE_LABELS, Unit, User
from kam.core.rules import Right
from kam.lib import clock, sheets
from kam.lib.pages import page_of


def staff(request: HttpRequest) -> HttpResponse:
    """The tree of units with counts, and the people of the chosen one."""
    units = access.listed(request, Unit.objects.all(), Right.STAFF_SEE)
    form = StaffFilter(request.GET, units=units)
    page = page_of(_people(request, form), request.GET.get("page"))
    context = {"form": form, "page": page, "tree": queries.unit_tree(units), "section": "staff"}
    chosen = form.cleaned_data.get("unit")
    context |= {"labels": {role.value: label for role, label in ROLE_LABELS.items()}, "chosen": chosen}
    return render(request, "core/staff.html", context)


def _people(request: HttpRequest, form: StaffFilter) -> QuerySet[User]:
    people = access.listed(request, User.objects.all(), Right.STAFF_SEE)
    form.is_valid()
    wanted = form.cleaned_data
    state = wanted.get("state")
    if state != "all":
        people = people.filter(is_active=state != "off")
    if wanted.get("unit"):
        people = people.filter(unit__path__startswith=wanted["unit"].path)
    if wanted.get("role"):
        people = people.filter(groups__name=wanted["role"])
    if wanted.get("q"):
        people = people.filter(Q(name__icontains=wanted["q"]) | Q(username__icontains=wanted["q"]))
    return people.select_related("unit").prefetch_related("groups").order_by("unit__path", "name", "pk")


@require_POST
def staff_export(request: HttpRequest) -> FileResponse:
    """The people as filtered, as a file."""
    access.check(request, Right.STAFF_EDIT)
    columns = [
        sheets.Column("name", _("Name")),
        sheets.Column("username", _("User name")),
        sheets.Column("unit", _("Unit")),
        sheets.Column("roles", _("Roles")),
        sheets.Column("active", _("May sign in")),
    ]
    form = StaffFilter(request.GET, units=access.listed(request, Unit.objects.all(), Right.STAFF_SEE))
    rows = _people(request, form)[: exports.MOST]
    return exports.answer(request, name="staff", columns=columns, rows=map(_exported, rows))


def _exported(person: User) -> list[Any]:
    roles = [str(ROLE_LABELS[role]) for role in ROLE_LABELS if role in person.roles]
    may = _("yes") if person.is_active else _("no")
    return [person.name, person.username, person.unit.name if person.unit else "", _(" and ").join(roles), may]


@sensitive_variables("password")
def user_create(request: HttpRequest) -> HttpResponse:
    """Make a member of staff; the start password is shown once, on the answer."""
    units = access.listed(request, Unit.objects.all(), Right.STAFF_EDIT)
    form = NewUserForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid():
        password = actions.start_password()
        try:
            user = actions.make_user(by=access.staff(request), at=clock.now(), password=password, **form.cleaned_data)
        except actions.RolesClash as clash:
            form.add_error("roles", _clash_text(clash))
        else:
            return render(request, "core/password.html", {"person": user, "password": password, "section": "staff"})
    return render(request, "core/user.html", {"form": form, "section": "staff"})


def user(request: HttpRequest, pk: int) -> HttpResponse:
    """One member of staff: name, place, roles, whether they may sign in."""
    people = User.objects.select_related("unit").prefetch_related("groups")
    person = access.fetch(request, people, Right.STAFF_EDIT, pk=pk)
    units = access.listed(request, Unit.objects.all(), Right.STAFF_EDIT)
    held = {"name": person.name, "unit": person.unit_id, "active": person.is_active, "roles": sorted(person.roles)}
    form = UserForm(request.POST or None, initial=held, units=units)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_user(by=access.staff(request), at=clock.now(), user=person, **form.cleaned_data)
        except actions.RolesClash as clash:
            form.add_error("roles", _clash_text(clash))
        except actions.OwnRight:
            form.add_error(None, _("You cannot take your own right to keep the staff list; another administrator can."))
        except actions.LastAdministrator:
            form.add_error(None, _("This is the last administrator. Make another one first."))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
            return redirect("core:user", pk)
    return render(request, "core/user.html", {"form": form, "person": person, "section": "staff"})


def posts(request: HttpRequest, pk: int) -> HttpResponse:
    """Where somebody worked and when; note a transfer that happened on an earlier day."""
    people = User.objects.select_related("unit").prefetch_related("groups")
    person = access.fetch(request, people, Right.STAFF_EDIT, pk=pk)
    units = access.listed(request, Unit.objects.all(), Right.STAFF_EDIT)
    usual = {"unit": person.unit_id, "roles": sorted(person.roles), "since": clock.today()}
    form = TransferForm(request.POST or None, initial=usual, units=units)
    if request.method == "POST" and form.is_valid():
        try:
            actions.transfer(by=access.staff(request), at=clock.now(), user=person, **form.cleaned_data)
        except actions.NotYet:
            form.add_error("since", _("This day is still to come. A transfer is noted once it holds."))
        except actions.RolesClash as clash:
            form.add_error("roles", _clash_text(clash))
        except actions.OwnRight:
            form.add_error(None, _("You cannot take your own right to keep the staff list; another administrator can."))
        except actions.LastAdministrator:
            form.add_error(None, _("This is the last administrator. Make another one first."))
        else:
            messages.success(request, _("Noted. What is counted by posts is counted anew in the background."))
            return redirect("core:posts", pk)
    context = {
        "form": form,
        "person": person,
        "section": "staff",
        "posts": person.posts.select_related("unit").order_by("-held_from")[:100],
    }
    context["labels"] = {role.value: label for role, label in ROLE_LABELS.items()}
    return render(request, "core/posts.html", context)


def _clash_text(clash: actions.RolesClash) -> str:
    names = _(" and ").join(str(ROLE_LABELS[role]) for role in sorted(clash.roles))
    return _("One person must not hold these roles together: %(roles)s.") % {"roles": names}


@require_POST
@sensitive_variables("password")
def user_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a new start password, shown once."""
    person = access.fetch(request, User.objects.all(), Right.STAFF_EDIT, pk=pk)
    password = actions.give_password(by=access.staff(request), at=clock.now(), user=person)
    return render(request, "core/password.html", {"person": person, "password": password, "section": "staff"})


@require_POST
def user_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a lost second factor away."""
    person = access.fetch(request, User.objects.all(), Right.STAFF_EDIT, pk=pk)
    actions.reset_factor(by=access.staff(request), at=clock.now(), user=person)
    messages.success(request, _("%(name)s's second factor is gone, and every session of theirs.") % {"name": person})
    return redirect("core:user", pk)


def unit_create(request: HttpRequest) -> HttpResponse:
    """Make a district or a station."""
    units = access.listed(request, Unit.objects.all(), Right.STAFF_EDIT)
    form = UnitForm(request.POST or None, units=units, initial={"parent": request.GET.get("parent")})
    if request.method == "POST" and form.is_valid():
        made = actions.make_unit(by=access.staff(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("%(name)s is made.") % {"name": made})
        return redirect("core:staff")
    return render(request, "core/unit.html", {"form": form, "section": "staff"})


def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a unit."""
    row = access.fetch(request, Unit.objects.all(), Right.STAFF_EDIT, pk=pk)
    form = UnitForm(request.POST or None, units=None, unit=row, initial={"code": row.code, "name": row.name})
    if request.method == "POST" and form.is_valid():
        actions.rename_unit(by=access.staff(request), at=clock.now(), unit=row, **form.cleaned_data)
        messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
        return redirect("core:staff")
    return render(request, "core/unit.html", {"form": form, "unit": row, "section": "staff"})
