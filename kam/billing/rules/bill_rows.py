"""Rows of a file of bills: which columns, which days, what is wrong with a row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from kam.metering.rules.stamps import day_order, parse_date

_EPOCH = date(1970, 1, 1)
_AMOUNT = re.compile(r"[¥￥]?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*元?")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
AMOUNT_MOST = Decimal("999999999999")

PARTS = ("energy", "funds", "capacity", "demand", "adjustment")
NEEDED = ("account", "number", "issued", "due", "amount")
ALIASES: Mapping[str, tuple[str, ...]] = {
    "account": ("account", "account_no", "customerid", "customer", "户号", "用户编号", "客户编号"),
    "number": ("number", "bill_no", "invoicenumber", "invoice", "账单号", "账单编号", "发票号", "电费单号"),
    "issued": ("issued", "issued_on", "invoicedate", "发行日期", "出账日期", "账单日期", "开票日期"),
    "due": ("due", "due_on", "duedate", "最后交费日", "到期日", "截止日期", "应交日期"),
    "amount": ("amount", "invoiceamount", "应收电费", "电费金额", "应收金额", "金额"),
    "settled": ("settled", "settled_on", "settleddate", "paid_on", "结清日期", "交费日期", "到账日期"),
    "kwh": ("kwh", "energy_kwh", "电量", "结算电量"),
    "energy": ("energy_yuan", "电度电费", "电量电费"),
    "funds": ("funds_yuan", "基金及附加", "政府性基金及附加", "代征费"),
    "capacity": ("capacity_yuan", "容量电费"),
    "demand": ("demand_yuan", "需量电费", "基本电费"),
    "adjustment": ("adjustment_yuan", "力调电费", "功率因数调整电费", "力率电费"),
    "corrects": ("corrects", "corrects_number", "原账单号", "原账单编号", "冲红账单号", "对应账单号"),
    "month": ("month", "period", "电费年月", "所属月份", "电费月份"),
}


class NoColumn(Exception):
    """The table has no column for this. `name`: what was asked for; `header`: what there is."""

    def __init__(self, name: str, header: Sequence[str]) -> None:
        super().__init__(name)
        self.name, self.header = name, tuple(header)


@dataclass(frozen=True)
class Problem:
    """Why a row is refused. Codes: `missing`, `not_a_date`, `not_an_amount`, `too_long`, `bad_text`, `only_notes`,

    `due_before_issue`, `not_a_month`, and from what is stored: `unknown_account`, `number_twice`, `differs`,
    `month_closed`, `out_of_reach`, `no_such_bill`, `more_than_bill`.
    """

    row: int
    column: str
    code: str
    value: str = ""


@dataclass(frozen=True)
class BillRow:
    """One bill as the file tells it; `settled_on`: the day on which all of it was paid.

    An amount below nothing is a credit note (退补、冲红).
    """

    line: int
    account_no: str
    number: str
    issued_on: date
    due_on: date
    amount: Decimal
    settled_on: date | None
    kwh: Decimal | None
    period_from: date
    period_until: date
    lines: tuple[tuple[str, Decimal], ...] = ()
    corrects: str = ""  # a credit note's: the number of the bill that was too high


@dataclass
class Understood:
    """What a file of bills says."""

    rows: list[BillRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    month_first: bool = False
    month_first_certain: bool = True


def places_of(
    header: Sequence[str],
    told: Mapping[str, str],
    *,
    aliases: Mapping[str, tuple[str, ...]] = ALIASES,
    needed: Sequence[str] = NEEDED,
) -> dict[str, int]:
    """Return where each known column stands: as told, else by its usual names. Raises `NoColumn`."""
    by_name = {_plain(cell): at for at, cell in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    for column, names in aliases.items():
        wanted = told.get(column)
        if wanted:
            if _plain(wanted) not in by_name:
                raise NoColumn(wanted, header)
            found[column] = by_name[_plain(wanted)]
            continue
        place = next((by_name[_plain(name)] for name in names if _plain(name) in by_name), None)
        if place is not None:
            found[column] = place
        elif column in needed:
            raise NoColumn(column, header)
    return found


def understand(
    rows: Iterable[tuple[int, Sequence[str]]],
    places: Mapping[str, int],
    *,
    month_first: bool | None = None,
    iso_only: bool = False,
) -> Understood:
    """Return the bills in the order of the file, and why the other rows are none.

    `month_first`: how 1/2/2013 is meant; None: found from the dates of the file. `iso_only`: 2013-02-01 and no other.
    """
    table = [
        (line, {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()})
        for line, cells in rows
    ]
    found = Understood()
    if iso_only:
        month_first = False
    if month_first is None:
        texts = dict.fromkeys(
            text for _, row in table for name in ("issued", "due", "settled") if (text := _date_part(row.get(name, "")))
        )
        day_first, found.month_first_certain = day_order(list(texts))
        month_first = not day_first
    found.month_first = month_first
    for line, row in table:
        one = _row(line, row, day_first=None if iso_only else not month_first)
        if isinstance(one, Problem):
            found.problems.append(one)
        else:
            found.rows.append(one)
    return found


def _row(line: int, row: Mapping[str, str], *, day_first: bool | None) -> BillRow | Problem:
    amount = amount_of(row["amount"])
    note = amount is not None and amount < 0  # which has no last payment day
    for name in NEEDED:
        if not row[name] and not (note and name == "due"):
            return Problem(line, name, "missing")
    account_no = unicodedata.normalize("NFKC", row["account"])
    number = unicodedata.normalize("NFKC", row["number"])
    for name, text, most in (("account", account_no, 32), ("number", number, 60)):
        if len(text) > most:
            return Problem(line, name, "too_long", text[:40])
        if not _NUMBER.fullmatch(text):
            return Problem(line, name, "bad_text", text[:40])
    days: dict[str, date | None] = {}
    for name in ("issued", "due", "settled"):
        text = row.get(name, "")
        days[name] = _day(text, day_first) if text else None
        if text and days[name] is None:
            return Problem(line, name, "not_a_date", text[:40])
    if amount is None:
        return Problem(line, "amount", "not_an_amount", row["amount"][:40])
    issued = days["issued"]
    assert issued is not None
    corrects = unicodedata.normalize("NFKC", row.get("corrects", ""))
    if corrects and not note:
        return Problem(line, "corrects", "only_notes", corrects[:40])
    due = issued if note else days["due"]
    assert due is not None
    if due < issued:
        return Problem(line, "due", "due_before_issue", row["due"][:40])
    kwh = amount_of(row.get("kwh", ""), places=4) if row.get("kwh") else None
    if row.get("kwh") and kwh is None:
        return Problem(line, "kwh", "not_a_number", row["kwh"][:40])
    month = _month(row.get("month", ""), issued)
    if month is None:
        return Problem(line, "month", "not_a_month", row["month"][:40])
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    parts: list[tuple[str, Decimal]] = []
    for name in PARTS:
        if text := row.get(name, ""):
            yuan = amount_of(text)
            if yuan is None:
                return Problem(line, name, "not_an_amount", text[:40])
            parts.append((name, yuan))
    settled = None if note else days["settled"]
    return BillRow(line, account_no, number, issued, due, amount, settled, kwh, month, after, tuple(parts), corrects)


def amount_of(text: str, places: int = 2) -> Decimal | None:
    """Read yuan as people write them (¥ 1,234.50, 1234.5元); None where it is none or has too many decimals."""
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip().replace("¥", "¥"))
    if not found:
        return None
    number = Decimal(found[1].replace(",", ""))
    if abs(number) > AMOUNT_MOST or number != number.quantize(Decimal(1).scaleb(-places)):
        return None
    return number.quantize(Decimal(1).scaleb(-places))


def _month(text: str, issued: date) -> date | None:
    """Return the first day of the month the bill is for; without a word, the month before its issue."""
    if not text:
        return (issued.replace(day=1) - timedelta(days=1)).replace(day=1)
    found = re.fullmatch(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?", unicodedata.normalize("NFKC", text))
    if not found or not 1 <= int(found[2]) <= 12 or not 1990 <= int(found[1]) <= 2100:
        return None
    return date(int(found[1]), int(found[2]), 1)


def _date_part(text: str) -> str:
    return re.split(r"[T\s]+", text.strip(), maxsplit=1)[0]


def iso_day(text: str) -> date | None:
    """Read 2013-02-01 and nothing else."""
    try:
        found = date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None
    return found if found and 1990 <= found.year <= 2100 else None


def _day(text: str, day_first: bool | None) -> date | None:
    if day_first is None:
        return iso_day(text)
    days = parse_date(_date_part(text), day_first)
    return None if days is None else _EPOCH + timedelta(days=days)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lstrip("\ufeff").casefold()
