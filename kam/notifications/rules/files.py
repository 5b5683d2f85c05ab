"""Files that go with a message where its channel can carry them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kam.notifications.rules.states import Channel

CARRIES_FILES = frozenset({Channel.MAIL})  # the others have the text and its link
MOST_FILES = 3
MOST_BYTES = 262_144  # together: a mail server refuses what is large, and a message is kept for years


class TooMuch(Exception):
    """More files, or larger ones, than a message carries."""


@dataclass(frozen=True)
class File:
    """One file as the reader gets it. `media_type` with its parameters: "text/calendar; method=REQUEST"."""

    name: str
    media_type: str
    content: bytes

    def __repr__(self) -> str:
        return f"File({self.name})"


def check(files: Sequence[File]) -> None:
    """Raise `TooMuch` where a message cannot carry `files`."""
    if len(files) > MOST_FILES or sum(len(one.content) for one in files) > MOST_BYTES:
        raise TooMuch
