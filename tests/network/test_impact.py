"""What an outage of lines does to accounts (OUT-4): worked cases, and what must hold for every network."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kam.network.rules.impact import (
    AccountFacts,
    Changeover,
    Effect,
    LinesOut,
    Mark,
    Network,
    Point,
    dead_lines,
    impact,
    joint_impacts,
)

# 1 ─ 2 ─ 3 and 4 ─ 5: two trunks, branches below them.
PARENTS = {1: None, 2: 1, 3: 2, 4: None, 5: 4}
AT = datetime(2026, 12, 1, tzinfo=UTC)


def network(*points: Point, **accounts: AccountFacts) -> Network:
    return Network(PARENTS, points, {int(key[1:]): facts for key, facts in accounts.items()})


def hours(number: float) -> datetime:
    return AT + timedelta(hours=number)


def test_branches_die_with_their_trunk_and_a_ring_in_the_data_ends():
    assert dead_lines([1], network()) == {1, 2, 3}
    assert dead_lines([5, 99], network()) == {5}
    assert dead_lines([1], Network({1: 2, 2: 1}, ())) == {1, 2}


def test_one_source_alone_is_lost():
    found = impact([1], network(Point(7, 3, kva=630)))
    assert found[7].effect == Effect.SUPPLY_LOST
    assert (found[7].lost_kva, found[7].out_minutes) == (630, None)


def test_what_a_second_source_changes():
    main = Point(7, 3)
    for changeover, effect, minutes in (
        (Changeover.AUTOMATIC, Effect.SHORT_CHANGEOVER, 0.1),
        (Changeover.MANUAL, Effect.SHORT_CHANGEOVER, 30),
        (Changeover.NONE, Effect.SUPPLY_LOST, None),
    ):
        one = network(main, Point(7, 5, is_main=False, changeover=changeover))
        assert impact([1], one)[7].effect == effect
        assert impact([1], one)[7].out_minutes == minutes
        assert impact([4], one)[7].effect == Effect.ONE_SOURCE_LEFT
        assert impact([1, 4], one)[7].effect == Effect.SUPPLY_LOST


def test_three_sources_keep_a_reserve():
    three = network(Point(7, 1), Point(7, 4, is_main=False), Point(7, 5, is_main=False))
    assert impact([5], three) == {}
    assert impact([4], three)[7].effect == Effect.ONE_SOURCE_LEFT


def test_a_point_of_unknown_line_is_never_dead_and_never_a_way_out():
    standby = Point(7, None, is_main=False, changeover=Changeover.AUTOMATIC)
    assert impact([1], network(Point(7, 1), standby))[7].effect == Effect.SUPPLY_LOST
    assert impact([1], network(Point(7, None), Point(7, 1, is_main=False)))[7].effect == Effect.ONE_SOURCE_LEFT


def test_who_asks_for_more_care_is_marked():
    facts = AccountFacts(kind="GOVERNMENT", importance="FIRST", continuous=True)
    found = impact([1], network(Point(7, 1), Point(8, 1), a7=facts, a8=AccountFacts("MEDIA")))
    assert found[7].marks == {Mark.GOVERNMENT, Mark.IMPORTANT, Mark.CONTINUOUS}
    assert found[8].marks == {Mark.MEDIA}


def test_two_outages_that_together_take_both_sources_are_found():
    both = network(Point(7, 3), Point(7, 5, is_main=False, changeover=Changeover.AUTOMATIC), Point(8, 3))
    outages = [
        LinesOut(1, hours(0), hours(8), frozenset({1})),
        LinesOut(2, hours(6), hours(10), frozenset({4})),
        LinesOut(3, hours(20), hours(22), frozenset({4})),
    ]
    (found,) = joint_impacts(outages, both)
    assert found.outage_ids == {1, 2}
    assert (found.starts_at, found.ends_at) == (hours(6), hours(8))
    assert (found.impact.account_id, found.impact.effect) == (7, Effect.SUPPLY_LOST)


def test_outages_that_only_touch_do_nothing_together():
    both = network(Point(7, 1), Point(7, 4, is_main=False, changeover=Changeover.MANUAL))
    outages = [LinesOut(1, hours(0), hours(8), frozenset({1})), LinesOut(2, hours(8), hours(9), frozenset({4}))]
    assert joint_impacts(outages, both) == []


LINES = range(1, 9)
points = st.builds(
    Point,
    account_id=st.integers(1, 4),
    line_id=st.one_of(st.none(), st.sampled_from(LINES)),
    is_main=st.booleans(),
    changeover=st.sampled_from(Changeover),
)
networks = st.builds(
    Network,
    parents=st.fixed_dictionaries({line: st.one_of(st.none(), st.sampled_from(LINES)) for line in LINES}),
    points=st.lists(points, max_size=10).map(tuple),
)
some_lines = st.frozensets(st.sampled_from(LINES), max_size=4)


@given(networks, some_lines, some_lines)
@settings(max_examples=300, deadline=None)
def test_more_lines_never_hurt_less(one: Network, lines: frozenset[int], more: frozenset[int]):
    fewer, all_of_them = impact(lines, one), impact(lines | more, one)
    assert fewer.keys() <= all_of_them.keys()
    assert all(all_of_them[account].effect >= found.effect for account, found in fewer.items())


@given(networks, some_lines, some_lines)
@settings(max_examples=300, deadline=None)
def test_together_is_the_union_of_the_lines(one: Network, first: frozenset[int], second: frozenset[int]):
    outages = [LinesOut(1, hours(0), hours(2), first), LinesOut(2, hours(1), hours(3), second)]
    found = {joint.impact.account_id: joint.impact for joint in joint_impacts(outages, one)}
    alone = [impact(first, one), impact(second, one)]
    worse = {
        account: together
        for account, together in impact(first | second, one).items()
        if together.effect > max((part[account].effect for part in alone if account in part), default=0)
    }
    assert found == worse
