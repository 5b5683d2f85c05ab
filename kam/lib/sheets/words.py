"""Why a table could not be read, in words for who sent it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from kam.lib.sheets.reading import UnreadableTable

WORDS: dict[str, Promise] = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy("The file is larger than 200 MB. Send it in parts."),
    "old_excel": gettext_lazy(
        "This is an old Excel file or a workbook with a password. Save it as XLSX without a password."
    ),
    "encrypted": gettext_lazy("The workbook is locked with a password. Save it without one."),
    "macros": gettext_lazy("The workbook holds macros. Save it as XLSX without macros."),
    "damaged": gettext_lazy("The file is damaged and cannot be read to its end. Save it anew and send it again."),
    "binary": gettext_lazy("This is neither CSV nor a workbook. Save the table as CSV in UTF-8 or as XLSX."),
    "unknown_encoding": gettext_lazy("The file's encoding is neither UTF-8 nor GB18030. Save it as CSV in UTF-8."),
    "bomb": gettext_lazy("The workbook unpacks to more than can be taken in. Send it in parts."),
    "bad_quotes": gettext_lazy("A quotation mark in line %(detail)s is not closed. Close it or take it out."),
}


def unreadable_words(problem: UnreadableTable) -> str:
    """Say what is wrong with the file as a whole, and what to do."""
    return str(WORDS[problem.code]) % {"detail": problem.detail}
