"""Rows of a network file: substations, lines and supply points in one table, in Chinese or English (SYS-5)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

COLUMNS = {
    "kind": ("kind", "类型", "类别"),
    "code": ("code", "编号", "编码"),
    "name": ("name", "名称"),
    "voltage_kv": ("voltage_kv", "voltage", "电压等级", "电压"),
    "substation": ("substation", "变电站", "所属变电站"),
    "parent": ("parent", "上级线路", "主线"),
    "unit": ("unit", "运维单位", "单位"),
    "account_no": ("account_no", "户号", "客户编号"),
    "line": ("line", "线路", "供电线路"),
    "role": ("role", "供电方式", "主备"),
    "changeover": ("changeover", "切换方式", "切换"),
    "kva": ("kva", "capacity", "容量"),
}
# Each column as a Chinese file heads it.
CHINESE = {name: next(word for word in words if not word.isascii()) for name, words in COLUMNS.items()}
KINDS = {
    "substation": ("substation", "变电站"),
    "line": ("line", "线路"),
    "supply_point": ("supply_point", "supply point", "point", "供电点", "受电点"),
}
ROLES = {"MAIN": ("main", "主供", "主用"), "STANDBY": ("standby", "备用", "备供")}
CHANGEOVERS = {
    "NONE": ("none", "无", "不切换"),
    "MANUAL": ("manual", "手动"),
    "AUTOMATIC": ("automatic", "自动", "自投"),
}
NEEDED = {
    "substation": ("code", "name", "voltage_kv"),
    "line": ("code", "name", "voltage_kv"),
    "supply_point": ("account_no", "name"),
}
VOLTAGE_MOST, KVA_MOST = Decimal(1_100), Decimal(10_000_000)


class NoKindColumn(Exception):
    """The table has no column that says what each row is."""


@dataclass(frozen=True)
class Problem:
    """Why a row is refused. `row`: line of the file; codes: see kam.network.templatetags.network."""

    row: int
    column: str
    code: str
    value: str = ""


@dataclass(frozen=True)
class NetworkRow:
    """One row understood. `role`, `changeover`: codes. What the file leaves empty is left as it is stored."""

    row: int
    kind: str
    code: str = ""
    name: str = ""
    voltage_kv: Decimal | None = None
    substation: str = ""
    parent: str = ""
    unit: str = ""
    account_no: str = ""
    line: str = ""
    role: str = ""
    changeover: str = ""
    kva: Decimal | None = None


def understand(
    header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]
) -> tuple[list[NetworkRow], list[Problem]]:
    """Return the rows that can be used and why the others cannot, each named by its line. Raises `NoKindColumn`."""
    places = _places(header)
    if "kind" not in places:
        raise NoKindColumn
    good: list[NetworkRow] = []
    problems: list[Problem] = []
    seen: set[tuple[str, ...]] = set()
    for number, cells in rows:
        values = {name: _clean(cells[at]) if at < len(cells) else "" for name, at in places.items()}
        found = _row(number, values)
        if isinstance(found, Problem):
            problems.append(found)
            continue
        key = (found.kind, found.account_no, found.name) if found.kind == "supply_point" else (found.kind, found.code)
        if key in seen:
            problems.append(Problem(number, "code" if found.code else "name", "twice", found.code or found.name))
            continue
        seen.add(key)
        good.append(found)
    return good, problems


def _places(header: Sequence[str]) -> dict[str, int]:
    names = {word: name for name, words in COLUMNS.items() for word in words}
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = names.get(_clean(cell).lower())
        if name is not None:
            found.setdefault(name, at)
    return found


def _clean(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _row(number: int, values: dict[str, str]) -> NetworkRow | Problem:
    kind = _code(values["kind"], KINDS)
    if kind is None:
        return Problem(number, "kind", "unknown_kind", values["kind"])
    for name in NEEDED[kind]:
        if not values.get(name):
            return Problem(number, name, "missing")
    numbers: dict[str, Decimal | None] = {}
    for name, most in (("voltage_kv", VOLTAGE_MOST), ("kva", KVA_MOST)):
        text = values.get(name, "")
        number_read = _number(text)
        if text and (number_read is None or not 0 < number_read <= most):
            return Problem(number, name, "not_a_number", text)
        numbers[name] = number_read
    role = _code(values.get("role", ""), ROLES | {"": ("",)})
    changeover = _code(values.get("changeover", ""), CHANGEOVERS | {"": ("",)})
    if role is None:
        return Problem(number, "role", "unknown_role", values["role"])
    if changeover is None:
        return Problem(number, "changeover", "unknown_changeover", values["changeover"])
    texts = {
        name: values.get(name, "") for name in ("code", "name", "substation", "parent", "unit", "account_no", "line")
    }
    for name, text in texts.items():
        if len(text) > (80 if name == "name" else 32):
            return Problem(number, name, "too_long", text[:40])
    return NetworkRow(row=number, kind=kind, role=role, changeover=changeover, **numbers, **texts)  # type: ignore[arg-type]


def _code(text: str, words: dict[str, tuple[str, ...]]) -> str | None:
    lowered = text.lower()
    return next((code for code, known in words.items() if lowered in known), None)


def _number(text: str) -> Decimal | None:
    lowered = text.lower().replace(",", "")
    for unit in ("千伏安", "千伏", "kva", "kv"):
        lowered = lowered.removesuffix(unit)
    try:
        number = Decimal(lowered.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
