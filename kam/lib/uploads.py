"""Files that people attach: told by their content, refused where they could do harm (RELIABILITY 3.5).

Pictures are encoded anew. Whatever is accepted is still only ever given out as a download.
"""

import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from kam.lib.pictures import NotAPhoto, clean_photo

MAX_BYTES = 15_000_000
MAX_UNPACKED = 50 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_RATIO = 100
NAME_MAX = 120
_OFFICE = {
    ".xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".docx": ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}
_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}
_TEXTS = {".txt": "text/plain", ".csv": "text/csv"}
KINDS = ("PDF", "JPEG", "PNG", "WebP", "XLSX", "DOCX", "CSV", "TXT")
ACCEPT = ".pdf,.jpg,.jpeg,.png,.webp,.xlsx,.docx,.csv,.txt"


class RefusedFile(Exception):
    """The file is not accepted. `code`: empty, size, kind, damaged, bomb, macros, hidden or pixels."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Accepted:
    """A file that may be stored: its bytes, what it is, and its name as text to show."""

    data: bytes
    media_type: str
    suffix: str
    name: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def accept(name: str, data: bytes) -> Accepted:
    """Return the file, checked; what its name says and what it holds must agree. Raises `RefusedFile`."""
    if not data:
        raise RefusedFile("empty")
    if len(data) > MAX_BYTES:
        raise RefusedFile("size")
    shown = shown_name(name)
    suffix = PurePosixPath(shown).suffix.lower()
    if suffix in _PICTURES:
        try:
            return Accepted(clean_photo(data), "image/jpeg", ".jpg", shown[: -len(suffix)] + ".jpg")
        except NotAPhoto as error:
            raise RefusedFile({"size": "size", "pixels": "pixels"}.get(error.code, "damaged")) from error
    if suffix == ".pdf":
        _check_pdf(data)
        return Accepted(data, "application/pdf", suffix, shown)
    if suffix in _OFFICE:
        needed, media_type = _OFFICE[suffix]
        _check_office(data, needed)
        return Accepted(data, media_type, suffix, shown)
    if suffix in _TEXTS:
        _check_text(data)
        return Accepted(data, _TEXTS[suffix], suffix, shown)
    raise RefusedFile("kind")


def shown_name(name: str) -> str:
    """Return a name without folders, control signs and signs that turn the reading direction round."""
    plain = PureWindowsPath(unicodedata.normalize("NFC", name)).name
    plain = PurePosixPath(plain).name
    plain = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    plain = re.sub(r"\s+", " ", plain).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if not stem:
        return plain[:NAME_MAX] or "file"
    return f"{stem[: NAME_MAX - len(suffix) - 1]}{dot}{suffix[:10]}"


def _check_pdf(data: bytes) -> None:
    if not data.startswith(b"%PDF-"):
        raise RefusedFile("damaged")
    end = data[-2048:]
    at = end.rfind(b"startxref")
    if b"%%EOF" not in end or at < 0:
        raise RefusedFile("damaged")
    found = re.match(rb"startxref\s+(\d{1,10})\s", end[at:])
    if found is None or int(found[1]) >= len(data):
        raise RefusedFile("damaged")
    if zipfile.is_zipfile(io.BytesIO(data)):
        raise RefusedFile("hidden")
    # What runs by itself when the file is opened has no place in a customer's papers.
    if re.search(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b", data):
        raise RefusedFile("macros")


def _check_office(data: bytes, needed: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            names = {entry.filename for entry in entries}
            if any(entry.flag_bits & 1 for entry in entries) or needed not in names:
                raise RefusedFile("damaged")
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise RefusedFile("bomb")
            if any(_is_bomb(entry) for entry in entries):
                raise RefusedFile("bomb")
            if any(PurePosixPath(name).name.lower() == "vbaproject.bin" for name in names):
                raise RefusedFile("macros")
            for entry in entries:
                # Sizes in the directory may lie; reading stops at the limit.
                with packed.open(entry) as part:
                    if len(part.read(entry.file_size + 1)) > entry.file_size:
                        raise RefusedFile("bomb")
                if entry.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in packed.read(entry)[:4096].upper():
                    raise RefusedFile("hidden")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise RefusedFile("damaged") from error
    if not data.startswith(b"PK\x03\x04"):
        raise RefusedFile("hidden")


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > 1_000_000 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)


def _check_text(data: bytes) -> None:
    if b"\0" in data:
        raise RefusedFile("damaged")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(r"<\s*(script|html|svg|!doctype|iframe)\b", text[:100_000], re.IGNORECASE):
            raise RefusedFile("hidden")
        return
    raise RefusedFile("damaged")
