"""One row of a file of accounts: which column is what, what each cell means, what is wrong with it. Plain Python.

Source: issue contract of `import_accounts`; DOMAIN 13; customer kinds and importance as in ACC-1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from kam.accounts.rules import credit_code, industry
from kam.accounts.rules.credit_code import Verdict
from kam.accounts.rules.number import MOST, is_number

COLUMNS = (
    "account_no", "name", "uscc", "industry", "kind", "voltage_kv", "contract_kva", "importance", "continuous",
    "unit", "manager", "tariff", "meter_no", "interval_minutes", "multiplier",
)  # fmt: skip
REQUIRED = COLUMNS[:2]
OPTIONAL = ("contract_until",)  # understood where a file has them; files of the agreed form need not
HEADERS: dict[str, tuple[str, ...]] = {
    "account_no": ("户号", "客户编号", "用户编号", "account number", "account"),
    "name": ("户名", "客户名称", "用户名称", "名称", "customer", "account name"),
    "uscc": ("统一社会信用代码", "信用代码", "credit code"),
    "industry": ("行业", "行业代码", "行业分类", "industry code"),
    "kind": ("客户类型", "客户类别", "用户类别", "customer kind"),
    "voltage_kv": ("电压", "电压等级", "供电电压", "电压(kv)", "电压等级(kv)", "voltage", "voltage (kv)"),
    "contract_kva": (
        "合同容量", "运行容量", "容量", "合同容量(kva)", "容量(kva)", "capacity", "contracted capacity",
        "capacity (kva)", "contracted capacity (kva)",
    ),
    "contract_until": (
        "供用电合同到期日", "合同到期日", "合同到期", "contract end", "contract until", "supply contract ends",
    ),
    "importance": ("重要等级", "重要性", "重要用户等级", "importance class"),
    "continuous": ("连续性生产", "生产性质", "连续生产", "生产特性", "continuous production", "production"),
    "unit": ("供电单位", "供电所", "单位", "单位代码", "供电单位代码", "supply station", "unit code"),
    "manager": ("客户经理", "客户经理账号", "account manager"),
    "tariff": ("电价", "电价代码", "电价类别", "tariff code"),
    "meter_no": ("表号", "电能表编号", "电表号", "计量点表号", "meter", "meter number"),
    "interval_minutes": ("采集间隔", "采集周期", "间隔(分钟)", "interval", "interval (min)"),
    "multiplier": ("倍率", "综合倍率", "meter multiplier"),
}  # fmt: skip
KINDS = {
    "INDUSTRIAL": ("工业", "工业用户"),
    "COMMERCIAL": ("商业", "商业用户"),
    "GOVERNMENT": ("政府机关", "政府", "机关"),
    "MEDIA": ("新闻媒体", "媒体"),
    "PUBLIC_UTILITY": ("公用事业", "public utility"),
    "WELFARE": ("社会公益", "公益", "社会福利"),
}
IMPORTANCES = {
    "NONE": ("普通", "一般", "无", "非重要", "ordinary"),
    "SPECIAL": ("特级", "特级重要用户"),
    "FIRST": ("一级", "一级重要用户"),
    "SECOND": ("二级", "二级重要用户"),
    "TEMPORARY": ("临时", "临时重要", "临时重要用户"),
}
YES = {"yes", "y", "true", "1", "是", "连续", "连续性", "连续性生产"}
NO = {"no", "n", "false", "0", "否", "非连续", "非连续性", "非连续性生产"}
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]0?0:00(?::00)?)?")
INTERVALS = (5, 10, 15, 30, 60)


class Problem(StrEnum):
    """Why a row is rejected; `OTHER_ID` and `USCC_CHECK` only warn."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    BAD_NUMBER = "bad_number"
    OUT_OF_RANGE = "out_of_range"
    BAD_CHOICE = "bad_choice"
    BAD_DAY = "bad_day"
    BAD_TEXT = "bad_text"
    USCC_MALFORMED = "uscc_malformed"
    USCC_CHECK = "uscc_check"
    OTHER_ID = "other_id"
    UNKNOWN_INDUSTRY = "unknown_industry"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_MANAGER = "unknown_manager"
    UNKNOWN_TARIFF = "unknown_tariff"
    DUPLICATE = "duplicate"
    METER_TAKEN = "meter_taken"
    OUT_OF_REACH = "out_of_reach"
    TOO_MANY_CELLS = "too_many_cells"


WARNINGS = {Problem.USCC_CHECK, Problem.OTHER_ID}


class MissingColumns(Exception):
    """The file has no column for something that every row needs; `columns` names them."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(", ".join(columns))
        self.columns = list(columns)


class ColumnTwice(Exception):
    """Two columns of the file mean the same."""


@dataclass(frozen=True)
class Remark:
    """Something about one cell."""

    row: int
    column: str
    problem: Problem


@dataclass
class Row:
    """One row understood. A value is absent where its cell is empty: an update leaves the field as it is."""

    line: int
    account_no: str
    fields: dict[str, object] = field(default_factory=dict)  # of the account, by model field name
    unit: str = ""
    manager: str = ""
    tariff: str = ""
    meter_no: str = ""
    interval_minutes: int | None = None
    multiplier: Decimal | None = None
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, column: str, problem: Problem) -> None:
        self.remarks.append(Remark(self.line, column, problem))

    @property
    def rejected(self) -> bool:
        return any(remark.problem not in WARNINGS for remark in self.remarks)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


_BY_HEADER = {_plain(name): column for column in (*COLUMNS, *OPTIONAL) for name in (column, *HEADERS[column])}


def layout(header: Sequence[str]) -> dict[str, int]:
    """Return where each known column stands; unknown columns are passed over.

    Raises `MissingColumns`, `ColumnTwice`.
    """
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        column = _BY_HEADER.get(_plain(name))
        if column is None:
            continue
        if column in found:
            raise ColumnTwice(column)
        found[column] = place
    missing = [column for column in REQUIRED if column not in found]
    if missing:
        raise MissingColumns(missing)
    return found


def parse(line: int, cells: Sequence[str], places: Mapping[str, int]) -> Row:
    """Understand one row; what is wrong stands in its remarks."""
    given = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
    row = Row(line, unicodedata.normalize("NFKC", given["account_no"]))
    _identity(row, given)
    _choices(row, given)
    for column, most, places_after in (("voltage_kv", Decimal(1000), 2), ("contract_kva", Decimal(10**9), 2)):
        number = _number(row, given, column, most=most, places=places_after, zero=column == "contract_kva")
        if number is not None:
            row.fields[column] = number
    _contract(row, given.get("contract_until", ""))
    row.unit, row.manager, row.tariff = (given.get(column, "") for column in ("unit", "manager", "tariff"))
    _meter(row, given)
    return row


def _identity(row: Row, given: Mapping[str, str]) -> None:
    if not row.account_no:
        row.remark("account_no", Problem.MISSING)
    elif len(row.account_no) > MOST:
        row.remark("account_no", Problem.TOO_LONG)
    elif not is_number(row.account_no):
        row.remark("account_no", Problem.BAD_TEXT)
    name = " ".join(given["name"].split())
    if not name:
        row.remark("name", Problem.MISSING)
    elif len(name) > 120:
        row.remark("name", Problem.TOO_LONG)
    elif any(unicodedata.category(c) in ("Cc", "Cs", "Co") for c in name):
        row.remark("name", Problem.BAD_TEXT)
    row.fields["name"] = name
    if code := credit_code.normal(given.get("uscc", "")):
        _credit_code(row, code)
    if code := given.get("industry", ""):
        try:
            # A section letter before the digits is the habit of some registers: C3120.
            code = re.sub(r"^[A-Ta-t](?=\d)", "", code)
            industry.division_of(code)
            row.fields["industry"] = code
        except industry.UnknownIndustry:
            row.remark("industry", Problem.UNKNOWN_INDUSTRY)


def _credit_code(row: Row, code: str) -> None:
    verdict = credit_code.verdict(code)
    if verdict == Verdict.MALFORMED and len(code) == 18:
        row.remark("uscc", Problem.USCC_MALFORMED)
    elif verdict == Verdict.MALFORMED:
        # Not every customer has one: organisation codes and old licence numbers are shorter (DOMAIN 13.1).
        if len(code) > 60:
            row.remark("uscc", Problem.TOO_LONG)
            return
        row.fields["other_id"] = code
        row.remark("uscc", Problem.OTHER_ID)
    else:
        row.fields["uscc"] = code
        row.fields["uscc_kept"] = verdict == Verdict.WRONG_CHECK
        if verdict == Verdict.WRONG_CHECK:
            row.remark("uscc", Problem.USCC_CHECK)


def _contract(row: Row, text: str) -> None:
    """Understand 2027-12-31, 2027/12/31, 2027.12.31, 20271231 and 2027年12月31日, also with a time of midnight."""
    if not text:
        return
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        row.fields["contract_until"] = date(*(int(part) for part in found.group(1, 2, 3))) if found else None
    except ValueError:
        found = None
    if found is None:
        row.fields.pop("contract_until", None)
        row.remark("contract_until", Problem.BAD_DAY)


def _choices(row: Row, given: Mapping[str, str]) -> None:
    for column, words in (("kind", _KIND_WORDS), ("importance", _IMPORTANCE_WORDS)):
        if text := given.get(column, ""):
            code = words.get(_plain(text))
            if code:
                row.fields[column] = code
            else:
                row.remark(column, Problem.BAD_CHOICE)
    if text := _plain(given.get("continuous", "")):
        if text in YES or text in NO:
            row.fields["continuous"] = text in YES
        else:
            row.remark("continuous", Problem.BAD_CHOICE)


def _words(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {_plain(word): code for code, words in table.items() for word in (code, *words)}


_KIND_WORDS, _IMPORTANCE_WORDS = _words(KINDS), _words(IMPORTANCES)


def _meter(row: Row, given: Mapping[str, str]) -> None:
    row.meter_no = unicodedata.normalize("NFKC", given.get("meter_no", ""))
    if len(row.meter_no) > 40:
        row.remark("meter_no", Problem.TOO_LONG)
    elif row.meter_no and not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z_.-]*", row.meter_no):
        row.remark("meter_no", Problem.BAD_TEXT)
    interval = _number(row, given, "interval_minutes", most=Decimal(60), places=0)
    if interval is not None:
        if int(interval) in INTERVALS:
            row.interval_minutes = int(interval)
        else:
            row.remark("interval_minutes", Problem.OUT_OF_RANGE)
    row.multiplier = _number(row, given, "multiplier", most=Decimal(10**7), places=4)


def _number(
    row: Row, given: Mapping[str, str], column: str, *, most: Decimal, places: int, zero: bool = False
) -> Decimal | None:
    """Read a number above zero (from zero where `zero`), thousands separators and a unit behind it allowed."""
    text = re.sub(r"(kva|kv|千伏安|千伏|min|分钟)$", "", _plain(given.get(column, ""))).strip()
    if not text:
        return None
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        number = Decimal(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", text) else None
    except InvalidOperation:
        number = None
    if number is None:
        row.remark(column, Problem.BAD_NUMBER)
    elif number < 0 or number > most or (number == 0 and not zero):
        row.remark(column, Problem.OUT_OF_RANGE)
    elif number != number.quantize(Decimal(1).scaleb(-places)):
        row.remark(column, Problem.BAD_NUMBER)
    else:
        return number
    return None
