"""Reliability indices: SAIDI, SAIFI, CAIDI, ASAI (RS-1, RS-3) and major event days (OUT-8; DOMAIN 8)."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

SUSTAINED_MINUTES = 5.0
BETAS = 2.5


@dataclass(frozen=True, slots=True)
class Event:
    """Customers out from one instant to another. Restoration in steps is several events of one `event_id`."""

    event_id: str
    started_at: datetime
    ended_at: datetime
    customers: int
    cause: str = ""
    planned: bool = False

    @property
    def minutes(self) -> float:
        return (self.ended_at - self.started_at).total_seconds() / 60

    @property
    def customer_minutes(self) -> float:
        return self.minutes * self.customers


@dataclass(frozen=True)
class Indices:
    """The indices of one set of events. `caidi_min` None without any interruption."""

    interruptions: int
    customer_interruptions: int
    customer_minutes: float
    saidi_min: float
    saifi: float
    caidi_min: float | None
    asai: float


class NobodyServed(ValueError):
    """Indices are per customer served, and there is none."""


def sustained(events: Iterable[Event], over_minutes: float = SUSTAINED_MINUTES) -> list[Event]:
    """Return the events longer than `over_minutes`; shorter ones are momentary and count nowhere here."""
    return [event for event in events if event.minutes > over_minutes]


def indices(events: Collection[Event], *, served: int, period_minutes: float) -> Indices:
    """Return SAIDI (minutes), SAIFI, CAIDI and ASAI of `events` for `served` customers and a period so long.

    Steps of one event count as one interruption and with all their customers. Raises `NobodyServed`.
    Source: IEEE 1366; DL/T 836.1 names ASAI RS-1 (DOMAIN 8.1, 8.2). Worked: 6,080 customers and 385,500 minutes of
    25,000 served give 15.42 min, 0.2432, 63.40 min, 0.9999707.
    """
    if served <= 0 or period_minutes <= 0:
        raise NobodyServed
    customers = sum(event.customers for event in events)
    minutes = math.fsum(event.customer_minutes for event in events)
    return Indices(
        interruptions=len({(event.event_id, event.started_at) for event in events}),
        customer_interruptions=customers,
        customer_minutes=minutes,
        saidi_min=minutes / served,
        saifi=customers / served,
        caidi_min=minutes / customers if customers else None,
        asai=1 - minutes / served / period_minutes,
    )


def without_shortage(events: Iterable[Event], causes: Collection[str]) -> list[Event]:
    """Return the events that RS-3 counts: all but those for lack of generation, told by their cause."""
    shortage = {cause.casefold() for cause in causes}
    return [event for event in events if event.cause.casefold() not in shortage]


def daily_saidi(events: Iterable[Event], *, served: int, day_of: Callable[[datetime], date]) -> dict[date, float]:
    """Return the SAIDI (minutes) of each day that has one; an event belongs wholly to the day on which it began."""
    if served <= 0:
        raise NobodyServed
    sums: dict[date, float] = defaultdict(float)
    for event in events:
        sums[day_of(event.started_at)] += event.customer_minutes
    return {day: minutes / served for day, minutes in sorted(sums.items()) if minutes > 0}


def threshold(daily: Iterable[float]) -> float | None:
    """Return T_MED = exp(α + 2.5 β) of daily SAIDI (minutes); None with fewer than two days above zero.

    α and β are mean and standard deviation (n - 1) of the logarithms; days without interruption are dropped.
    Source: IEEE 1366, 2.5 beta (DOMAIN 8.2). Worked in DOMAIN 8.3: ten days give 3.0030.
    """
    logs = [math.log(value) for value in daily if value > 0]
    if len(logs) < 2:
        return None
    return math.exp(statistics.fmean(logs) + BETAS * statistics.stdev(logs))


def major_days(daily: Mapping[date, float], t_med: float | None) -> list[date]:
    """Return the days above the threshold, in order."""
    return sorted(day for day, value in daily.items() if t_med is not None and value > t_med)


def by_cause(events: Sequence[Event], *, served: int, period_minutes: float) -> list[tuple[str, Indices]]:
    """Return the indices of each cause, the one with most customer minutes first."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.cause].append(event)
    rows = [(cause, indices(of, served=served, period_minutes=period_minutes)) for cause, of in found.items()]
    return sorted(rows, key=lambda row: (-row[1].customer_minutes, row[0]))
