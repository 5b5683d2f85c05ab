"""Which customers there are: the `index`-th customer is the same however many are built."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kam.accounts.models import Account
from kam.reports.actions.demo import names
from kam.reports.actions.demo.industries import INDUSTRIES, INSTITUTIONS, Industry

SEED = 20260101
MOST_ACCOUNTS = 100_000
_STANDARD_KVA = (
    *(315, 400, 500, 630, 800, 1_000, 1_250, 1_600, 2_000, 2_500, 3_150, 4_000, 5_000, 6_300, 8_000, 10_000),
    *(12_500, 16_000, 20_000, 25_000, 31_500, 40_000, 50_000, 63_000, 80_000, 100_000, 126_000),
)
_INSTITUTION_EVERY = 6


@dataclass(frozen=True)
class Group:
    """Companies of the first round (by industry class) that carry the same trade name; the first is the parent."""

    name: str
    trade: str
    codes: tuple[str, ...]


GROUPS = (
    Group("海盛钢铁集团", "海盛", ("3120", "3391", "3130")),
    Group("锦纶纺织集团", "锦纶", ("1711", "1713", "1819")),
    Group("万悦商业集团", "万悦", ("5211", "5212", "6110")),
    Group("启辰汽车集团", "启辰", ("3612", "3670", "3841")),
    Group("渔港食品集团", "渔港", ("1361", "5930", "1331")),
)


@dataclass(frozen=True)
class Customer:
    """What is decided of one customer before any row is written. `station` counts the company's stations from 0."""

    index: int
    account_no: str
    name: str
    uscc: str
    industry: Industry
    kva: int
    voltage_kv: str
    station: int
    group: Group | None
    is_parent: bool
    importance: Account.Importance
    status: Account.Status

    @property
    def has_standby(self) -> bool:
        return self.importance not in {Account.Importance.NONE, Account.Importance.TEMPORARY}

    @property
    def meter_count(self) -> int:
        return 2 if self.kva >= 31_500 else 1

    def rng(self, purpose: int) -> np.random.Generator:
        """Return the customer's own dice; each purpose has its own, so that one does not move the other."""
        return np.random.default_rng([SEED, purpose, self.index])


def customer(index: int, stations: int) -> Customer:
    """Return the `index`-th customer of a company with so many stations."""
    dice = np.random.default_rng([SEED, 0, index])
    number, turn = divmod(index, _INSTITUTION_EVERY)
    group = None
    if turn == _INSTITUTION_EVERY - 1 and number < len(INSTITUTIONS):
        name, industry = INSTITUTIONS[number].name, INSTITUTIONS[number].industry
    else:
        company = index - min((index + 1) // _INSTITUTION_EVERY, len(INSTITUTIONS))
        round_number, place = divmod(company, len(INDUSTRIES))
        industry = INDUSTRIES[place]
        word = industry.words[round_number % len(industry.words)]
        group = next((one for one in GROUPS if round_number == 0 and industry.code in one.codes), None)
        trade_number = round_number // len(industry.words)
        trade = group.trade if group else names.trade_name(trade_number + place * 37)
        # A trade name comes round again after 1,360.
        name = names.company_name(trade, word if trade_number < 1_360 else word + "科技")
    sizes = [size for size in _STANDARD_KVA if industry.kva[0] <= size <= industry.kva[1]] or [industry.kva[0]]
    kva = int(sizes[int(dice.integers(len(sizes)))])
    roll = float(dice.random())
    importance = industry.importance
    if importance == Account.Importance.NONE and industry.kind == Account.Kind.INDUSTRIAL and roll < 0.03:
        importance = Account.Importance.TEMPORARY
    return Customer(
        index=index,
        account_no=f"4499{100_001 + index}",
        name=name,
        uscc=names.credit_code(industry.register, 1_000 + index),
        industry=industry,
        kva=kva,
        voltage_kv=_voltage(kva),
        station=(index * 5 + index // 9) % stations,
        group=group,
        is_parent=group is not None and industry.code == group.codes[0],
        importance=importance,
        status=_status(index),
    )


def _voltage(kva: int) -> str:
    for limit, kilovolts in ((400, "0.4"), (12_500, "10"), (25_000, "35"), (100_000, "110")):
        if kva <= limit:
            return kilovolts
    return "220"


def _status(index: int) -> Account.Status:
    """Most are key accounts; some are on the way in, a few have left."""
    if index % 40 == 27:
        return Account.Status.LEFT
    if index % 20 == 13:
        return Account.Status.PROPOSED
    return Account.Status.CANDIDATE if index % 30 == 19 else Account.Status.CONFIRMED


def tariff_code(customer: Customer) -> str:
    """Return the tariff of the customer's voltage (kam.billing.rules.tables)."""
    return {"0.4": "GD-GZ-LV", "10": "GD-10", "35": "GD-110", "110": "GD-110", "220": "GD-220"}[customer.voltage_kv]
