"""The tiers as two pages for the board, and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from kam.credit.queries.charts import cash_chart, trend_chart
from kam.credit.queries.tiers import TiersPage
from kam.lib import charts, pdf, sheets

# Width and height in CSS pixels; the page is 174 mm wide inside its margins, which is 658 px.
SIZE = (658, 190)


def pdf_of(page: TiersPage, *, scope: str, language: str, at: datetime) -> bytes:
    """Return the PDF. Raises `kam.lib.pdf.RenderFailed`, `kam.lib.charts.ChartFailed`."""
    with override(language):
        options = {
            "trend": trend_chart(page, lang=language, target="pdf"),
            "cash": cash_chart(page.weeks, lang=language, target="pdf"),
        }
        drawn = {name: charts.svg(option, *SIZE) for name, option in options.items() if option is not None}
        html = render_to_string(
            "credit/tiers_pdf.html",
            {"page": page, "scope": scope, "charts": drawn, "written_at": at, "company": settings.COMPANY_NAME},
        )
        title = _("Credit tiers") + f" · {page.as_of}"
        return pdf.render_in_child(html, css=_css(), charts=drawn, title=title, lang=language)


@lru_cache(maxsize=1)
def _css() -> str:
    folder = Path(settings.BASE_DIR) / "templates"
    common = (folder / "reports" / "energy_pdf.css").read_text(encoding="utf-8")
    return common + (folder / "credit" / "tiers_pdf.css").read_text(encoding="utf-8")


def xlsx_of(page: TiersPage, file: BinaryIO, *, language: str) -> None:
    """Write the tiers, then units, sections and managers, one row each."""
    with override(language):
        columns = [
            sheets.Column("what", _("what")),
            sheets.Column("name", _("name")),
            sheets.Column("accounts", _("accounts"), "integer"),
            sheets.Column("receivable", _("receivable"), "number"),
            sheets.Column("overdue", _("overdue"), "number"),
            sheets.Column("sales", _("sales of twelve months"), "number"),
            *(sheets.Column(f"grade_{grade}", grade or _("none"), "integer") for grade in page.grades),
        ]
        sheets.write_xlsx(file, columns, _rows(page), title=_("Credit tiers"))


def _rows(page: TiersPage) -> Iterator[list[Any]]:
    for one in page.tiers:
        counts = [one.accounts if grade == one.grade else None for grade in page.grades]
        yield [_("Grade"), one.grade or _("none"), one.accounts, one.receivable, one.overdue, one.sales, *counts]
    for label, parts in ((_("Unit"), page.units), (_("Industry"), page.sections), (_("Manager"), page.managers)):
        for part in parts:
            counts = [part.by_grade.get(grade, 0) for grade in page.grades]
            yield [label, part.name, part.accounts, part.receivable, part.overdue, None, *counts]
