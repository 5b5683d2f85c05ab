"""Schemes, grades and what corrects them, measures, and the figures prepared for executives."""

from kam.credit.models.figures import ExpectedCash, ManagerFigure, Position, TierDay, TierFigure, TierMove
from kam.credit.models.grades import (
    CONTEST_OUTCOMES,
    FACT_LABELS,
    GRADE_STATUS_LABELS,
    OUTSIDE_SIGNS,
    ConductFact,
    CreditGrade,
    GradeContest,
    GradeOverride,
    GradingRun,
    Standing,
)
from kam.credit.models.measures import (
    MEASURE_LABELS,
    MEASURE_STATUS_LABELS,
    STEP_LABELS,
    Measure,
    SupplyCase,
    SupplyLetter,
)
from kam.credit.models.risk import BillRisk, EarlyWarning, LateRiskModel
from kam.credit.models.schemes import SCHEME_STATUS_LABELS, CreditMove, CreditRuleSet

__all__ = [
    "CONTEST_OUTCOMES",
    "FACT_LABELS",
    "GRADE_STATUS_LABELS",
    "MEASURE_LABELS",
    "MEASURE_STATUS_LABELS",
    "OUTSIDE_SIGNS",
    "SCHEME_STATUS_LABELS",
    "STEP_LABELS",
    "BillRisk",
    "ConductFact",
    "CreditGrade",
    "CreditMove",
    "CreditRuleSet",
    "EarlyWarning",
    "ExpectedCash",
    "GradeContest",
    "GradeOverride",
    "GradingRun",
    "LateRiskModel",
    "ManagerFigure",
    "Measure",
    "Position",
    "Standing",
    "SupplyCase",
    "SupplyLetter",
    "TierDay",
    "TierFigure",
    "TierMove",
]
