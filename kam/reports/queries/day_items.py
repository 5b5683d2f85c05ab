"""What a day is made of: things to do, in groups of one kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One thing to do: who or what, why in a few words, where it is done. `tone`: late, soon, info."""

    text: str
    why: str
    url: str
    tone: str = "info"


@dataclass(frozen=True)
class Group:
    """Things of one kind; `more` is where all of them are."""

    title: str
    items: list[Item]
    more: str = ""
