"""Attached files: the hostile corpus of RELIABILITY S12 as far as it applies, and what is accepted."""

import io
import struct
import zipfile
import zlib

import pytest
from openpyxl import Workbook
from PIL import Image

from kam.lib.uploads import MAX_BYTES, Accepted, RefusedFile, accept, shown_name

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\nxref\n0 1\ntrailer<<>>\nstartxref\n27\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def picture(kind: str, size: tuple[int, int] = (40, 30), **save) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **save)
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    book = Workbook()
    book.create_sheet("a").append([1, 2])
    book.save(out)
    return out.getvalue()


def packed(files: dict[str, bytes], **how) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def huge_png(side: int) -> bytes:
    """A few bytes that claim `side` × `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
LYING = bytearray(packed(DOCX | {"word/a.bin": b"a" * 5000}))
# The directory says 10 bytes where 5,000 come out.
_at = LYING.rindex(b"PK\x01\x02", 0, LYING.rindex(b"word/a.bin"))
LYING[_at + 24 : _at + 28] = struct.pack("<I", 10)

HOSTILE: list[tuple[str, bytes, str]] = [
    ("empty.pdf", b"", "empty"),
    ("empty.jpg", b"", "empty"),
    ("large.pdf", b"%PDF-" + b"0" * MAX_BYTES, "size"),
    ("large.txt", b"a" * (MAX_BYTES + 1), "size"),
    # Kinds that run or render.
    *[(f"x.{suffix}", SVG, "kind") for suffix in ("svg", "svgz", "xml", "html", "htm", "xhtml", "mht", "shtml")],
    *[(f"x.{suffix}", b"MZ\x90", "kind") for suffix in ("exe", "dll", "bat", "cmd", "com", "scr", "msi", "lnk", "js")],
    *[
        (f"x.{suffix}", b"#!/bin/sh", "kind")
        for suffix in ("sh", "py", "php", "jsp", "ps1", "vbs", "hta", "jar", "wsf")
    ],
    *[
        (f"x.{suffix}", packed({"a": b"a"}), "kind")
        for suffix in ("zip", "rar", "7z", "gz", "xlsm", "docm", "pptx", "ods")
    ],
    ("noname", b"abc", "kind"),
    ("x.pdf.exe", PDF, "kind"),
    ("x.doc", b"\xd0\xcf\x11\xe0", "kind"),
    ("x.gif", b"GIF89a", "kind"),
    ("x.tiff", b"II*\0", "kind"),
    # One kind under the name of another.
    ("x.jpg", SVG, "damaged"),
    ("x.jpg", HTML, "damaged"),
    ("x.png", PDF, "damaged"),
    ("x.jpg", b"GIF89a" + b"\0" * 40, "damaged"),
    ("x.webp", b"RIFF\0\0\0\0WEBPVP8 ", "damaged"),
    ("x.jpg", picture("JPEG")[:200], "damaged"),
    ("x.pdf", HTML, "damaged"),
    ("x.pdf", b"junk" + PDF, "damaged"),
    ("x.pdf", b"%PDF-1.7", "damaged"),
    ("x.pdf", PDF.replace(b"27", b"99999"), "damaged"),
    ("x.xlsx", PDF, "damaged"),
    ("x.xlsx", packed({"a": b"a"}), "damaged"),
    ("x.docx", workbook(), "damaged"),
    ("x.docx", packed(DOCX)[:-30], "damaged"),
    ("x.docx", packed(DOCX)[:60] + b"\xff" * 20 + packed(DOCX)[80:], "damaged"),
    ("x.txt", b"\x7fELF\x02\0\0", "damaged"),
    ("x.csv", b"\xff\xfe\xff\x80\x81", "damaged"),
    # Pictures that claim to be too large to hold.
    ("x.png", huge_png(20_000), "pixels"),
    ("x.png", huge_png(60_000), "pixels"),
    # Two files in one.
    ("x.pdf", PDF + packed({"a.html": HTML}) + b"\nstartxref\n27\n%%EOF", "hidden"),
    ("x.docx", b"MZ" + packed(DOCX), "hidden"),
    ("x.txt", SVG, "hidden"),
    ("x.csv", HTML, "hidden"),
    # Bombs.
    ("x.docx", packed(DOCX | {"word/a.bin": b"\0" * 30_000_000}), "bomb"),
    ("x.docx", packed(DOCX | {f"word/{n}.bin": b"" for n in range(2_001)}), "bomb"),
    ("x.docx", bytes(LYING), "damaged"),
    # Entities, macros, what runs when it is opened.
    ("x.docx", packed(DOCX | {"word/document.xml": XXE}), "hidden"),
    ("x.xlsx", packed({"xl/workbook.xml": XXE}), "hidden"),
    ("x.docx", packed(DOCX | {"word/vbaProject.bin": b"a"}), "macros"),
    ("x.pdf", PDF.replace(b"<<>>endobj", b"<</S/JavaScript/JS(app.alert(1))>>endobj"), "macros"),
    ("x.pdf", PDF.replace(b"<<>>endobj", b"<</S/Launch/F(cmd.exe)>>endobj"), "macros"),
]


def test_the_corpus_is_large_enough():
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name, data, code", HOSTILE, ids=[f"{n}-{one[0]}" for n, one in enumerate(HOSTILE)])
def test_hostile_files_are_refused_with_the_reason(name: str, data: bytes, code: str):
    with pytest.raises(RefusedFile) as refused:
        accept(name, data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "name, data, media_type",
    [
        ("报告.pdf", PDF, "application/pdf"),
        ("a.PNG", picture("PNG"), "image/jpeg"),
        ("a.webp", picture("WEBP"), "image/jpeg"),
        ("a.xlsx", workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (
            "a.docx",
            packed(DOCX),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("说明.txt", "电费说明".encode("gb18030"), "text/plain"),
        ("a.csv", "户号,电量\n1,2\n".encode(), "text/csv"),
    ],
)
def test_papers_that_customers_send_are_accepted(name: str, data: bytes, media_type: str):
    found = accept(name, data)
    assert isinstance(found, Accepted)
    assert found.media_type == media_type


def test_a_picture_is_encoded_anew_without_its_place():
    exif = Image.Exif()
    exif[0x010F] = "maker 13800005678"
    found = accept("a.jpg", picture("JPEG", exif=exif.tobytes()))
    assert b"13800005678" not in found.data
    # What was appended behind the picture is gone too.
    assert b"<script>" not in accept("a.jpg", picture("JPEG") + b"<script>").data


@pytest.mark.parametrize(
    "name, shown",
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\a.pdf", "a.pdf"),
        ("C:\\a\\b.pdf", "b.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("  a  b .pdf", "a b .pdf"),
        ("合同.pdf", "合同.pdf"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_only_ever_text(name: str, shown: str):
    assert shown_name(name) == shown
