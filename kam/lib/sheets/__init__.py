"""Tables out to people's spreadsheets, and in from them (SYS-5)."""

from kam.lib.sheets.reading import Table, UnreadableTable, read_table
from kam.lib.sheets.words import unreadable_words
from kam.lib.sheets.writing import Column, safe_text, write_csv, write_xlsx

__all__ = [
    "Column",
    "Table",
    "UnreadableTable",
    "read_table",
    "safe_text",
    "unreadable_words",
    "write_csv",
    "write_xlsx",
]
