"""Who worked where and as what, on any day: read once, asked many times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kam.core.models import Absence, Post, User
from kam.core.rules import Role
from kam.visits.rules.quota import ALWAYS, Span


@dataclass
class Worker:
    """One member of staff with all posts. `posts`: unit id, roles, span; `off`: days of leave."""

    pk: int
    username: str
    name: str
    posts: list[tuple[int | None, frozenset[str], Span]] = field(default_factory=list)
    off: list[Span] = field(default_factory=list)

    def on(self, role: Role, unit_id: int | None = None) -> list[Span]:
        """Return the spans in which the person held `role`, anywhere or at one unit."""
        return [
            span for unit, roles, span in self.posts if role.value in roles and (unit_id is None or unit == unit_id)
        ]

    def post_on(self, day: date) -> tuple[int | None, frozenset[str]]:
        """Return unit and roles on `day`; None and nothing before the entry and after the leaving."""
        for unit, roles, (start, until) in self.posts:
            if start <= day and (until is None or day < until):
                return unit, roles
        return None, frozenset()


def workers(users: Iterable[User] | Any, *, with_leave: bool = False) -> dict[int, Worker]:
    """Return `users` with their posts by id. Three queries, four with leave."""
    found: dict[int, Worker] = {}
    rows = list(users)
    ids = [user.pk for user in rows]
    groups = User.groups.through.objects.filter(user_id__in=ids).values_list("user_id", "group__name")
    roles: dict[int, set[str]] = {}
    for user_id, name in groups:
        roles.setdefault(user_id, set()).add(name)
    for user in rows:
        found[user.pk] = Worker(user.pk, user.username, str(user))
    for post in Post.objects.filter(user_id__in=ids).order_by("held_from"):
        found[post.user_id].posts.append((post.unit_id, frozenset(post.roles), (post.held_from, post.held_until)))
    for user in rows:
        if not found[user.pk].posts and user.is_active:
            found[user.pk].posts.append((user.unit_id, frozenset(roles.get(user.pk, ())), ALWAYS))
    if with_leave:
        for user_id, start, until in Absence.objects.filter(user_id__in=ids).values_list(
            "user_id", "absent_from", "absent_until"
        ):
            found[user_id].off.append((start, until))
    return found
