"""Kinds of business application (业扩) with their steps and documents; the first templates.

Sources: 供电营业规则 2024 and 发改办价格〔2016〕1583号 as in DOMAIN 1.7, 2.4; the order of steps is company practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    NEW_SUPPLY = "NEW_SUPPLY"  # 新装
    MORE_CAPACITY = "MORE_CAPACITY"  # 增容
    LESS_CAPACITY = "LESS_CAPACITY"  # 减容
    SUSPENSION = "SUSPENSION"  # 暂停
    NAME_CHANGE = "NAME_CHANGE"  # 更名
    TARIFF_CHANGE = "TARIFF_CHANGE"  # 改类


class Side(StrEnum):
    """Who does a step; the company's promise counts its own steps alone."""

    SUPPLIER = "SUPPLIER"
    CUSTOMER = "CUSTOMER"


BUILDING = (Kind.NEW_SUPPLY, Kind.MORE_CAPACITY)
_S, _C = Side.SUPPLIER, Side.CUSTOMER
_BUILD_STEPS: tuple[tuple[str, Side], ...] = (
    ("accept", _S),  # 业务受理
    ("survey", _S),  # 现场勘查
    ("scheme", _S),  # 供电方案答复
    ("choose_scheme", _C),
    ("design", _C),  # 客户工程设计
    ("review_design", _S),  # 设计文件审查
    ("build", _C),  # 客户工程施工
    ("inspect_build", _S),  # 竣工检验
    ("contract", _S),  # 签订供用电合同
    ("connect", _S),  # 装表接电
)
_CHANGE_STEPS: tuple[tuple[str, Side], ...] = (("accept", _S), ("survey", _S), ("seal", _S), ("settle", _S))
_PAPER_STEPS: tuple[tuple[str, Side], ...] = (("accept", _S), ("check", _S), ("contract", _S), ("settle", _S))
STEPS: dict[Kind, tuple[tuple[str, Side], ...]] = {
    Kind.NEW_SUPPLY: _BUILD_STEPS,
    Kind.MORE_CAPACITY: _BUILD_STEPS,
    Kind.LESS_CAPACITY: _CHANGE_STEPS,
    Kind.SUSPENSION: _CHANGE_STEPS,
    Kind.NAME_CHANGE: _PAPER_STEPS,
    Kind.TARIFF_CHANGE: (("accept", _S), ("survey", _S), ("settle", _S)),
}
# code, whether the application is not accepted without it
DOCUMENTS: dict[Kind, tuple[tuple[str, bool], ...]] = {
    Kind.NEW_SUPPLY: (
        ("application_form", True),
        ("identity", True),
        ("premises", True),
        ("project_approval", True),
        ("load_list", True),
        ("agent", False),
    ),
    Kind.MORE_CAPACITY: (
        ("application_form", True),
        ("identity", True),
        ("load_list", True),
        ("project_approval", False),
        ("agent", False),
    ),
    Kind.LESS_CAPACITY: (("application_form", True), ("identity", True), ("agent", False)),
    Kind.SUSPENSION: (("application_form", True), ("identity", True), ("agent", False)),
    Kind.NAME_CHANGE: (
        ("application_form", True),
        ("identity", True),
        ("change_registration", True),
        ("premises", False),
        ("agent", False),
    ),
    Kind.TARIFF_CHANGE: (("application_form", True), ("identity", True), ("use_proof", True), ("agent", False)),
}
SOURCE = "供电营业规则 2024; order of steps: company practice"


class Problem(StrEnum):
    """What keeps a list of steps from being a template."""

    NONE = "none"
    TWICE = "twice"
    FIRST = "first"
    ORDER = "order"
    CUSTOMER = "customer"


_BEFORE = (("survey", "scheme"), ("scheme", "choose_scheme"), ("design", "review_design"), ("build", "inspect_build"))


def problems(codes: Sequence[str], sides: Sequence[str]) -> list[Problem]:
    """Return what is wrong with the steps of a kind of application, in their order; nothing where they can hold."""
    if not codes:
        return [Problem.NONE]
    place = {code: number for number, code in enumerate(codes)}
    found = []
    if len(place) != len(codes):
        found.append(Problem.TWICE)
    if codes[0] != "accept" or sides[0] != Side.SUPPLIER:
        found.append(Problem.FIRST)
    if any(first in place and then in place and place[first] > place[then] for first, then in _BEFORE):
        found.append(Problem.ORDER)
    if "choose_scheme" in place and (sides[place["choose_scheme"]] != Side.CUSTOMER or "scheme" not in place):
        found.append(Problem.CUSTOMER)
    return found


@dataclass(frozen=True)
class StepState:
    """One step as it stands."""

    code: str
    side: Side
    done: bool


def current(steps: Sequence[StepState]) -> StepState | None:
    """Return the first step that is not done; None where all are."""
    return next((step for step in steps if not step.done), None)


def waits_for_customer(steps: Sequence[StepState]) -> bool:
    """Tell whether the company's clock stands: the step at hand is the customer's."""
    step = current(steps)
    return step is not None and step.side == Side.CUSTOMER


def supplier_done(steps: Sequence[StepState]) -> bool:
    """Tell whether nothing is left to do."""
    return current(steps) is None
