"""What apps above hand down: a reason not to send after all, and a wish to hear how a message ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kam.notifications.models import Message

# A guard returns a short code where the message must not go out any more ("nothing.owed"), an instant where it must not
# go before then (at night), else None.
Guard = Callable[[Message, datetime], str | datetime | None]
# A listener is called in the transaction that ends the message (or opens it again).
Listener = Callable[[Message], None]

_guards: dict[str, Guard] = {}
_listeners: dict[str, Listener] = {}
# A filler puts into a text, while it is being sent, what must not be stored in it.
_fillers: list[Callable[[str], str]] = []


def register_filler(filler: Callable[[str], str]) -> None:
    """Have every text pass through `filler` on its way out; what it returns is sent and never stored."""
    _fillers.append(filler)


def filled(text: str) -> str:
    """Return the text as it goes out."""
    for filler in _fillers:
        text = filler(text)
    return text


# A writer owes some more messages of what was decided for many, a bounded number in one transaction; how many.
Writer = Callable[[datetime], int]
_writers: list[Writer] = []


def register_writer(writer: Writer) -> None:
    """Have the relay ask `writer` for more messages between its sends, until it returns 0."""
    _writers.append(writer)


def write_more(at: datetime) -> int:
    """Ask every writer once; returns how many messages they owed."""
    return sum(writer(at) for writer in _writers)


def register_guard(kind: str, guard: Guard) -> None:
    """Have messages of `kind` looked at by `guard` just before each send; registered in AppConfig.ready.

    CRE-7: a reminder that was right in the morning must not leave after the customer has paid at noon.
    """
    _guards[kind] = guard


def register_listener(kind: str, listener: Listener) -> None:
    """Have `listener` called when a message of `kind` changes its state; it may write rows, and must not send."""
    _listeners[kind] = listener


def reason_against(message: Message, at: datetime) -> str | datetime | None:
    """Return why the message must not be sent any more, as a code of at most 40 signs, or from when on it may."""
    guard = _guards.get(message.kind)
    reason = guard(message, at) if guard else None
    return reason[:40] if isinstance(reason, str) else reason


def tell(message: Message) -> None:
    """Tell the app that owes the message how it stands."""
    listener = _listeners.get(message.kind)
    if listener:
        listener(message)
