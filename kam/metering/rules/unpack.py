"""From a file as it was sent to tables of UTF-8 text: gz, zip, XLSX and encodings are undone here."""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import openpyxl

from kam.metering.rules.readings import UnreadableFile

MAX_UNPACKED_BYTES = 1 << 30
"""A packed file may not grow beyond this; 1,000 meter-years of quarter hours are about a quarter of it."""

_TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Part:
    """One table: `text` is UTF-8 without a byte-order mark, lines end in a newline; `encoding` is what it
    came in.
    """

    name: str
    text: bytes
    encoding: str


def unpack(source: Path) -> list[Part]:
    """Return the tables of the file in the order of their names. Raises UnreadableFile."""
    with source.open("rb") as file:
        magic = file.read(4)
    if not magic:
        raise UnreadableFile("empty", source.name)
    if magic == _OLD_EXCEL:
        raise UnreadableFile("old_excel", source.name)
    try:
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(source) as packed:
                return [_decoded(source.name, _read_limited(packed, source.name, MAX_UNPACKED_BYTES))]
        if magic == b"PK\x03\x04" or magic == b"PK\x05\x06":
            return _unzip(source)
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise UnreadableFile("damaged", source.name) from error
    with source.open("rb") as file:
        return [_decoded(source.name, _read_limited(file, source.name, MAX_UNPACKED_BYTES))]


def _unzip(source: Path) -> list[Part]:
    with zipfile.ZipFile(source) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        if any(m.flag_bits & 1 for m in members):
            raise UnreadableFile("encrypted", source.name)
        # The directory of the archive says how large it becomes: a bomb is refused before a byte of it is unpacked.
        if sum(m.file_size for m in members) > MAX_UNPACKED_BYTES:
            raise UnreadableFile("too_large", source.name)
        if any(m.filename == "xl/workbook.xml" for m in members):
            return [_from_workbook(source)]
        tables = sorted((m for m in members if m.filename.lower().endswith(_TABLE_SUFFIXES)), key=lambda m: m.filename)
        if not tables:
            raise UnreadableFile("no_table_in_zip", source.name)
        parts = []
        left = MAX_UNPACKED_BYTES
        for member in tables:
            with archive.open(member) as packed:
                data = _read_limited(packed, member.filename, left)
            left -= len(data)
            parts.append(_decoded(member.filename, data))
        return parts


def _read_limited(file: IO[bytes] | gzip.GzipFile, name: str, limit: int) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:
        raise UnreadableFile("too_large", name)
    return data


def _decoded(name: str, data: bytes) -> Part:
    encoding, text = _to_utf8(name, data)
    if b"\r" in text and b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    if not text.strip():
        raise UnreadableFile("empty", name)
    return Part(name, text, encoding)


def _to_utf8(name: str, data: bytes) -> tuple[str, bytes]:
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return "utf-16", data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise UnreadableFile("unknown_encoding", name) from error
    if b"\0" in data[:65536]:
        raise UnreadableFile("binary", name)
    if data.isascii():
        return "utf-8", data
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding, data if encoding == "utf-8" else text.encode()
    raise UnreadableFile("unknown_encoding", name)


def _from_workbook(source: Path) -> Part:
    """Write the first sheet that holds anything as CSV text, so that one reader serves all."""
    try:
        book = openpyxl.load_workbook(source, read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                out = io.StringIO()
                writer = csv.writer(out, lineterminator="\n")
                writer.writerows(_cells(row) for row in sheet.iter_rows(values_only=True))
                text = out.getvalue()
                if text.replace(",", "").strip():
                    return Part(source.name, text.encode(), "xlsx")
        finally:
            book.close()
    except (KeyError, ValueError, TypeError, AttributeError, OSError, ElementTree.ParseError) as error:
        # What a broken workbook makes its reader stumble over is not ours to foresee one by one.
        raise UnreadableFile("damaged", source.name) from error
    raise UnreadableFile("empty", source.name)


def _cells(row: tuple[object, ...]) -> Iterator[str]:
    for value in row:
        yield _cell(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        # A spreadsheet keeps instants as fractions of a day: 09:14:59.999996 is a quarter past nine.
        rounded = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        # A clock of 24:00 is day 1 of the spreadsheet's calendar.
        return "24:00:00" if rounded.year <= 1900 else rounded.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        minutes = round(value.hour * 60 + value.minute + (value.second + value.microsecond / 1e6) / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return str(value).replace("\n", " ")
