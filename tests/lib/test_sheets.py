"""Tables out and in: nothing evaluated, nothing lost, harm refused (SYS-5, RELIABILITY 3.5)."""

import csv
import inspect
import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam.lib.sheets import (
    Column,
    UnreadableTable,
    read_table,
    reading,
    safe_text,
    unreadable_words,
    write_csv,
    write_xlsx,
)
from kam.lib.sheets.words import WORDS

COLUMNS = [Column("a", "户号"), Column("b", "电量", "number"), Column("c", "日期", "date")]
PROBES = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "|calc", "%0A", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "＠x"),
    *("\0=1", "\ufeff=1", "\u3000=1", "\x0b=1", "\x01"),
]


def csv_of(columns, rows) -> list[list[str]]:
    file = io.BytesIO()
    write_csv(file, columns, rows)
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))


def book_of(columns, rows):
    file = io.BytesIO()
    write_xlsx(file, columns, rows)
    file.seek(0)
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    return sheet


@pytest.mark.parametrize("text", PROBES)
def test_a_text_that_looks_like_a_formula_is_text(text):
    assert safe_text(text).startswith("'")
    assert csv_of([Column("a", "a")], [[text]])[1][0].startswith("'")
    sheet = book_of([Column("a", "a"), Column("b", "b")], [[text, "x"]])
    assert sheet.cell(2, 1).data_type in ("s", "n")
    assert sheet.cell(2, 1).data_type != "f"


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_no_text_becomes_a_formula(texts):
    columns = [Column("a", "a"), Column("n", "n", "integer")]
    sheet = book_of(columns, [[text, number] for number, text in enumerate(texts)])
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    for row, text in zip(csv_of(columns, [[text, 1] for text in texts])[1:], texts, strict=True):
        assert row[0] == safe_text(text)


def test_numbers_and_dates_keep_their_type():
    sheet = book_of(COLUMNS, [["0012", Decimal("-12.50"), date(2026, 7, 3)], ["+86 138", None, None]])
    assert [sheet.cell(2, 1).value, sheet.cell(2, 2).value] == ["0012", -12.5]
    assert sheet.cell(2, 3).is_date
    assert sheet.cell(3, 1).value == "+86 138"
    assert csv_of(COLUMNS, [["0012", Decimal("-12.50"), date(2026, 7, 3)]])[1] == ["0012", "-12.50", "2026-07-03"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_text_table_is_read_in_its_encoding_and_with_its_separator(tmp_path, encoding, separator):
    file = tmp_path / "t.csv"
    file.write_bytes(f"户号{separator}户名\r\n1{separator}㛃记\r\n\r\n2{separator}\r\n".encode(encoding))
    table = read_table(file)
    assert table.header == ["户号", "户名"]
    assert list(table.rows) == [(2, ["1", "㛃记"]), (4, ["2", ""])]


def test_a_workbook_is_read_as_people_see_it(tmp_path):
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["户号", "容量", "日期", "连续"])
    book.active.append([3200001.0, 12.5, date(2026, 7, 3), True])
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.kind == "xlsx"
    assert list(table.rows) == [(2, ["3200001", "12.5", "2026-07-03", "1"])]


def test_what_could_do_harm_is_refused(tmp_path):
    def code(data: bytes) -> str:
        (tmp_path / "x").write_bytes(data)
        with pytest.raises(UnreadableTable) as refused:
            list(read_table(tmp_path / "x").rows)
        return refused.value.code

    def archive(names: dict[str, bytes]) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in names.items():
                packed.writestr(name, data)
        return file.getvalue()

    assert code(b"") == "empty"
    assert code(b"\r\n\r\n") == "empty"
    assert code(b"\xd0\xcf\x11\xe0" + bytes(64)) == "old_excel"
    assert code(b"a,b\n\0\0\n") == "binary"
    assert code(b"\x81\xff\xff") == "unknown_encoding"
    assert code(archive({"readme.txt": b"x"})) == "binary"
    assert code(archive({"xl/workbook.xml": b"x", "xl/vbaProject.bin": b"x"})) == "macros"
    assert code(archive({"xl/workbook.xml": b"x", "xl/worksheets/sheet1.xml": bytes(80 << 20)})) == "bomb"
    assert code(archive({"xl/workbook.xml": b"<x"})) == "damaged"
    assert code(archive({"xl/workbook.xml": b"x"})[:40]) == "damaged"


@pytest.mark.parametrize(
    ("text", "line"),
    [('a,b\n1,"x\n2,y\n3,z\n', "2"), ('a,b\n1,x\n2,"y', "3"), ('a,b\n1,"x\ny"\n2,"z\n', "4")],
)
def test_a_quotation_mark_left_open_takes_no_rows_along(tmp_path, text, line):
    path = tmp_path / "open.csv"
    path.write_text(text)
    with pytest.raises(UnreadableTable) as refused:
        list(read_table(path).rows)
    assert (refused.value.code, refused.value.detail) == ("bad_quotes", line)


def test_quotation_marks_that_stand_for_themselves_are_read(tmp_path):
    path = tmp_path / "inches.csv"
    path.write_text('a,b\n5" pipe,x\n"said ""so""","two\nlines"\n')
    assert [cells for _line, cells in read_table(path).rows] == [['5" pipe', "x"], ['said "so"', "two\nlines"]]


def test_every_refusal_has_words():
    codes = re.findall(r'UnreadableTable\("([a-z_]+)"', inspect.getsource(reading))
    assert set(codes) == set(WORDS)
    assert "7" in unreadable_words(UnreadableTable("bad_quotes", "7"))
