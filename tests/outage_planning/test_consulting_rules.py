"""Rules of consulting, and that no path leads from draft to announced past an answer or a deadline (DESIGN 6)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from kam.outage_planning.rules.consulting import (
    DONE,
    STATE_OF,
    STATES,
    TO_SETTLE,
    Said,
    Spoken,
    State,
    Through,
    Window,
    agreed_windows,
    answer_until,
    counted_tries,
    deciding,
    is_agreed,
    is_silent,
    reminders_due,
)
from kam.outage_planning.rules.guards import WAIVABLE, Facts, Guard, blocking, problems
from kam.outage_planning.rules.lifecycle import STEPS, Kind, Status
from kam.outage_planning.rules.notice import Periods, consultation_latest, is_late
from tests.cast import NOW

ZONE = ZoneInfo("Asia/Shanghai")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERIODS = Periods()
ACCOUNTS = 3


def spoken(pk: int, hours: float, said: Said = Said.AGREE, through: Through = Through.LINK) -> Spoken:
    return Spoken(pk, NOW + hours * HOUR, said, through)


def test_the_last_answer_before_the_cut_off_counts():
    cut_off = NOW + 10 * HOUR
    first, last, late = spoken(1, 1, Said.OBJECT), spoken(2, 10), spoken(3, 10.1, Said.OBJECT)
    assert deciding([late, last, first], cut_off) == last
    assert deciding([late], cut_off) is None
    called = spoken(4, 30, Said.OBJECT, Through.PHONE)
    assert deciding([last, called, late], cut_off) == called
    # In the same instant the one that was written last.
    assert deciding([spoken(6, 1), spoken(5, 1, Said.OBJECT)], cut_off) == spoken(6, 1)


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from(list(Said)), st.sampled_from(list(Through))), max_size=8))
def test_no_answer_by_link_after_the_cut_off_ever_counts(rows):
    cut_off = NOW + 10 * HOUR
    answers = [spoken(pk, hours, said, through) for pk, (hours, said, through) in enumerate(rows)]
    found = deciding(answers, cut_off)
    in_time = [one for one in answers if one.through != Through.LINK or one.at <= cut_off]
    assert (found is None) == (not in_time)
    assert found is None or all(one.at <= found.at for one in in_time)


def test_tries_count_after_the_period_and_apart():
    end = NOW
    hours = [-5, 0, 0.5, 0.99, 1, 1.5, 2]
    assert counted_tries([NOW + one * HOUR for one in hours], end, HOUR) == 3
    assert counted_tries([NOW - DAY], end, HOUR) == 0
    assert not is_silent([NOW, NOW + 0.5 * HOUR], end, NOW + DAY, least=2, apart=HOUR)
    assert is_silent([NOW, NOW + HOUR], end, NOW + DAY, least=2, apart=HOUR)
    assert not is_silent([NOW, NOW + HOUR], end, NOW - HOUR, least=2, apart=HOUR)


@given(st.integers(1, 90), st.integers(1, 30))
def test_the_answer_period_leaves_time_to_announce(days, period):
    until = answer_until(NOW, NOW + days * DAY, period)
    assert NOW < until <= NOW + period * DAY
    assert until <= NOW + days * DAY / 2


def test_reminders_fall_before_the_end_and_not_on_the_first_day():
    end = NOW + 7 * DAY
    assert reminders_due(NOW, end, NOW + 3.9 * DAY, [1, 3]) == []
    assert reminders_due(NOW, end, NOW + 4 * DAY, [1, 3]) == [3]
    assert reminders_due(NOW, end, NOW + 6.5 * DAY, [1, 3]) == [3, 1]
    assert reminders_due(NOW, end, end, [1, 3]) == []
    assert reminders_due(NOW, NOW + 3 * DAY, NOW + 2.5 * DAY, [1, 3]) == [1]


def test_what_was_agreed_holds_for_what_lies_inside():
    asked = Window(NOW, NOW + 8 * HOUR)
    own = Window(NOW + DAY, NOW + DAY + 9 * HOUR)
    other = Spoken(1, NOW, Said.OTHER, Through.LINK, (own,))
    assert agreed_windows(asked, spoken(1, 0)) == (asked,)
    assert agreed_windows(asked, other) == (own,)
    assert agreed_windows(asked, spoken(1, 0, Said.OBJECT)) == agreed_windows(asked, None) == ()
    assert is_agreed(Window(NOW + DAY + HOUR, NOW + DAY + 9 * HOUR), (own,))
    assert not is_agreed(Window(NOW + DAY + HOUR, NOW + DAY + 10 * HOUR), (own,))


def test_every_answer_leads_somewhere_and_nothing_leads_back_from_the_end():
    for before in State:
        for after in STATES[before]:
            assert after in set(State)
        if before != State.ENDED:
            assert State.ENDED in STATES[before]
            assert {STATE_OF[said] for said in Said} - {before} <= STATES[before]
    assert STATES[State.ENDED] == frozenset()
    assert all(State.SETTLED in STATES[state] for state in TO_SETTLE)


@dataclass
class World:
    """A planned outage as the rules see it, taken through random steps by the same tables and guards as the actions."""

    now: datetime = NOW
    start: datetime = NOW + 40 * DAY
    status: Status = Status.DRAFT
    asked_at: datetime | None = None
    states: list[State] = field(default_factory=lambda: [State.ENDED] * ACCOUNTS)
    tries: list[list[datetime]] = field(default_factory=lambda: [[] for _ in range(ACCOUNTS)])
    granted: set[str] = field(default_factory=set)

    def advance(self, to: Status) -> None:
        if to not in STEPS[Kind.PLANNED][self.status]:
            return
        facts = Facts(
            kind=Kind.PLANNED,
            starts_at=self.start,
            has_lines=True,
            impacts_current=True,
            unanswered=sum(state not in DONE for state in self.states) if to == Status.AGREED else 0,
            asked_at=self.asked_at,
        )
        if blocking(problems(facts, to, self.now, ZONE, PERIODS), self.granted):
            return
        self.status = to
        if to == Status.CONSULTING:
            self._ask()
        if to == Status.ANNOUNCED:
            self._check()

    def _ask(self) -> None:
        self.asked_at, self.states = self.now, [State.ASKED] * ACCOUNTS
        self.tries = [[] for _ in range(ACCOUNTS)]

    def _check(self) -> None:
        """What must hold when the notices go out, said without the guards."""
        assert self.asked_at is not None
        assert all(state in DONE for state in self.states) or Guard.NOT_ANSWERED in self.granted
        assert not is_late(self.now, self.start, ZONE, PERIODS) or Guard.NOTICE_LATE in self.granted
        in_time = self.asked_at <= consultation_latest(self.start, ZONE, PERIODS)
        assert in_time or Guard.CONSULTATION_LATE in self.granted
        assert self.start > self.now

    def answer(self, account: int, said: Said) -> None:
        to = STATE_OF[said]
        if self.status == Status.CONSULTING and to in STATES[self.states[account]]:
            self.states[account] = to

    def attempt(self, account: int) -> None:
        if self.status != Status.CONSULTING or self.asked_at is None or self.states[account] != State.ASKED:
            return
        self.tries[account].append(self.now)
        until = answer_until(self.asked_at, self.start, PERIODS.answer_days)
        if is_silent(self.tries[account], until, self.now, least=2, apart=HOUR):
            assert self.now >= until
            assert len(self.tries[account]) >= 2
            self.states[account] = State.SILENT

    def settle(self, account: int) -> None:
        if self.status == Status.CONSULTING and self.states[account] in TO_SETTLE:
            self.states[account] = State.SETTLED

    def move(self, days: int) -> None:
        """A move outside what was agreed: asked anew, exceptions end with the old time."""
        if self.status in (Status.CONSULTING, Status.AGREED, Status.ANNOUNCED):
            self.start, self.granted, self.status = self.now + days * DAY, set(), Status.CONSULTING
            self._ask()


account = st.integers(0, ACCOUNTS - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.sampled_from([Status.CONSULTING, Status.AGREED, Status.ANNOUNCED])),
        st.tuples(st.just("answer"), account, st.sampled_from(list(Said))),
        st.tuples(st.just("attempt"), account),
        st.tuples(st.just("settle"), account),
        st.tuples(st.just("move"), st.integers(1, 50)),
        st.tuples(st.just("wait"), st.integers(1, 24 * 12)),
        st.tuples(st.just("grant"), st.sampled_from(sorted(WAIVABLE))),
    ),
    max_size=40,
)


@settings(max_examples=1000, deadline=None)
@given(steps)
def test_no_path_to_announced_past_an_answer_or_a_deadline_without_its_exception(path):
    world = World()
    for name, *given_to in path:
        if name == "wait":
            world.now += given_to[0] * HOUR
        elif name == "grant":
            world.granted.add(given_to[0].value)
        else:
            getattr(world, name)(*given_to)


def test_the_straight_path_is_open():
    world = World()
    world.advance(Status.CONSULTING)
    world.answer(0, Said.AGREE)
    world.answer(1, Said.OTHER)
    world.settle(1)
    world.now += 8 * DAY
    world.attempt(2)
    world.now += HOUR
    world.attempt(2)
    world.advance(Status.AGREED)
    world.advance(Status.ANNOUNCED)
    assert world.status == Status.ANNOUNCED
