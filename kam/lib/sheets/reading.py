"""Tables as people send them: CSV in three encodings, workbooks; refused where they could do harm."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal

import openpyxl

MAX_BYTES = 200 * 1024 * 1024
MAX_ENTRIES = 10_000
MAX_UNPACKED = 400 * 1024 * 1024
MAX_RATIO = 100
CELL_MAX = 100_000
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class UnreadableTable(Exception):
    """The file as a whole cannot be read; `code` says why.

    Codes: `empty`, `too_large`, `old_excel`, `encrypted`, `macros`, `damaged`, `binary`, `unknown_encoding`, `bomb`,
    `bad_quotes` (`detail`: the line).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Table:
    """A table to be read once: `header` as it stands, `rows` yields (line number, cells); the first line is 1.

    Rows that are wholly empty are left out; short rows are not padded. `encoding`: utf-8, gb18030, utf-16 or xlsx.
    """

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    encoding: str
    kind: Literal["csv", "xlsx"]


def read_table(path: Path) -> Table:
    """Open the table in `path`, told by its content and not by its name. Raises `UnreadableTable`."""
    size = path.stat().st_size
    if size == 0:
        raise UnreadableTable("empty")
    if size > MAX_BYTES:
        raise UnreadableTable("too_large")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == _OLD_EXCEL:
        # The old format, and the box that an encrypted workbook comes in.
        raise UnreadableTable("old_excel")
    rows, encoding, kind = (*_workbook(path), "xlsx") if magic[:2] == b"PK" else (*_text(path), "csv")
    for _line, cells in rows:
        header = [cell.strip().lstrip("\ufeff") for cell in cells]
        return Table(header, rows, encoding, kind)  # type: ignore[arg-type]
    raise UnreadableTable("empty")


def _text(path: Path) -> tuple[Iterator[tuple[int, list[str]]], str]:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data[:65536]:
        raise UnreadableTable("binary")
    else:
        encoding = "utf-8-sig"
    for tried in (encoding, "gb18030"):
        try:
            text = data.decode(tried)
        except UnicodeDecodeError:
            continue
        return _csv_rows(text), {"utf-8-sig": "utf-8"}.get(tried, tried)
    raise UnreadableTable("unknown_encoding")


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    csv.field_size_limit(CELL_MAX)
    held: list[str] = []  # the lines of the record that is being read

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            held.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=separator)
    try:
        for cells in reader:
            if _unclosed(held, separator):
                raise UnreadableTable("bad_quotes", str(reader.line_num - len(held) + 1))
            held.clear()
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise UnreadableTable("damaged", f"line {reader.line_num}") from error


def _unclosed(held: list[str], separator: str) -> bool:
    """Tell whether a quotation mark was still open at the end of the text: it took all lines behind it along."""
    if not sum(line.count('"') for line in held) % 2:
        return False
    try:
        next(csv.reader(held, delimiter=separator, strict=True))
    except csv.Error:
        return True
    return False  # inches in a cell without quotes: 5" pipe


def _workbook(path: Path) -> tuple[Iterator[tuple[int, list[str]]], str]:
    try:
        with zipfile.ZipFile(path) as archive:
            _inspect(archive)
    except zipfile.BadZipFile as error:
        raise UnreadableTable("damaged") from error
    return _sheet_rows(path), "xlsx"


def _inspect(archive: zipfile.ZipFile) -> None:
    """Look at the directory before anything is unpacked."""
    members = archive.infolist()
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableTable("encrypted")
    if "xl/workbook.xml" not in names:
        raise UnreadableTable("binary")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise UnreadableTable("macros")
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    bomb = unpacked > MAX_UNPACKED or (unpacked > 50 * 1024 * 1024 and unpacked / packed > MAX_RATIO)
    if len(members) > MAX_ENTRIES or bomb:
        raise UnreadableTable("bomb")


def _sheet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        # By its content: a stored upload has a random name without an ending.
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                cells = [_cell(value) for value in row]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    yield line, cells
        finally:
            book.close()
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError) as error:
        # What a broken workbook makes its reader stumble over cannot be foreseen one by one.
        raise UnreadableTable("damaged") from error


def _cell(value: Any) -> str:
    """Write a cell as a person would type it: 1.0 is 1, a date is ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date | time) else str(value)[:CELL_MAX]
