"""Guesses at a password: ten an hour, the wait doubles after the third (RELIABILITY S5)."""

import pytest

from kam.core import rules
from kam.core.rules import Role


@pytest.mark.parametrize(
    "taken, now, wait",
    [
        ([], 1000, 0),
        ([998, 999], 1000, 0),
        ([997, 998, 1000], 1000, 1),
        ([997, 998, 1000], 1001, 0),
        ([990, 991, 992, 993, 1000], 1000, 4),
        (list(range(1000, 1010)), 2000, 2600),  # the oldest of ten leaves the hour at 4600
        (list(range(1000, 1010)), 4600, 0),  # by then nine are left, and the wait after the ninth is over
        (list(range(1000, 1010)), 4700, 0),
    ],
)
def test_wait_before_the_next_guess(taken, now, wait):
    assert rules.guess_wait(taken, now) == wait


def test_never_more_than_ten_in_any_hour():
    taken: list[float] = []
    now, allowed = 0.0, 0
    while now < 3600:
        if rules.guess_wait(taken, now) == 0:
            taken.append(now)
            allowed += 1
        now += 0.25
    assert allowed == 10


def test_who_makes_rights_does_not_check_their_use():
    assert rules.roles_clash(frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER}))
    assert not rules.roles_clash(frozenset({Role.AUDITOR, Role.MANAGER}))
