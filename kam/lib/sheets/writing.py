"""Workbooks and CSV whose cells a spreadsheet never evaluates (RELIABILITY 3.5)."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Literal

import xlsxwriter

from kam.lib import clock

Kind = Literal["text", "number", "integer", "date", "datetime"]

# What a reader of cells skips before it decides what the cell is.
_SKIPPED = re.compile("^[\ufeff\u200b\u2060\0 \t\r\n\u00a0\u3000]+")
_STARTS = "=+-@|%"
# XML 1.0 holds none of these; tab and line ends stay.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
CELL_MAX = 32_767  # characters a worksheet cell holds


@dataclass(frozen=True)
class Column:
    """One column: `key` names it for code, `title` for people; numbers keep their type, everything else is text.

    A phone number or an account number is "text": its plus sign and leading zeros stay.
    """

    key: str
    title: str
    kind: Kind = "text"


def is_dangerous(text: str) -> bool:
    """Tell whether a spreadsheet could take `text` for a formula.

    True where the first visible character, after byte-order mark, NUL, spaces, tab, CR and LF, folded by NFKC, is one
    of = + - @ | %, or where the text begins with a control character.
    """
    if not text:
        return False
    if unicodedata.category(text[0]) in ("Cc", "Cf"):
        return True
    visible = _SKIPPED.sub("", text)
    folded = unicodedata.normalize("NFKC", visible[:4]).lstrip()
    return bool(folded) and folded[0] in _STARTS


def safe_text(text: str) -> str:
    """Return `text` so that no spreadsheet evaluates it: an apostrophe goes before what could be a formula."""
    clean = _UNPRINTABLE.sub("", text)
    return "'" + clean if is_dangerous(text) or is_dangerous(clean) else clean


def write_csv(file: BinaryIO, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV (UTF-8 with byte-order mark, CRLF) row by row; returns how many rows."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([safe_text(column.title) for column in columns])
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007  (the count is the answer)
            writer.writerow([_csv_cell(column, value) for column, value in zip(columns, row, strict=True)])
        return count
    finally:
        text.detach()


def _csv_cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.kind in ("number", "integer") and isinstance(value, int | float | Decimal) and _is_finite(value):
        return str(value)
    return safe_text(_words(value))


def write_xlsx(file: BinaryIO, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, title: str = "") -> int:
    """Write a workbook with one sheet, in constant memory; returns how many rows.

    Text is always written as a string cell, never looked at for formulas or addresses; control characters go.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    book = xlsxwriter.Workbook(file, {**options, "strings_to_numbers": False, "nan_inf_to_errors": False})
    sheet = book.add_worksheet(_sheet_name(title))
    head = book.add_format({"bold": True, "bottom": 1})
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, 14 if column.kind in ("number", "integer", "date") else 22)
        sheet.write_string(0, at, _printable(column.title), head)
    count = 0
    for count, row in enumerate(rows, start=1):
        for at, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write_cell(sheet, count, at, column, value, formats)
    book.close()
    return count


def _write_cell(sheet: Any, row: int, at: int, column: Column, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if column.kind in ("number", "integer") and number and _is_finite(value):
        sheet.write_number(row, at, float(value))
    elif column.kind in ("date", "datetime") and isinstance(value, date):
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(clock.zone()).replace(tzinfo=None)
        sheet.write_datetime(row, at, value, formats[column.kind])
    else:
        sheet.write_string(row, at, _printable(_words(value)))


def _words(value: Any) -> str:
    if isinstance(value, datetime):
        return (value.astimezone(clock.zone()) if value.tzinfo else value).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:CELL_MAX]


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "1"


def _is_finite(value: int | float | Decimal) -> bool:
    return not (isinstance(value, float) and (value != value or value in (float("inf"), float("-inf")))) and not (
        isinstance(value, Decimal) and not value.is_finite()
    )
