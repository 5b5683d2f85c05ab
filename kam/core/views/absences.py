"""Leave and deputies: one's own, and for a supervisor the unit's."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kam.core import access, actions, queries
from kam.core.forms.staff import AbsenceForm
from kam.core.models import Absence, User
from kam.core.rules import Right, Role
from kam.lib import clock
from kam.lib.pages import page_of
from kam.lib.typed import whole


def absences(request: HttpRequest) -> HttpResponse:
    """Who is away now and next, and who stands in."""
    rows = access.listed(request, Absence.objects.select_related("user__unit", "deputy"), Right.ABSENCE_EDIT)
    past = request.GET.get("past") == "1"
    today = clock.today()
    rows = rows.filter(absent_until__lte=today) if past else rows.filter(absent_until__gt=today)
    page = page_of(rows.order_by("-absent_from" if past else "absent_from", "pk"), request.GET.get("page"))
    me = access.staff(request)
    context = {"page": page, "past": past, "today": today, "mine": {me.pk}, "everybodys": me.may(Right.STAFF_SEE)}
    return render(request, "core/absences.html", {**context, "section": "absences"})


def absence_create(request: HttpRequest) -> HttpResponse:
    """Note leave with a deputy."""
    access.check(request, Right.ABSENCE_EDIT)
    me, today = access.staff(request), clock.today()
    users = _planned_by(me)
    # A supervisor chooses first for whom; the deputies are then those of that person.
    chosen = whole(request.POST.get("user") or request.GET.get("user") or me.pk)
    person = users.filter(pk=chosen).first() if chosen is not None else None
    form = AbsenceForm(
        request.POST or None,
        users=users,
        deputies=queries.deputies_for(person or me),
        today=today,
        initial={"user": (person or me).pk, "absent_from": today},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.plan_absence(
                by=me,
                at=clock.now(),
                user=data["user"],
                deputy=data["deputy"],
                absent_from=data["absent_from"],
                absent_until=data["last_day"] + timedelta(days=1),
            )
        except actions.LeaveOverlaps:
            form.add_error("absent_from", _("Leave is already noted for some of these days. End that one first."))
        except actions.DeputyIsAway:
            form.add_error("deputy", _("The deputy is away on some of these days. Choose somebody else."))
        else:
            messages.success(
                request,
                _("%(deputy)s stands in for %(user)s.") % {"deputy": data["deputy"], "user": data["user"]},
            )
            return redirect("core:absences")
    context = {"form": form, "person": person or me, "users": users if me.may(Right.STAFF_SEE) else None}
    return render(request, "core/absence.html", {**context, "section": "absences"})


def _planned_by(user: User) -> QuerySet[User]:
    """Return for whom `user` may note leave: themselves, and the staff of the unit for who sees its staff."""
    if not user.may(Right.STAFF_SEE):
        return User.objects.visible_to(user).filter(pk=user.pk)
    return User.objects.visible_to(user).holding(Role.MANAGER, Role.SUPERVISOR).order_by("name")


@require_POST
def absence_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End leave today, or take it back."""
    row = access.fetch(request, Absence.objects.select_related("user"), Right.ABSENCE_EDIT, pk=pk)
    me = access.staff(request)
    if row.user != me and not me.may(Right.STAFF_SEE):
        raise PermissionDenied  # the deputy sees it, but it is the absent person's
    actions.end_absence(by=me, at=clock.now(), today=clock.today(), absence=row)
    messages.success(request, _("%(user)s's leave is ended.") % {"user": row.user})
    return redirect("core:absences")
