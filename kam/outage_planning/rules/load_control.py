"""Orderly use of power (有序用电): levels, who is asked to take how much less (OUT-5, DOMAIN 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Level(StrEnum):
    """How severe the shortage is; the first is the worst."""

    I = "I"  # noqa: E741 (the levels are named so: Ⅰ 特别严重, red)
    II = "II"  # 严重, orange
    III = "III"  # 较重, yellow
    IV = "IV"  # 一般, blue


# Gap as a share of the greatest demand, from which the level holds.
_FROM = ((Level.I, 0.20), (Level.II, 0.10), (Level.III, 0.05))


def level_of(gap: float, demand: float) -> Level | None:
    """Return the level of a gap between demand and supply; None without a gap. Source: DOMAIN 9.

    Worked: Liaoning on 2021-09-30, a gap of 10 to 20 %, level Ⅱ.
    """
    if gap <= 0 or demand <= 0:
        return None
    return next((level for level, share in _FROM if gap / demand >= share), Level.IV)


def shared(total_kw: int, weights: Mapping[int, float]) -> dict[int, int]:
    """Share a cut among accounts in proportion to their weights, in whole kW that add up exactly.

    Nobody gets more than its part rounded up; equal remainders go to the lower id. Accounts without weight get none.
    """
    whole = sum(Decimal(str(weight)) for weight in weights.values() if weight > 0)
    if whole <= 0 or total_kw <= 0:
        return dict.fromkeys(weights, 0)
    exact = {pk: total_kw * Decimal(str(max(weight, 0.0))) / whole for pk, weight in weights.items()}
    found = {pk: int(part) for pk, part in exact.items()}
    left = total_kw - sum(found.values())
    order = sorted((pk for pk in exact if exact[pk] > 0), key=lambda pk: (found[pk] - exact[pk], pk))
    for pk in order[:left]:
        found[pk] += 1
    return found


NUMBER_HEADS = ("户号", "account_no", "account")
CUT_HEADS = ("压减千瓦", "压减", "负荷", "kw", "cut_kw")


class NoColumns(Exception):
    """The table does not say which column has account numbers and which has kW."""


@dataclass(frozen=True)
class CutRow:
    """One account's required cut."""

    row: int
    account_no: str
    cut_kw: int


@dataclass(frozen=True)
class BadCut:
    """A row that was not understood, and why."""

    row: int
    code: str
    value: str


def understand(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> tuple[list[CutRow], list[BadCut]]:
    """Read account numbers and kW from a table. Raises `NoColumns`. `rows`: line number and cells."""
    heads = [text.strip().casefold() for text in header]
    number = next((heads.index(name) for name in NUMBER_HEADS if name in heads), None)
    cut = next((place for place, head in enumerate(heads) if head.startswith(CUT_HEADS)), None)
    if number is None or cut is None:
        raise NoColumns
    good: dict[str, CutRow] = {}
    bad: list[BadCut] = []
    for place, cells in rows:
        name, text = (str(cells[at]).strip() if at < len(cells) else "" for at in (number, cut))
        if not name and not text:
            continue
        kw = _kilowatts(text)
        if not name:
            bad.append(BadCut(place, "no_number", text))
        elif kw is None:
            bad.append(BadCut(place, "no_kw", text))
        elif name in good:
            bad.append(BadCut(place, "twice", name))
        else:
            good[name] = CutRow(place, name, kw)
    return list(good.values()), bad


def _kilowatts(text: str) -> int | None:
    try:
        found = Decimal(text.replace(",", "").replace("，", ""))
    except ArithmeticError:
        return None
    return int(found.to_integral_value()) if found.is_finite() and 1 <= found < 10_000_000 else None
