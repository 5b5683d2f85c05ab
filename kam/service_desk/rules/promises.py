"""What the company promises for each kind of request: figures as dated rows, national, of a province, of the company.

Sources: DOMAIN 2.2 to 2.4, SRV-2. Where several rows hold for one step, the one that is due first binds (DOMAIN 1.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kam.service_desk.rules.lifecycle import Kind
from kam.service_desk.rules.working_time import Clock, Hours, Pause, due


class Step(StrEnum):
    """What has to have happened by a deadline."""

    ACCEPT = "ACCEPT"  # an owner has it in hand
    CONTACT = "CONTACT"  # the customer was spoken to
    ARRIVE = "ARRIVE"  # a crew is there
    RESTORE = "RESTORE"  # supply is back
    CONNECT = "CONNECT"  # all of the supplier's steps of an application are done
    ANSWER = "ANSWER"
    CALL_BACK = "CALL_BACK"


class Place(StrEnum):
    """Where a fault is, as the promises tell places apart."""

    TOWN = "TOWN"  # 城区
    COUNTRY = "COUNTRY"  # 农村
    REMOTE = "REMOTE"  # 特殊边远地区


class Supply(StrEnum):
    """What an application is about, as the promises tell them apart."""

    LV = "LV"  # 低压非居民
    HV_SINGLE = "HV_SINGLE"  # 高压单电源
    HV_DUAL = "HV_DUAL"  # 高压双电源
    CHANGE = "CHANGE"  # 减容、暂停、更名、改类


class Base(StrEnum):
    """From which event time counts."""

    RECEIVED = "RECEIVED"
    ARRIVED = "ARRIVED"
    ANSWERED = "ANSWERED"


@dataclass(frozen=True)
class Figure:
    """One promise in `[valid_from, valid_until)`. Empty kind, place, supply or province: for all of them.

    `figure`: minutes, or workdays where `clock` says so. `pausable`: the clock stands while the customer is waited for.
    `public`: told to customers (社会承诺), not only kept inside the company.
    """

    code: str
    kind: str
    step: Step
    clock: Clock
    figure: int
    source: str
    place: str = ""
    supply: str = ""
    province: str = ""
    base: Base = Base.RECEIVED
    pausable: bool = False
    public: bool = True


_SRV2 = "company pledge; State Grid pledges averages of 45 min, 90 min, 2 h (十项承诺 3)"
_APPLY = "十项承诺 6: all supplier steps together"
_COMPANY = "company rule"
_F, _C, _A = Kind.FAULT.value, Kind.COMPLAINT.value, Kind.APPLICATION.value
FIRST_PROMISES: tuple[Figure, ...] = (
    Figure("fault.arrive.town", _F, Step.ARRIVE, Clock.ELAPSED, 30, _SRV2, place=Place.TOWN),
    Figure("fault.restore.town", _F, Step.RESTORE, Clock.ELAPSED, 240, _SRV2, place=Place.TOWN, pausable=True),
    Figure("fault.arrive.country", _F, Step.ARRIVE, Clock.ELAPSED, 60, _SRV2, place=Place.COUNTRY),
    Figure(
        "fault.restore.country",
        _F,
        Step.RESTORE,
        Clock.ELAPSED,
        240,
        "十项承诺 3: rural 4 h after arrival",
        place=Place.COUNTRY,
        base=Base.ARRIVED,
        pausable=True,
    ),
    Figure("fault.arrive.remote", _F, Step.ARRIVE, Clock.ELAPSED, 90, _SRV2, place=Place.REMOTE),
    Figure("fault.restore.remote", _F, Step.RESTORE, Clock.ELAPSED, 360, _SRV2, place=Place.REMOTE, pausable=True),
    Figure(
        "fault.arrive.town",
        _F,
        Step.ARRIVE,
        Clock.ELAPSED,
        60,
        "上海市供用电条例 2018: 60 min inside the outer ring",
        place=Place.TOWN,
        province="SH",
    ),
    Figure(
        "fault.arrive.country",
        _F,
        Step.ARRIVE,
        Clock.ELAPSED,
        90,
        "上海市供用电条例 2018: 90 min outside the outer ring",
        place=Place.COUNTRY,
        province="SH",
    ),
    Figure("complaint.contact", _C, Step.CONTACT, Clock.ELAPSED, 1440, "十项承诺 9, to be confirmed"),
    Figure(
        "complaint.answer",
        _C,
        Step.ANSWER,
        Clock.WORKDAYS,
        5,
        "十项承诺 9, to be confirmed",
        pausable=True,
    ),
    Figure(
        "complaint.answer",
        _C,
        Step.ANSWER,
        Clock.WORKDAYS,
        3,
        "河南省供用电条例 2012: complaint decided in 3 working days",
        province="HA",
        pausable=True,
    ),
    Figure(
        "question.answer",
        Kind.QUESTION,
        Step.ANSWER,
        Clock.WORKDAYS,
        5,
        "河南省供用电条例 2012, 十项承诺 7: 5 working days; kept everywhere by company rule",
        pausable=True,
    ),
    Figure("suggestion.answer", Kind.SUGGESTION, Step.ANSWER, Clock.WORKDAYS, 10, _COMPANY, pausable=True),
    Figure("praise.answer", Kind.PRAISE, Step.ANSWER, Clock.WORKDAYS, 10, _COMPANY, public=False),
    Figure("application.contact", _A, Step.CONTACT, Clock.WORKDAYS, 1, _COMPANY, public=False),
    Figure("application.connect.lv", _A, Step.CONNECT, Clock.WORKDAYS, 6, _APPLY, supply=Supply.LV, pausable=True),
    Figure(
        "application.connect.hv_single",
        _A,
        Step.CONNECT,
        Clock.WORKDAYS,
        22,
        _APPLY,
        supply=Supply.HV_SINGLE,
        pausable=True,
    ),
    Figure(
        "application.connect.hv_dual",
        _A,
        Step.CONNECT,
        Clock.WORKDAYS,
        32,
        _APPLY,
        supply=Supply.HV_DUAL,
        pausable=True,
    ),
    Figure(
        "application.connect.change",
        _A,
        Step.CONNECT,
        Clock.WORKDAYS,
        5,
        "发改办价格〔2016〕1583号: 减容, 暂停 and their end, 5 working days",
        supply=Supply.CHANGE,
        pausable=True,
    ),
    Figure("fault.accept", _F, Step.ACCEPT, Clock.ELAPSED, 5, _COMPANY, public=False),
    Figure("request.accept", "", Step.ACCEPT, Clock.WORKING, 120, _COMPANY, public=False),
    Figure("request.call_back", "", Step.CALL_BACK, Clock.WORKDAYS, 2, _COMPANY, base=Base.ANSWERED, public=False),
)
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Bound:
    """One promise row that holds for a request: `figure` with the row's id."""

    promise_id: int
    figure: Figure


def holding(rows: Iterable[Bound], *, kind: str, place: str, supply: str, province: str) -> dict[Step, list[Bound]]:
    """Return the rows that hold for a request, by step; a row of the kind itself goes before one for all kinds."""
    found: dict[Step, list[Bound]] = {}
    for row in rows:
        one = row.figure
        fits = (
            one.kind in ("", kind)
            and one.place in ("", place)
            and one.supply in ("", supply)
            and one.province in ("", province)
        )
        if fits:
            found.setdefault(one.step, []).append(row)
    for step, held in found.items():
        if any(row.figure.kind for row in held):
            found[step] = [row for row in held if row.figure.kind]
    return found


def strictest(rows: Sequence[Bound], begin: datetime, pauses: Sequence[Pause], hours: Hours) -> tuple[Bound, datetime]:
    """Return the row that is due first from `begin`, and when; of equals the province's own.

    A pledge of the company is not loosened by a law that asks for less, nor the other way round.
    """
    found = []
    for row in rows:
        at = due(row.figure.clock, begin, row.figure.figure, pauses, hours)
        assert at is not None, "a deadline begins while no pause holds it"
        found.append((at, not row.figure.province, row.promise_id, row))
    at, _, _, row = min(found, key=lambda one: one[:3])
    return row, at


@dataclass(frozen=True)
class Given:
    """One promise given to one customer: when it is due, when it was kept, whether its clock stands still."""

    code: str
    due_at: datetime
    met_at: datetime | None
    paused: bool = False


class Verdict(StrEnum):
    KEPT = "kept"
    LATE = "late"
    OPEN = "open"


def verdict(given: Given, now: datetime) -> Verdict:
    """Judge one promise at `now`: what is due and not met is late already."""
    if given.met_at is not None:
        return Verdict.KEPT if given.met_at <= given.due_at else Verdict.LATE
    if given.paused or now <= given.due_at:
        return Verdict.OPEN
    return Verdict.LATE


@dataclass(frozen=True)
class Score:
    """How well one promise is kept. `share_kept` is of those decided; None where none is."""

    code: str
    owed: int
    kept: int
    late: int
    open: int

    @property
    def share_kept(self) -> float | None:
        decided = self.kept + self.late
        return self.kept / decided if decided else None


def scores(rows: Iterable[Given], codes: Iterable[str], now: datetime) -> list[Score]:
    """Count by promise, those of `codes` that nobody was given included, in the order of codes."""
    counts: dict[str, Mapping[Verdict, int]] = {code: {} for code in codes}
    for given in rows:
        by = dict(counts.get(given.code, {}))
        seen = verdict(given, now)
        by[seen] = by.get(seen, 0) + 1
        counts[given.code] = by
    return [
        Score(
            code,
            sum(by.values()),
            by.get(Verdict.KEPT, 0),
            by.get(Verdict.LATE, 0),
            by.get(Verdict.OPEN, 0),
        )
        for code, by in sorted(counts.items())
    ]
