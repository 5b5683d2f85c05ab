"""What customers said to an outage: which answer counts, who said yes to what, side by side over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F

from kam.accounts.models import CustomerLink
from kam.accounts.queries.production import preferences_of
from kam.lib import clock
from kam.outage_planning.models import Answer, Consultation, ConsultationTry, Outage
from kam.outage_planning.queries.planning import rule_here
from kam.outage_planning.rules.axis import Axis, Line, axis
from kam.outage_planning.rules.consulting import (
    DONE,
    TO_SETTLE,
    Said,
    Spoken,
    State,
    Through,
    Window,
    agreed_windows,
    counted_tries,
    deciding,
)
from kam.outage_planning.rules.lifecycle import Status

MOST = 10  # times side by side; a table with more is not read


def try_rules(day: date) -> tuple[int, timedelta]:
    """Return how many tries make silence settled, and how far apart they must be."""
    least = int(rule_here("outage.silence.tries", day, 2))
    return least, timedelta(hours=float(rule_here("outage.silence.hours_apart", day, 1)))


def reminder_days(day: date) -> list[float]:
    """Return how many days before the end of the answer period customers are reminded."""
    return [float(one) for one in rule_here("outage.reminder_days", day, [3, 1])]


def windows_of(answer: Answer) -> tuple[Window, ...]:
    """Return the times that an answer proposes."""
    return tuple(
        Window(datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["until"])) for one in answer.windows
    )


def spoken(answer: Answer) -> Spoken:
    """Return a stored answer as rules take it."""
    return Spoken(answer.pk, answer.at, Said(answer.said), Through(answer.through), windows_of(answer))


@dataclass(frozen=True)
class Yes:
    """A time that an account said yes to, and in which consultation."""

    window: Window
    consultation_id: int


def agreed_before(outage: Outage, account_ids: Iterable[int]) -> dict[int, list[Yes]]:
    """Return what each account said yes to in the latest earlier plan of the outage that it was asked about.

    The proposed time, a time of its own, or one carried over from before. Two queries.
    """
    rows = Consultation.objects.filter(
        outage=outage, account_id__in=list(account_ids), version__lt=outage.version
    ).order_by("version")
    last: dict[int, Consultation] = {row.account_id: row for row in rows}
    answers: dict[int, list[Answer]] = defaultdict(list)
    for answer in Answer.objects.filter(consultation__in=[row.pk for row in last.values()]):
        answers[answer.consultation_id].append(answer)
    found: dict[int, list[Yes]] = {}
    for account_id, row in last.items():
        said = deciding((spoken(one) for one in answers[row.pk]), row.answer_by)
        windows = list(agreed_windows(row.window, said))
        if said is None and row.agreed_from is not None and row.agreed_until is not None:
            windows.append(Window(row.agreed_from, row.agreed_until))
        found[account_id] = [Yes(window, row.pk) for window in windows]
    return found


@dataclass
class Heard:
    """One account in the comparison: what counts, everything it said, what was tried."""

    consultation: Consultation
    deciding: Answer | None = None
    answers: list[Answer] = field(default_factory=list)
    windows: tuple[Window, ...] = ()
    tries: list[ConsultationTry] = field(default_factory=list)
    counted: int = 0
    cells: list[str] = field(default_factory=list)  # what it says to each candidate: yes, no or nothing

    @property
    def needs(self) -> str:
        """What is to be done: settle, try, or nothing."""
        if self.consultation.status in TO_SETTLE:
            return "settle"
        return "try" if self.consultation.status == State.ASKED else ""


@dataclass(frozen=True)
class Candidate:
    """A time on the table: the proposed one, or one that a customer named; `yes`: how many could live with it."""

    window: Window
    proposed: bool
    yes: int

    @property
    def starts_at(self) -> datetime:
        return self.window.starts_at

    @property
    def ends_at(self) -> datetime:
        return self.window.ends_at


@dataclass(frozen=True)
class Comparison:
    """The answers about the plan as it stands, side by side: accounts against times, in order of time."""

    heard: list[Heard]
    candidates: list[Candidate]
    to_settle: int
    waiting: int
    done: int

    @property
    def total(self) -> int:
        return len(self.heard)


def heard(row: Consultation) -> Heard:
    """Return everything that one account said, what of it counts, and every try. Three queries."""
    found = Heard(row)
    found.answers = list(Answer.objects.filter(consultation=row).select_related("by").order_by("at", "pk"))
    found.tries = list(ConsultationTry.objects.filter(consultation=row).select_related("by").order_by("at", "pk"))
    _weigh(found, try_rules(clock.day_of(row.asked_at))[1])
    return found


def of_link(link: CustomerLink) -> Consultation | None:
    """Return what a signed link asks about; None where it is none of the link's account."""
    number = link.ref.rpartition(":")[2]
    if not number.isdigit():
        return None
    rows = Consultation.objects.select_related("outage").filter(account=link.account_id)
    found: Consultation | None = rows.filter(pk=int(number)).first()
    return found


def open_rows(rows: Any, states: Sequence[str]) -> Any:
    """Return consultations of outages that are in consultation, in these states; the nearest cut-off first."""
    return (
        rows.filter(status__in=list(states), outage__status=Status.CONSULTING.value, version=F("outage__version"))
        .select_related("outage", "account")
        .annotate(tried=Count("tries"))
        .order_by("answer_by", "outage_id", "account__name", "pk")
    )


def comparison(outage: Outage, consultations: Any, now: datetime) -> Comparison:
    """Compare what customers said; `consultations`: a queryset of those the reader may see. Four queries."""
    rows: list[Consultation] = list(
        consultations.filter(outage=outage, version=outage.version)
        .exclude(status=State.ENDED.value)
        .select_related("account", "settled_by")
        .order_by("account__name", "pk")[:200]
    )
    by_pk = {row.pk: Heard(row) for row in rows}
    for answer in Answer.objects.filter(consultation__in=by_pk).select_related("by").order_by("at", "pk"):
        by_pk[answer.consultation_id].answers.append(answer)
    for one in ConsultationTry.objects.filter(consultation__in=by_pk).select_related("by").order_by("at", "pk"):
        by_pk[one.consultation_id].tries.append(one)
    _, apart = try_rules(clock.day_of(now))
    for heard in by_pk.values():
        _weigh(heard, apart)
    heard_rows = sorted(
        by_pk.values(), key=lambda one: (_ORDER[State(one.consultation.status)], one.consultation.account.name)
    )
    states = [row.status for row in rows]
    return Comparison(
        heard=heard_rows,
        candidates=_candidates(Window(outage.starts_at, outage.ends_at), heard_rows),
        to_settle=sum(state in TO_SETTLE for state in states),
        waiting=states.count(State.ASKED),
        done=sum(state in DONE for state in states),
    )


def on_axis(outage: Outage, compared: Comparison) -> Axis:
    """Return what customers say, laid out over the days concerned, with the hours that hurt them. Two queries."""
    wishes = preferences_of(one.consultation.account_id for one in compared.heard)
    lines = [
        Line(one.consultation.pk, one.windows, wishes.get(one.consultation.account_id, ())) for one in compared.heard
    ]
    return axis(Window(outage.starts_at, outage.ends_at), lines, clock.zone())


_ORDER: Mapping[State, int] = {
    State.OBJECTED: 0,
    State.COUNTERED: 1,
    State.ASKED: 2,
    State.SILENT: 3,
    State.SETTLED: 4,
    State.AGREED: 5,
    State.ENDED: 6,
}


def _place(heard: Heard) -> tuple[int, str]:
    return _ORDER[State(heard.consultation.status)], heard.consultation.account.name


def _weigh(heard: Heard, apart: timedelta) -> None:
    row = heard.consultation
    said = deciding((spoken(one) for one in heard.answers), row.answer_by)
    heard.deciding = next((one for one in heard.answers if said and one.pk == said.pk), None)
    heard.windows = agreed_windows(row.window, said)
    if said is None and row.agreed_from is not None and row.agreed_until is not None:
        heard.windows = (Window(row.agreed_from, row.agreed_until),)
    heard.counted = counted_tries([one.at for one in heard.tries], row.answer_by, apart)


def _candidates(asked: Window, rows: Sequence[Heard]) -> list[Candidate]:
    """Return the times on the table in their order, and write on each account's row what it says to each."""
    named = {window for heard in rows for window in heard.windows} - {asked}
    ordered = sorted([asked, *sorted(named, key=_when)[: MOST - 1]], key=_when)
    for heard in rows:
        heard.cells = [_said(window, heard) for window in ordered]
    return [
        Candidate(window, window == asked, sum(heard.cells[place] == "yes" for heard in rows))
        for place, window in enumerate(ordered)
    ]


def _when(window: Window) -> tuple[datetime, datetime]:
    return window.starts_at, window.ends_at


def _said(window: Window, heard: Heard) -> str:
    """Return yes (it lies in what the account agreed to), no, or nothing where nobody has asked it."""
    if any(one.holds(window) for one in heard.windows):
        return "yes"
    if heard.deciding is None:
        return ""
    # Who proposed other times says no to the proposed one; about times that others named nobody asked it.
    return "no" if window == heard.consultation.window or heard.deciding.said == Said.OBJECT else ""
