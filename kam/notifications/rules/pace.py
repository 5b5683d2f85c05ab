"""When to try again, when to give up, how fast to send. Plain arithmetic on instants; no clock is read here."""

from datetime import datetime, timedelta

BACKOFF_SECONDS = (5, 30, 60, 300, 1200, 3600)  # then hourly (RELIABILITY 3.1)
LEASE_SECONDS = 30  # longer than twice the timeout, or a slow send would be done by two relays
TIMEOUT_SECONDS = 10
CLAIM_AT_MOST = 20
POISON_ATTEMPTS = 5
WITHOUT_DEADLINE = timedelta(hours=72)
LEAST_TIME = timedelta(minutes=10)  # any channel gets at least this, however late it is opened


def backoff_seconds(tries: int) -> int:
    """Return the seconds to wait after `tries` tries in a row that failed (1 and more)."""
    return BACKOFF_SECONDS[min(max(tries, 1), len(BACKOFF_SECONDS)) - 1]


def give_up_at(opened_at: datetime, deadline: datetime | None, channels_left: int) -> datetime:
    """Return until when one channel is tried: its even share of the time to the deadline.

    `channels_left`: how many channels come after this one. The deadline and no count of tries ends the trying, and a
    gateway that is down must not use up the time of those after it.
    """
    span = WITHOUT_DEADLINE if deadline is None else deadline - opened_at
    return opened_at + max(span / (channels_left + 1), LEAST_TIME)


def receipt_due_at(sent_at: datetime, deadline: datetime | None, minutes: int, channels_left: int) -> datetime:
    """Return until when a receipt is waited for before the next channel is opened.

    At most `minutes`, the channel's rule in force; less where the deadline is near and other channels need its time.
    """
    due = sent_at + timedelta(minutes=minutes)
    if deadline is not None and channels_left and deadline > sent_at:
        due = min(due, sent_at + (deadline - sent_at) / (channels_left + 1))
    return max(due, sent_at + timedelta(minutes=1))


def refilled(tokens: float, seconds: float, per_second: float) -> float:
    """Return what a bucket holds `seconds` later; it never holds more than one second's sends, so nothing bursts."""
    return min(max(per_second, 1.0), tokens + max(seconds, 0.0) * per_second)
