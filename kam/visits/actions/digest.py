"""One message a week to each manager and supervisor, instead of one per event."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kam.core.models import Absence, User
from kam.core.rules import Role
from kam.lib import clock
from kam.notifications.actions.owing import owe
from kam.notifications.models import Message
from kam.notifications.rules.addresses import Address
from kam.notifications.rules.states import Channel
from kam.visits.models import Visit
from kam.visits.queries.company import LATE, CompanyFigures, company_figures
from kam.visits.queries.quota import Standing, managers

HOUR = 7
NAMED = 5


def week_key(user: User, monday: date) -> str:
    """Return what makes one digest of a week the only one."""
    return f"visit.digest:{monday.isoformat()}:{user.pk}"


def send_digests(*, at: datetime) -> int:
    """Owe this week's digest to whoever has not got it, from Monday at seven on; how many. Safe to repeat."""
    local = at.astimezone(clock.zone())
    monday = local.date() - timedelta(days=local.weekday())
    if at < datetime.combine(monday, time(HOUR), tzinfo=clock.zone()):
        return 0
    today = local.date()
    people = list(User.objects.holding(Role.MANAGER, Role.SUPERVISOR).select_related("unit").prefetch_related("groups"))
    told = set(
        Message.objects.filter(key__startswith=f"visit.digest:{monday.isoformat()}:").values_list("key", flat=True)
    )
    away = set(Absence.objects.on(today).values_list("user_id", flat=True))
    due = [user for user in people if week_key(user, monday) not in told and user.pk not in away]
    if not due:
        return 0
    standings = {one.pk: one for one in managers(today, day_over=False, users=User.objects.all())}
    unlogged = _unlogged(today)
    sent = 0
    for user in due:
        with translation.override(user.language):
            text = _text(user, standings.get(user.pk), unlogged.get(user.pk, 0), today)
        if not text:
            continue
        owe(
            key=week_key(user, monday),
            kind="visit.digest",
            to=[Address(Channel.APP, str(user.pk))],
            language=user.language,
            subject="",
            text=text,
            deadline=None,
            must_prove=False,
            unit_id=user.unit_id,
            manager_id=user.pk,
            by=None,
            at=at,
        )
        sent += 1
    return sent


def _unlogged(today: date) -> dict[int, int]:
    found: dict[int, int] = {}
    for manager_id in Visit.objects.open().filter(day__lt=today).values_list("manager_id", flat=True):
        found[manager_id] = found.get(manager_id, 0) + 1
    return found


def _text(user: User, own: Standing | None, unlogged: int, today: date) -> str:
    lines = []
    if Role.SUPERVISOR in user.roles:
        lines += _of_unit(company_figures(user, today, day_over=False))
    if own is not None and Role.MANAGER in user.roles:
        lines += _of_manager(own)
    if unlogged:
        told = ngettext(
            "%(n)s visit is still to be written down.", "%(n)s visits are still to be written down.", unlogged
        )
        lines.append(told % {"n": unlogged})
    return "\n".join(lines)


def _of_manager(one: Standing) -> list[str]:
    words = _("Visits: %(made)s of %(required)s this quarter, %(year_made)s of %(year_required)s this year.") % {
        "made": one.quarter.made,
        "required": one.quarter.required,
        "year_made": one.year.made,
        "year_required": one.year.required,
    }
    lines = [words]
    if one.quarter.to_plan:
        lines.append(
            _("%(n)s of this quarter are in no calendar yet; %(pace)s a week would do.")
            % {"n": one.quarter.to_plan, "pace": f"{one.quarter.per_week:.1f}"}
        )
    return lines


def _of_unit(figures: CompanyFigures) -> list[str]:
    total = figures.total
    if total is None:
        return []
    lines = [
        _("Visits of the unit: %(made)s of %(required)s this quarter, %(planned)s planned.")
        % {"made": total.quarter.made, "required": total.quarter.required, "planned": total.quarter.planned}
    ]
    late = [one for one in figures.managers if one.status in LATE]
    if late:
        names = _(", ").join(one.name for one in late[:NAMED])
        told = ngettext("%(n)s manager is behind: %(names)s.", "%(n)s managers are behind: %(names)s.", len(late))
        lines.append(told % {"n": len(late), "names": names + (" …" if len(late) > NAMED else "")})
    return lines
