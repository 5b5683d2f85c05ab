"""What a list's filters offer, in one query, because each page has eight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast

from kam.accounts.models import AccountGroup
from kam.core.models import SavedView, Unit, User
from kam.core.rules import Reach, Role

MOST = 300  # longer lists of choices help nobody; the search is the way there
PAGE = "accounts"


class UnitChoice(NamedTuple):
    pk: int
    name: str
    depth: int
    below: frozenset[int]  # the unit itself and all below


@dataclass(frozen=True)
class Choices:
    """Units and managers within reach, the person's saved views, the group that is filtered by."""

    units: list[UnitChoice] = field(default_factory=list)
    managers: list[tuple[int, str]] = field(default_factory=list)
    views: list[tuple[int, str, str]] = field(default_factory=list)  # id, name, query string
    group: tuple[int, str] | None = None


def choices_for(user: User, *, group_id: int | None = None) -> Choices:
    """Return what `user` may choose from."""
    parts = [_rows("view", SavedView.objects.filter(user=user, page=PAGE), "name", "query")]
    if group_id is not None:
        parts.append(_rows("group", AccountGroup.objects.filter(pk=group_id), "name", "name"))
    if user.reach == Reach.UNIT:
        units, managers = Unit.objects.all(), User.objects.filter(groups__name=Role.MANAGER, is_active=True)
        if user.unit_ids is not None:
            units, managers = units.filter(id__in=user.unit_ids), managers.filter(unit_id__in=user.unit_ids)
        parts += [_rows("unit", units, "name", "path"), _rows("manager", managers, "name", "username")]
    rows = list(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else list(parts[0])
    of = {kind: [row[1:] for row in rows if row[0] == kind] for kind in ("view", "group", "unit", "manager")}
    units_by_path = sorted(of["unit"], key=lambda row: [int(part) for part in row[2].strip("/").split("/") if part])
    top = min((row[2].count("/") for row in units_by_path), default=0)
    return Choices(
        units=[
            UnitChoice(
                pk,
                name,
                path.count("/") - top,
                frozenset(other[0] for other in units_by_path if other[2].startswith(path)),
            )
            for pk, name, path in units_by_path
        ],
        managers=sorted(((pk, name or login) for pk, name, login in of["manager"]), key=lambda row: row[1])[:MOST],
        views=sorted(of["view"], key=lambda row: row[1]),
        group=(of["group"][0][0], of["group"][0][1]) if of["group"] else None,
    )


def _rows(kind: str, queryset: QuerySet[Any], name: str, extra: str) -> QuerySet[Any, Any]:
    named = queryset.order_by().annotate(
        row_kind=Value(kind, output_field=CharField()),
        row_name=Cast(name, CharField()),
        row_extra=Cast(extra, CharField()),
    )
    found: QuerySet[Any, Any] = named.values_list("row_kind", "id", "row_name", "row_extra")
    return found
