"""The made-up company's equipment: what stands in its customers' substations, some of it to be tested soon or late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from kam.accounts.models import Account
from kam.equipment.models import Equipment
from kam.equipment.rules import USUAL_MONTHS, Kind, next_due
from kam.reports.actions.demo.plan import SEED

# kind, name, model, maker, place
_PIECES: tuple[tuple[Kind, str, str, str, str], ...] = (
    (Kind.TRANSFORMER, "1号主变", "SCB13-1250/10", "华东变压器厂", "配电室"),
    (Kind.SWITCHGEAR, "10kV进线柜", "KYN28A-12", "江海开关厂", "高压室"),
    (Kind.BREAKER, "进线断路器", "VS1-12/1250-31.5", "江海开关厂", "高压室"),
    (Kind.PROTECTION, "进线保护装置", "PCS-9611", "南方自动化", "高压室"),
    (Kind.ARRESTER, "进线避雷器", "YH5WZ-17/45", "海岳电瓷", "进线杆"),
    (Kind.CABLE, "进线电缆", "YJV22-8.7/15 3×240", "远东线缆", "电缆沟"),
    (Kind.CAPACITOR, "补偿电容柜", "BSMJ0.45-30-3", "江海电容", "配电室"),
    (Kind.STANDBY, "柴油发电机", "500GF", "潍坊动力", "发电机房"),
)


def note_equipment(*, accounts: Sequence[Account], today: date) -> int:
    """Write what each account has, in bulk; returns how many."""
    rows = [row for account in accounts for row in _of(account, today)]
    Equipment.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _of(account: Account, today: date) -> Iterator[Equipment]:
    dice = np.random.default_rng([SEED, 91, account.pk])
    for place, (kind, name, model, maker, where) in enumerate(_PIECES):
        if kind == Kind.STANDBY and not account.continuous or dice.random() < 0.2:
            continue
        months = USUAL_MONTHS[kind.value]
        installed = today - timedelta(days=int(dice.integers(900, 4_500)))
        # Between freshly tested and two months late.
        tested = max(installed, today - timedelta(days=int(dice.integers(20, months * 30 + 60))))
        yield Equipment(
            account=account,
            kind=kind.value,
            name=name,
            model=model,
            serial=f"{installed:%y%m}{account.pk % 10_000:04d}{place}",
            maker=maker,
            place=where,
            installed_on=installed,
            tested_on=tested,
            due_on=next_due(installed_on=installed, tested_on=tested, months=months),
        )
