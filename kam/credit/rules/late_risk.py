"""The risk that a bill is paid late: trained on the company's own bills, judged on later ones (CRE-8).

A logistic model on what was known at issue: its weights can be read, and put into words. Where history is thin the
base line stands: the customer's own late rate, drawn towards the company's. Floats: these are statistics, not money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from kam.credit.rules.late_features import FEATURES, HISTORY_NEEDED, Known, PaidBill, known_at_issue

Floats = npt.NDArray[np.float64]
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0)
TRAIN_AT_LEAST = 200
BINS = 10


class TooLittle(Exception):
    """Too few bills with a known fate, or all of one kind: nothing can be learned or judged."""


@dataclass(frozen=True)
class Model:
    """What was learned. `late_*`: how many days late a bill is, if it is late."""

    mean: list[float]
    scale: list[float]
    weights: list[float]
    intercept: float
    late_weights: list[float]
    late_intercept: float
    strength: float
    trained: int
    features: list[str] = field(default_factory=lambda: list(FEATURES))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Judged:
    """How good the model was on bills it had not seen, beside plain base lines. `bins`: predicted against seen."""

    n_train: int
    n_test: int
    auc: float
    brier: float
    baselines: dict[str, dict[str, float]]
    bins: list[dict[str, float]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Risk:
    """One open bill's risk. `thin`: too little history, the base line stands. `drivers`: (feature, weight), by size."""

    bill_id: int
    probability: float
    days_if_late: float
    expected_days: float  # late, on average over both outcomes
    usual_days: float  # after the due date, where it is not late: 0 or before
    thin: bool
    drivers: tuple[tuple[str, float], ...]


def fate(bill: PaidBill, at: date) -> bool | None:
    """Return whether the bill was paid late, as known at the end of `at`; None where that is open yet."""
    if bill.settled is not None and bill.settled <= at:
        return bill.settled > bill.due
    return True if bill.due < at else None


def train(known: Sequence[Known], until: date) -> Model:
    """Learn from the bills that were due by `until`: all of them have a fate, not only the early payers'.

    The strength of the penalty is chosen on the last quarter of the time before. Raises `TooLittle`.
    """
    rows = _trainable(known, until)
    x, y = _matrix(rows), np.array([bool(fate(one.bill, until)) for one in rows], dtype=float)
    if len(rows) < TRAIN_AT_LEAST or not 0 < y.sum() < len(y):
        raise TooLittle
    cut = len(rows) * 3 // 4
    strength = STRENGTHS[2]
    if 0 < y[:cut].sum() < cut:
        strength = min(STRENGTHS, key=lambda c: _brier(y[cut:], _fit(x[:cut], y[:cut], c)(x[cut:])))
    from sklearn.linear_model import LogisticRegression, Ridge

    mean, scale = x.mean(axis=0), np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    fitted = LogisticRegression(C=strength, max_iter=5_000).fit((x - mean) / scale, y)
    late = y > 0
    days = np.array([_days_late(one.bill, until) for one in rows], dtype=float)[late]
    ridge = Ridge(alpha=50.0).fit(((x - mean) / scale)[late], days)
    return Model(
        mean=mean.tolist(),
        scale=scale.tolist(),
        weights=fitted.coef_[0].tolist(),
        intercept=float(fitted.intercept_[0]),
        late_weights=ridge.coef_.tolist(),
        late_intercept=float(ridge.intercept_),
        strength=strength,
        trained=len(rows),
    )


def score(model: Model | None, rows: Sequence[Known]) -> list[Risk]:
    """Return the risk of each bill; without a model all stand on the base line."""
    if not rows:
        return []
    x = _matrix(rows)
    if model is None:
        return [_base(one) for one in rows]
    z = (x - np.array(model.mean)) / np.array(model.scale)
    parts = z * np.array(model.weights)
    chance = 1 / (1 + np.exp(-(parts.sum(axis=1) + model.intercept)))
    days = np.clip(z @ np.array(model.late_weights) + model.late_intercept, 1, 365)
    found = []
    for place, one in enumerate(rows):
        if one.bills < HISTORY_NEEDED:
            found.append(_base(one))
            continue
        order = np.argsort(-np.abs(parts[place]))[:4]
        drivers = tuple((FEATURES[index], float(parts[place][index])) for index in order)
        p, if_late = float(chance[place]), float(days[place])
        found.append(Risk(one.bill.id, p, if_late, p * if_late, min(one.features[1], 0.0), False, drivers))
    return found


def judge(bills: Sequence[PaidBill], train_until: date, test_until: date) -> tuple[Model, Judged]:
    """Train on what was due by `train_until`, judge on what was issued after it and has a fate by `test_until`.

    `bills`: in order of issue. Raises `TooLittle`.
    """
    known = known_at_issue([bill for bill in bills if bill.issued <= test_until])
    model = train(known, train_until)
    rows = [
        one for one in known if train_until < one.bill.issued <= test_until and fate(one.bill, test_until) is not None
    ]
    y = np.array([bool(fate(one.bill, test_until)) for one in rows], dtype=float)
    if not rows or not 0 < y.sum() < len(y):
        raise TooLittle
    from sklearn.metrics import roc_auc_score

    p = np.array([risk.probability for risk in score(model, rows)])
    learned = _trainable(known, train_until)
    own = np.array([[one.own_rate] for one in learned])
    fates = np.array([bool(fate(one.bill, train_until)) for one in learned], dtype=float)
    own_test = np.array([one.own_rate for one in rows])
    plain = _fit(own, fates, 1.0)(own_test[:, None])
    baselines = {
        name: {"auc": round(float(roc_auc_score(y, guess)), 4), "brier": round(_brier(y, guess), 4)}
        for name, guess in (("own_late_rate", own_test), ("logistic_on_own_late_rate", plain))
    }
    judged = Judged(
        n_train=model.trained,
        n_test=len(rows),
        auc=round(float(roc_auc_score(y, p)), 4),
        brier=round(_brier(y, p), 4),
        baselines=baselines,
        bins=calibration(y, p),
    )
    return model, judged


def calibration(y: Floats, p: Floats, bins: int = BINS) -> list[dict[str, float]]:
    """Return bins of equal width that hold bills: how many, what was predicted on average, what was seen."""
    found = []
    place = np.minimum((p * bins).astype(int), bins - 1)
    for index in range(bins):
        inside = place == index
        if inside.any():
            found.append(
                {
                    "from": index / bins,
                    "bills": int(inside.sum()),
                    "predicted": round(float(p[inside].mean()), 4),
                    "seen": round(float(y[inside].mean()), 4),
                }
            )
    return found


def _trainable(known: Sequence[Known], until: date) -> list[Known]:
    return [one for one in known if one.bill.due < until]


def _matrix(rows: Sequence[Known]) -> Floats:
    return np.array([one.features for one in rows], dtype=float).reshape(len(rows), len(FEATURES))


def _fit(x: Floats, y: Floats, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    mean, scale = x.mean(axis=0), np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    fitted = LogisticRegression(C=strength, max_iter=5_000).fit((x - mean) / scale, y)
    return lambda rows: fitted.predict_proba((rows - mean) / scale)[:, 1]


def _brier(y: Floats, p: Floats) -> float:
    return float(np.mean((y - p) ** 2))


def _days_late(bill: PaidBill, at: date) -> int:
    end = bill.settled if bill.settled is not None and bill.settled <= at else at
    return max((end - bill.due).days, 0)


def _base(one: Known) -> Risk:
    chance = one.features[0]
    return Risk(one.bill.id, chance, 10.0, chance * 10.0, min(one.features[1], 0.0), True, (("own_rate", chance),))


def model_of(stored: dict[str, Any]) -> Model | None:
    """Read a stored model; None where it was trained on other features."""
    return Model(**stored) if stored and tuple(stored.get("features", ())) == FEATURES else None
