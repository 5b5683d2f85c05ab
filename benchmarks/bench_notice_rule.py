"""The notice rule against the words of the law, 100,000 cases: how many that are late were called in time (0)."""

import time
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kam.outage_planning.rules.notice import deadlines, is_late
from tests.outage_planning.test_notice import LAW, late_by_the_words, starts

CASES = 100_000
counts = {"cases": 0, "late": 0, "wrong": 0}


@given(starts(), st.integers(-200_000_000, 200_000_000))
@settings(
    max_examples=CASES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
def compare(start_and_zone, milliseconds):
    start, zone = start_and_zone
    sent = start - timedelta(days=7) + timedelta(milliseconds=milliseconds)
    late = late_by_the_words(sent, start, zone)
    counts["cases"] += 1
    counts["late"] += late
    counts["wrong"] += (late and not is_late(sent, start, zone, LAW)) or late_by_the_words(
        deadlines(start, zone, LAW).latest, start, zone
    )


if __name__ == "__main__":
    begun = time.monotonic()
    compare()
    print(f"{counts['cases']:,} cases, {counts['late']:,} of them late, {counts['wrong']} called in time")
    print(f"{time.monotonic() - begun:.0f} s")
    raise SystemExit(1 if counts["wrong"] or counts["cases"] < CASES else 0)
