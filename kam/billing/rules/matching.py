"""Lines of a file from a bank: whose payment each is, by reference, amount and name; certain or for a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kam.billing.rules.bill_rows import amount_of
from kam.metering.rules.stamps import day_order, parse_date

_EPOCH = date(1970, 1, 1)
NEEDED = ("day", "amount")
ALIASES: Mapping[str, tuple[str, ...]] = {
    "day": ("day", "date", "received", "交易日期", "入账日期", "到账日期", "记账日期", "日期"),
    "amount": ("amount", "credit", "贷方发生额", "收入金额", "贷方金额", "交易金额", "金额", "收入"),
    "payer": ("payer", "name", "对方户名", "付款人名称", "付款户名", "付款人", "对方名称"),
    "reference": ("reference", "transaction", "流水号", "交易流水号", "凭证号", "参考号"),
    "text": ("text", "memo", "摘要", "附言", "用途", "备注"),
}
_COMPANY = re.compile(r"(有限责任公司|股份有限公司|有限公司|集团公司|公司|集团|厂)$")


@dataclass(frozen=True)
class BankRow:
    """One payment as the bank tells it."""

    line: int
    received_on: date
    amount: Decimal
    payer: str
    reference: str
    text: str


@dataclass(frozen=True)
class Payer:
    """An account as a payment may name it; `bills`: number and open yuan of what it owes."""

    account_id: int
    account_no: str
    name: str
    bills: tuple[tuple[str, Decimal], ...]

    @property
    def owed(self) -> Decimal:
        return sum((amount for _, amount in self.bills), Decimal(0))


@dataclass(frozen=True)
class Match:
    """Who a payment may be of. `why`: `reference`, `account_no`, `name_amount`, `name`, `amount`; certain or not."""

    account_id: int
    why: str
    certain: bool
    bill_number: str = ""


def read(
    rows: Iterable[tuple[int, Sequence[str]]], places: Mapping[str, int]
) -> tuple[list[BankRow], list[tuple[int, str, str]]]:
    """Return the payments of a file, and (line, column, problem) of the rows that are none; debits are passed over."""
    table = [
        (line, {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()})
        for line, cells in rows
    ]
    texts = list(dict.fromkeys(_first(row["day"]) for _, row in table if row["day"]))
    day_first, _ = day_order(texts)
    found, problems = [], []
    for line, row in table:
        if not row["amount"]:
            continue
        days, amount = parse_date(_first(row["day"]), day_first), amount_of(row["amount"])
        if days is None:
            problems.append((line, "day", "not_a_date"))
        elif amount is None:
            problems.append((line, "amount", "not_an_amount"))
        elif amount > 0:
            texts_of = {
                name: unicodedata.normalize("NFKC", row.get(name, ""))[:120] for name in ("payer", "reference", "text")
            }
            found.append(BankRow(line, date.fromordinal(_EPOCH.toordinal() + days), amount, **texts_of))
    return found, problems


def _first(text: str) -> str:
    return re.split(r"[T\s]+", text.strip(), maxsplit=1)[0]


def numbers_in(row: BankRow) -> set[str]:
    """Return every word of the row that could be an account or bill number."""
    return set(re.findall(r"[0-9A-Za-z][0-9A-Za-z_.-]{3,59}", f"{row.text} {row.reference}"))


def plain_name(name: str) -> str:
    """Return a company's name as it is compared: without spaces, brackets and the form of its company."""
    text = re.sub(r"[\s()（）·.,，。]", "", unicodedata.normalize("NFKC", name)).casefold()
    return _COMPANY.sub("", text)


def match(row: BankRow, payers: Sequence[Payer]) -> list[Match]:
    """Return who the payment may be of, the likeliest first; only the first can be certain.

    Certain: the text names the bill or the account; or name and amount both fit one account. A name alone, or an amount
    alone, is for a person to look at.
    """
    words = numbers_in(row)
    found: list[Match] = []
    for payer in payers:
        number = next((number for number, _ in payer.bills if number in words), "")
        if number:
            found.append(Match(payer.account_id, "reference", True, number))
        elif payer.account_no in words:
            found.append(Match(payer.account_id, "account_no", True))
    if len(found) == 1:
        return found
    if found:
        return [Match(one.account_id, one.why, False, one.bill_number) for one in found]
    name = plain_name(row.payer)
    named = [payer for payer in payers if name and plain_name(payer.name) == name]
    fits = [payer for payer in payers if row.amount in {payer.owed, *(amount for _, amount in payer.bills)}]
    both = [payer for payer in named if payer in fits]
    if len(both) == 1:
        return [Match(both[0].account_id, "name_amount", True)]
    loose = [Match(payer.account_id, "name", False) for payer in named]
    loose += [Match(payer.account_id, "amount", False) for payer in fits if payer not in named]
    return loose[:5]
