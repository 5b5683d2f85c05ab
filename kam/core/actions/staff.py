"""Staff, units and leave: who belongs where, holds which roles, and who stands in for whom."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from kam.core import queries
from kam.core.actions.audit import record
from kam.core.models import Absence, Post, Unit, User
from kam.core.rules import Right, Role, rights_of, roles_clash
from kam.lib import clock

# No letters or digits that look alike: it is read out over the telephone.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
CHILD_KIND = {Unit.Kind.COMPANY: Unit.Kind.DISTRICT, Unit.Kind.DISTRICT: Unit.Kind.STATION}


class RolesClash(Exception):
    """These roles must not be one person's (三员分立)."""

    def __init__(self, roles: frozenset[Role]) -> None:
        super().__init__(", ".join(sorted(roles)))
        self.roles = roles


class OwnRight(Exception):
    """Nobody takes the right to keep the staff list from themselves, or locks themselves out."""


class LastAdministrator(Exception):
    """Without this one, nobody could keep the staff list."""


class UnitIsLowest(Exception):
    """A station has no units below it."""


class LeaveOverlaps(Exception):
    """The person is already on leave on some of these days."""


class DeputyIsAway(Exception):
    """The deputy is on leave on some of these days, or may not stand in for this person."""


def start_password() -> str:
    """Return a password that somebody else may read out once; it must be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def make_user(
    *, by: User, at: datetime, username: str, name: str, unit: Unit, roles: Iterable[Role], password: str
) -> User:
    """Make a member of staff with a start password. Raises `RolesClash`."""
    held = _checked(frozenset(roles))
    with transaction.atomic():
        user = User(username=username, name=name, unit=unit, must_change_password=True)
        user.set_password(password)
        user.save()
        user.groups.set(Group.objects.filter(name__in=[role.value for role in held]))
        _note_post(user, unit=unit, roles=held, active=True, day=clock.day_of(at))
        record(by=by, at=at, action="staff.made", subject=user, username=username, unit=unit.code, roles=sorted(held))
    return User.objects.get(pk=user.pk)


class NotYet(Exception):
    """A transfer holds at once: its day cannot lie ahead."""


# Called with the user and the first day on which their posts differ, in the transaction that changes them.
PostListener = Callable[[User, date, User, datetime], None]
POST_LISTENERS: list[PostListener] = []


def transfer(*, by: User, at: datetime, user: User, unit: Unit, roles: Iterable[Role], since: date) -> User:
    """Say where somebody has been since a day that is over, and in which roles; holds from their next request.

    What their posts said of the days from `since` on is replaced; whoever counts by posts counts those days anew.
    Raises `NotYet`, `RolesClash`, `OwnRight`, `LastAdministrator`.
    """
    if since > clock.day_of(at):
        raise NotYet
    return edit_user(by=by, at=at, user=user, name=user.name, unit=unit, roles=roles, active=True, since=since)


def edit_user(
    *,
    by: User,
    at: datetime,
    user: User,
    name: str,
    unit: Unit,
    roles: Iterable[Role],
    active: bool,
    since: date | None = None,
) -> User:
    """Change name, place, roles or activity; holds from the person's next request.

    `since`: the day from which the post counts, where that is not today.
    Raises `RolesClash`, `OwnRight`, `LastAdministrator`.
    """
    held = _checked(frozenset(roles))
    keeps = active and Right.STAFF_EDIT in rights_of(held)
    with transaction.atomic():
        # The administrators are locked, so that two of them cannot take the right from each other at once.
        keepers = _keepers()
        row = User.objects.select_for_update().get(pk=user.pk)
        if not keeps and row.pk in keepers:
            if row.pk == by.pk:
                raise OwnRight
            if keepers == {row.pk}:
                raise LastAdministrator
        before: dict[str, Any] = {"name": row.name, "unit": row.unit.code if row.unit else "", "active": row.is_active}
        before["roles"] = sorted(row.roles)
        user_unit = row.unit
        row.name, row.unit, row.is_active = name, unit, active
        row.save(update_fields=["name", "unit", "is_active"])
        row.groups.set(Group.objects.filter(name__in=[role.value for role in held]))
        after = {"name": name, "unit": unit.code, "roles": sorted(held), "active": active}
        changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changed:
            record(by=by, at=at, action="staff.edited", subject=row, changed=changed)
        if since is not None:
            facts: dict[str, Any] = {"unit": unit.code, "roles": sorted(held), "since": since.isoformat()}
            record(by=by, at=at, action="staff.transferred", subject=row, **facts)
        if changed.keys() - {"name"} or since is not None:
            day = since or clock.day_of(at)
            _note_post(
                row,
                unit=unit,
                roles=held,
                active=active,
                day=day,
                before=(user_unit, before["roles"]) if before["active"] else None,
            )
            if day < clock.day_of(at):
                for listener in POST_LISTENERS:
                    listener(row, day, by, at)
    return User.objects.get(pk=user.pk)


LONG_AGO = date(2000, 1, 1)


def _note_post(
    user: User,
    *,
    unit: Unit,
    roles: Iterable[Role],
    active: bool,
    day: date,
    before: tuple[Unit | None, list[str]] | None = None,
) -> None:
    """Let a new post begin on `day`; the one before ends. Somebody without any gets the one held until now, `before`.

    A post that began on the same day never held: it is replaced.
    """
    posts = Post.objects.filter(user=user)
    if before is not None and before[0] is not None and not posts.exists():
        Post.objects.create(user=user, unit=before[0], roles=before[1], held_from=LONG_AGO)
    posts.filter(held_from__gte=day).delete()
    posts.filter(Q(held_until=None) | Q(held_until__gt=day)).update(held_until=day)
    if active:
        Post.objects.create(user=user, unit=unit, roles=sorted(roles), held_from=day)


def _keepers() -> set[int]:
    roles = [role.value for role in Role if Right.STAFF_EDIT in rights_of(frozenset({role}))]
    ids = User.objects.filter(is_active=True, groups__name__in=roles).values_list("pk", flat=True)
    return set(User.objects.select_for_update().filter(pk__in=list(ids)).values_list("pk", flat=True))


def _checked(roles: frozenset[Role]) -> frozenset[Role]:
    clash = roles_clash(roles)
    if clash:
        raise RolesClash(clash)
    return roles


def set_language(*, user: User, language: str) -> None:
    """Remember the user's language for the next sign-in, reports and background work."""
    User.objects.filter(pk=user.pk).update(language=language)


def give_password(*, by: User, at: datetime, user: User) -> str:
    """Give the user a new start password and return it; every session of the user ends."""
    password = start_password()
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        record(by=by, at=at, action="staff.password_given", subject=user)
    return password


def reset_factor(*, by: User, at: datetime, user: User) -> None:
    """Take a lost second factor and its recovery codes away; where the role needs one, the next request asks for it.

    The user's sessions end: who lost a telephone may have lost what was open on it.
    """
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        end_sessions(user, at=at)
        record(by=by, at=at, action="staff.factor_reset", subject=user)


def end_sessions(user: User, *, at: datetime) -> None:
    """End every session of `user`. Walks the living sessions: done by hand a few times a year."""
    for session in Session.objects.filter(expire_date__gt=at).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def make_unit(*, by: User, at: datetime, parent: Unit, code: str, name: str) -> Unit:
    """Make a district under the company or a station under a district. Raises `UnitIsLowest`."""
    kind = CHILD_KIND.get(Unit.Kind(parent.kind))
    if kind is None:
        raise UnitIsLowest
    with transaction.atomic():
        unit = Unit.objects.create(code=code, name=name, kind=kind, parent=parent)
        unit.path = f"{parent.path}{unit.pk}/"
        unit.save(update_fields=["path"])
        record(by=by, at=at, action="unit.made", subject=unit, code=code, name=name, parent=parent.code)
    return unit


def rename_unit(*, by: User, at: datetime, unit: Unit, code: str, name: str) -> Unit:
    """Change a unit's code and name."""
    with transaction.atomic():
        row = Unit.objects.select_for_update().get(pk=unit.pk)
        changed = {
            key: [old, new] for key, old, new in (("code", row.code, code), ("name", row.name, name)) if old != new
        }
        row.code, row.name = code, name
        row.save(update_fields=["code", "name"])
        if changed:
            record(by=by, at=at, action="unit.edited", subject=row, changed=changed)
    return row


def plan_absence(*, by: User, at: datetime, user: User, deputy: User, absent_from: date, absent_until: date) -> Absence:
    """Note leave in `[absent_from, absent_until)` with a deputy. Raises `LeaveOverlaps`, `DeputyIsAway`."""
    with transaction.atomic():
        # The person's row is locked, so that the same days are not noted twice at once.
        User.objects.select_for_update().get(pk=user.pk)
        days = Absence.objects.filter(absent_from__lt=absent_until, absent_until__gt=absent_from)
        if days.filter(user=user).exists():
            raise LeaveOverlaps
        if days.filter(user=deputy).exists() or not queries.deputies_for(user).filter(pk=deputy.pk).exists():
            raise DeputyIsAway
        row = Absence.objects.create(user=user, deputy=deputy, absent_from=absent_from, absent_until=absent_until)
        record(
            by=by,
            at=at,
            action="absence.planned",
            subject=row,
            user=user.username,
            deputy=deputy.username,
            absent_from=absent_from,
            absent_until=absent_until,
        )
    return row


def end_absence(*, by: User, at: datetime, today: date, absence: Absence) -> None:
    """End leave today, or take it back where it has not begun; the deputy's reach ends with it."""
    with transaction.atomic():
        row = Absence.objects.select_for_update().get(pk=absence.pk)
        facts: dict[str, Any] = {
            "user": row.user.username,
            "absent_from": row.absent_from,
            "absent_until": row.absent_until,
        }
        record(by=by, at=at, action="absence.ended", subject=row, on=today, **facts)
        if today <= row.absent_from:
            row.delete()
        elif today < row.absent_until:
            row.absent_until = today
            row.save(update_fields=["absent_until"])
