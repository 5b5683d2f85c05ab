"""When an owner is warned of a deadline."""

from datetime import datetime


def warn_at(started_at: datetime, due_at: datetime, share: float) -> datetime:
    """Return when only `share` of the time between start and deadline is left."""
    return due_at - (due_at - started_at) * share
