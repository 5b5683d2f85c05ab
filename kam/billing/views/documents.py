"""The statement of an account as PDF and as a workbook."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from kam.billing.queries.statement import Statement
from kam.billing.templatetags.money import entry_kind_words, entry_subject
from kam.core.queries import company_name
from kam.lib import pdf
from kam.lib.sheets import Column, write_xlsx


def statement_pdf(found: Statement, *, language: str, at: datetime) -> bytes:
    """Return the statement as PDF (A4). Raises `kam.lib.pdf.RenderFailed`."""
    with override(language):
        title = _("Statement of account") + f" · {found.account.name}"
        html = render_to_string(
            "billing/statement_pdf.html", {"found": found, "company": company_name(), "written_at": at}
        )
        return pdf.render_in_child(html, css=_css(), title=title, lang=language)


@lru_cache(maxsize=1)
def _css() -> str:
    return (Path(settings.BASE_DIR) / "templates" / "billing" / "statement_pdf.css").read_text(encoding="utf-8")


def statement_xlsx(found: Statement, file: BinaryIO) -> int:
    """Write the statement's lines as a workbook; the opening and the closing balance are lines of their own."""
    columns = [
        Column("on", _("day"), "date"),
        Column("what", _("what")),
        Column("number", _("number")),
        Column("debit", _("billed, yuan"), "number"),
        Column("credit", _("paid, yuan"), "number"),
        Column("balance", _("balance, yuan"), "number"),
    ]
    rows: list[list[object]] = [[found.days_from, _("opening balance"), "", None, None, found.opening]]
    for entry in found.entries:
        plus, minus = (entry.yuan, None) if entry.yuan >= 0 else (None, -entry.yuan)
        rows.append([entry.on, entry_kind_words(entry.kind), entry_subject(entry), plus, minus, entry.balance])
    rows.append([found.days_until, _("closing balance"), "", None, None, found.closing])
    return write_xlsx(file, columns, rows, title=_("Statement of account"))
