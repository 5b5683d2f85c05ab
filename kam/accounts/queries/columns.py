"""The columns a list of accounts may show, on the page and in the export alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kam.accounts.models import Account
from kam.accounts.rules import industry
from kam.core.models import User
from kam.core.rules import Right
from kam.lib import clock


class Column(NamedTuple):
    """`value` is what the export writes in the column kind `sheet`; `show` what the page says, where it differs.

    `right`: who lacks it is not offered the column, on the page, in a saved view or in a file. `join`: what it reads
    beside the account.
    """

    key: str
    label: str | Promise
    value: Callable[[Account], Any]
    sheet: Literal["text", "number", "date"] = "text"
    show: Callable[[Account], str] | None = None
    sort: str = ""
    chip: Callable[[Account], str] | None = None
    right: Right | None = None
    join: str = ""


class Cell(NamedTuple):
    text: str
    numeric: bool
    chip: str


def voltage_text(value: Decimal) -> str:
    """Write a voltage without needless zeros: 10, 0.38."""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def industry_text(account: Account) -> str:
    """Write an account's industry in the reader's language, its code behind."""
    name = industry.name_of(account.industry, chinese=str(get_language()).startswith("zh"))
    return f"{name} {account.industry}".strip()


def _importance_chip(account: Account) -> str:
    grades = {"SPECIAL": "late", "FIRST": "soon", "SECOND": "info", "TEMPORARY": "info"}
    return grades.get(account.importance, "")


def _importance(account: Account) -> str:
    return "" if account.importance == Account.Importance.NONE else str(account.get_importance_display())


ALL: tuple[Column, ...] = (
    Column("account_no", _("Account number"), lambda a: a.account_no, sort="account_no"),
    Column("unit", _("Supply station"), lambda a: a.unit.name),
    Column("manager", _("Account manager"), lambda a: str(a.manager or "")),
    Column("importance", _("Importance"), _importance, sort="importance", chip=_importance_chip),
    Column("industry", _("Industry"), industry_text, sort="industry"),
    Column(
        "voltage_kv",
        _("Voltage (kV)"),
        lambda a: a.voltage_kv,
        "number",
        lambda a: voltage_text(a.voltage_kv) if a.voltage_kv is not None else "–",
        "voltage_kv",
    ),
    Column(
        "contract_kva",
        _("Capacity (kVA)"),
        lambda a: a.contract_kva,
        "number",
        lambda a: f"{a.contract_kva:,.0f}" if a.contract_kva is not None else "–",
        "contract_kva",
    ),
    Column(
        "contract_until",
        _("Supply contract ends"),
        lambda a: a.contract_until,
        "date",
        lambda a: date_format(a.contract_until, "SHORT_DATE_FORMAT") if a.contract_until else "–",
    ),
    Column("kind", _("Customer kind"), lambda a: str(a.get_kind_display())),
    Column("continuous", _("Production"), lambda a: str(_("continuous") if a.continuous else _("not continuous"))),
    Column("status", _("Status"), lambda a: str(a.get_status_display())),
    Column("uscc", _("Credit code"), lambda a: a.uscc or a.other_id),
    Column("representative", _("Service representative"), lambda a: str(a.representative or "")),
    Column("group", _("Group"), lambda a: a.group.name if a.group else ""),
    Column(
        "updated_at",
        _("Changed on"),
        lambda a: clock.day_of(a.updated_at),
        "date",
        lambda a: date_format(clock.day_of(a.updated_at), "SHORT_DATE_FORMAT"),
        "updated_at",
    ),
)
NAME = Column("name", _("Name"), lambda a: a.name, sort="name")
USUAL = ("account_no", "unit", "manager", "importance", "industry", "voltage_kv", "contract_kva")


# Columns that the apps above hand down, which know more of an account; registered in AppConfig.ready.
MORE: list[Column] = []


def offered(user: User) -> list[Column]:
    """Return the columns that `user` may see."""
    return [column for column in (*ALL, *MORE) if column.right is None or user.may(column.right)]


def chosen(keys: Sequence[str], user: User) -> list[Column]:
    """Return the columns of `keys` that `user` may see, in our order; the usual ones where none is known."""
    found = [column for column in offered(user) if column.key in keys]
    return found or [column for column in ALL if column.key in USUAL]


def joins(columns: Sequence[Column]) -> list[str]:
    """Return what the rows have to bring along for these columns."""
    return [column.join for column in columns if column.join]


def cells(account: Account, columns: Sequence[Column]) -> list[Cell]:
    """Return what a row shows behind its name."""
    return [
        Cell(
            column.show(account) if column.show else str(column.value(account)),
            column.sheet == "number",
            column.chip(account) if column.chip else "",
        )
        for column in columns
    ]
