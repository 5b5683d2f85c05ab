"""What stands about a thing elsewhere: apps above hand in what they know of an outage, a bill, a meter, a visit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from kam.core.models import User
from kam.core.rules import Right


@dataclass(frozen=True)
class About:
    """One thing that is about another: what it is called, where its page is, where it stands, since when."""

    title: str
    path: str
    status: str
    at: datetime


# Gets a user and a reference ("billing.Bill:5"); returns what the user may see.
Find = Callable[[User, str], Iterable[About]]


@dataclass(frozen=True)
class Source:
    label: str | Promise
    right: Right
    find: Find


@dataclass(frozen=True)
class Group:
    label: str | Promise
    rows: list[About]


SOURCES: dict[str, Source] = {}


def register(key: str, *, label: str | Promise, right: Right, find: Find) -> None:
    """Let an app show what it has about the things of the apps below; called when it starts (AppConfig.ready)."""
    SOURCES[key] = Source(label, right, find)


def about(user: User, ref: str) -> list[Group]:
    """Return what `user` may see about the thing that `ref` names, by kind; kinds with nothing are left out."""
    groups = (Group(one.label, list(one.find(user, ref))) for one in SOURCES.values() if user.may(one.right))
    return [group for group in groups if group.rows]
