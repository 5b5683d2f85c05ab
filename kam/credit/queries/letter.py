"""The letter to the administration as PDF: its words are frozen in the message that brings it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from kam.core.queries import company_name
from kam.credit.models import SupplyLetter
from kam.lib import pdf


def letter_pdf(letter: SupplyLetter) -> bytes:
    """Return the letter as PDF (A4). Raises `kam.lib.pdf.RenderFailed`."""
    message = letter.message
    with override(message.language):
        html = render_to_string("credit/letter_pdf.html", {"letter": letter, "company": company_name()})
        return pdf.render_in_child(html, css=_css(), title=f"{letter.number} {message.subject}", lang=message.language)


@lru_cache(maxsize=1)
def _css() -> str:
    return (Path(settings.BASE_DIR) / "templates" / "credit" / "letter_pdf.css").read_text(encoding="utf-8")
