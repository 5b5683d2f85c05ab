"""Measures that follow from a grade, other than those on the supply itself (CRE-2).

Each is proposed by one person and approved by another; only those that the scheme gives the grade are proposed.
"""

from enum import StrEnum


class MeasureKind(StrEnum):
    NO_DEPOSIT = "NO_DEPOSIT"  # 免交电费保证金
    GREEN_CHANNEL = "GREEN_CHANNEL"  # 绿色通道
    INSTALMENTS = "INSTALMENTS"  # 协议分期
    STRICT_PENALTY = "STRICT_PENALTY"  # 严格计收违约金
    FIXED_DATES = "FIXED_DATES"  # 电费按期划拨
    ACCEPTANCE_BILLS = "ACCEPTANCE_BILLS"  # 商业信用票据
    PREPAYMENT = "PREPAYMENT"  # 购电制
    LIMIT = "LIMIT"  # 限电
    DISCONNECT = "DISCONNECT"  # 停电


BENEFITS = frozenset({MeasureKind.NO_DEPOSIT, MeasureKind.GREEN_CHANNEL, MeasureKind.INSTALMENTS})
# They change what the contract says, so the contract must say it first.
BY_CONTRACT = frozenset({MeasureKind.FIXED_DATES, MeasureKind.ACCEPTANCE_BILLS, MeasureKind.PREPAYMENT})
ON_SUPPLY = frozenset({MeasureKind.LIMIT, MeasureKind.DISCONNECT})
ORDINARY = tuple(kind for kind in MeasureKind if kind not in ON_SUPPLY)


class MeasureStatus(StrEnum):
    PROPOSED = "PROPOSED"
    IN_FORCE = "IN_FORCE"
    ENDED = "ENDED"
    REFUSED = "REFUSED"


STEPS: dict[str, frozenset[str]] = {
    MeasureStatus.PROPOSED: frozenset({MeasureStatus.IN_FORCE, MeasureStatus.REFUSED}),
    MeasureStatus.IN_FORCE: frozenset({MeasureStatus.ENDED}),
    MeasureStatus.ENDED: frozenset(),
    MeasureStatus.REFUSED: frozenset(),
}
