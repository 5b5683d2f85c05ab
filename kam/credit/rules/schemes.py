"""The schemes that come with the product: ours, which holds until the company releases its own, and Wuhan's of 2005.

No published national weight table exists (DOMAIN 7.1): the weights are ours, and are there to be changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class FirstScheme:
    """A scheme to load. `in_force`: it holds from `valid_from`; else it waits as a draft to begin from."""

    code: str
    name: str
    source: str
    valid_from: date
    in_force: bool
    body: dict[str, Any]


def _indicator(code: str, points: float, scale: list[list[float]], none: float = 1.0) -> dict[str, Any]:
    return {"code": code, "max_points": points, "scale": scale, "none": none}


OURS = FirstScheme(
    code="KAM",
    name="AAA–D",
    source="company default; the weights are to be set by the company",
    valid_from=date(2000, 1, 1),
    in_force=True,
    body={
        "grades": ["AAA", "AA", "A", "B", "C", "D"],
        "bands": {"AAA": 92, "AA": 84, "A": 72, "B": 58, "C": 40, "D": 0},
        "months": 24,
        "indicators": [
            _indicator("ON_TIME", 22, [[0.4, 0], [0.7, 0.35], [0.9, 0.75], [1, 1]], 0.7),
            _indicator("DAYS_LATE", 18, [[0, 1], [2, 0.85], [7, 0.5], [15, 0.2], [30, 0]], 0.7),
            _indicator("ARREARS", 12, [[0, 1], [0.25, 0.6], [1, 0.2], [2, 0]]),
            _indicator("ARREARS_AGE", 10, [[0, 1], [10, 0.6], [30, 0.2], [60, 0]]),
            _indicator("PLANS_KEPT", 6, [[0.5, 0], [1, 1]]),
            _indicator("DISHONOURED", 5, [[0, 1], [1, 0.2], [2, 0]]),
            _indicator("CONTRACT", 6, [[0, 1], [1, 0.4], [2, 0]]),
            _indicator("ILLEGAL_USE", 6, [[0, 1], [1, 0]]),
            _indicator("DEFECTS", 5, [[0, 1], [2, 0.4], [4, 0]]),
            _indicator("LENGTH", 4, [[0, 0.2], [2, 0.6], [5, 1]], 0.6),
            _indicator("SIZE", 3, [[100000, 0.2], [1000000, 0.6], [10000000, 1]], 0.6),
            _indicator("OUTSIDE", 3, [[0, 1], [1, 0.5], [3, 0]]),
        ],
        "vetoes": [
            {"code": "FACT", "kind": "THEFT", "at_best": "D", "months": 24},
            {"code": "FACT", "kind": "ILLEGAL_USE", "at_best": "C", "months": 12},
            {"code": "FACT", "kind": "ACCIDENT", "at_best": "C", "months": 12},
            {"code": "FACT", "kind": "HAZARD", "at_best": "C", "months": 24},
            {"code": "FACT", "kind": "DISHONOURED", "at_best": "B", "months": 12},
            {"code": "OVERDUE_DAYS", "at_best": "C", "over": 30},
            {"code": "OVERDUE_DAYS", "at_best": "D", "over": 90},
            {"code": "OLD_DEBT", "at_best": "C"},
            {"code": "OPEN_IN_PERIOD", "at_best": "A", "months": 12},
        ],
        "new": {"months": 6, "grade": "A"},
        "rise": {"grades": 1, "months": 6},
        "measures": {
            "AAA": ["NO_DEPOSIT", "GREEN_CHANNEL", "INSTALMENTS"],
            "AA": ["NO_DEPOSIT", "GREEN_CHANNEL", "INSTALMENTS"],
            "A": ["INSTALMENTS"],
            "B": ["STRICT_PENALTY", "FIXED_DATES"],
            "C": ["STRICT_PENALTY", "FIXED_DATES", "ACCEPTANCE_BILLS", "PREPAYMENT"],
            "D": ["STRICT_PENALTY", "FIXED_DATES", "PREPAYMENT"],
        },
    },
)

WUHAN = FirstScheme(
    code="WUHAN",
    name="武汉 A–C",
    source=("武经电〔2005〕60号: bands, vetoes, new customers and the rise as published; the weights are ours"),
    valid_from=date(2005, 1, 1),
    in_force=False,
    body={
        "grades": ["A", "B", "C"],
        "bands": {"A": 90, "B": 70, "C": 0},
        "months": 12,
        "indicators": [
            _indicator("ON_TIME", 40, [[0.4, 0], [0.8, 0.5], [1, 1]], 0.8),
            _indicator("DAYS_LATE", 20, [[0, 1], [5, 0.5], [30, 0]], 0.8),
            _indicator("ARREARS", 10, [[0, 1], [1, 0]]),
            _indicator("DEFECTS", 12, [[0, 1], [3, 0]]),
            _indicator("CONTRACT", 10, [[0, 1], [2, 0]]),
            _indicator("ILLEGAL_USE", 8, [[0, 1], [1, 0]]),
        ],
        "vetoes": [
            {"code": "FACT", "kind": "THEFT", "at_best": "C", "months": 24},
            {"code": "FACT", "kind": "ILLEGAL_USE", "at_best": "C", "months": 12},
            {"code": "FACT", "kind": "NO_NEW_CONTRACT", "at_best": "C", "months": 12},
            {"code": "FACT", "kind": "ACCIDENT", "at_best": "C", "months": 12},
            {"code": "FACT", "kind": "HAZARD", "at_best": "C", "months": 12},
            {"code": "OLD_DEBT", "at_best": "C"},
            {"code": "OVERDUE_DAYS", "at_best": "C", "over": 90},
            {"code": "OPEN_IN_PERIOD", "at_best": "B", "months": 12},
        ],
        "new": {"months": 12, "grade": "B"},
        "rise": {"grades": 1, "months": 12},
        "measures": {
            "A": ["NO_DEPOSIT", "GREEN_CHANNEL", "INSTALMENTS"],
            "B": ["INSTALMENTS", "FIXED_DATES"],
            "C": ["STRICT_PENALTY", "FIXED_DATES", "ACCEPTANCE_BILLS", "PREPAYMENT"],
        },
    },
)
FIRST_SCHEMES = (OURS, WUHAN)
