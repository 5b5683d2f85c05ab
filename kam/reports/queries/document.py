"""A report as PDF (A4, Chinese or English) and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from kam.accounts.models import Account
from kam.core.queries import company_name
from kam.lib import charts, pdf, sheets
from kam.reports.queries import charts as report_charts
from kam.reports.queries.energy import EnergyFigures, period_profile
from kam.reports.queries.words import headlines

# Width and height in CSS pixels; the page is 174 mm wide inside its margins, which is 658 px.
SIZE = (658, 200)
SIZE = (658, 200)
SIZES = {
    **{"load": (658, 220), "calendar": (658, 150), "compare": (658, 210), "bands": (658, 220)},
    **{"duration": (322, 210), "typical": (322, 210)},  # two beside each other
}


def pdf_of(account: Account, figures: EnergyFigures, *, language: str, version: int, at: datetime) -> bytes:
    """Return the PDF of the figures. Raises `kam.lib.pdf.RenderFailed`, `kam.lib.charts.ChartFailed`."""
    facts = figures.as_json()
    with override(language):
        profile = period_profile(
            account, date.fromisoformat(figures.period_from), date.fromisoformat(figures.period_until)
        )
        options = report_charts.of_figures(facts, lang=language, target="pdf")
        options |= report_charts.of_profile(profile, facts, lang=language, target="pdf")
        drawn = {name: charts.svg(option, *(SIZES.get(name, SIZE))) for name, option in options.items()}
        title = _("Energy-use analysis report") + f" · {account.name}"
        html = render_to_string(
            "reports/energy_pdf.html",
            {
                "account": account,
                "f": facts,
                "charts": drawn,
                "headlines": headlines(facts),
                "version": version,
                "written_at": at,
                "company": company_name(),
                "band_names": report_charts.band_labels(),
                "lang": language,
            },
        )
        return pdf.render_in_child(html, css=_css(), charts=drawn, title=title, lang=language)


@lru_cache(maxsize=1)
def _css() -> str:
    return (Path(settings.BASE_DIR) / "templates" / "reports" / "energy_pdf.css").read_text(encoding="utf-8")


def xlsx_of(figures: dict[str, Any], file: BinaryIO, *, language: str) -> None:
    """Write the figures as a workbook: one row a month, then the period."""
    with override(language):
        columns = [
            sheets.Column("month", _("month"), "text"),
            sheets.Column("energy_kwh", _("energy, kWh"), "number"),
            *(
                sheets.Column(f"band_{band}", f"{name}, kWh", "number")
                for band, name in report_charts.band_labels().items()
            ),
            sheets.Column("max_demand_kw", _("maximum demand, kW"), "number"),
            sheets.Column("max_demand_at", _("at"), "text"),
            sheets.Column("max_demand_15min_kw", _("maximum demand on 15 min, kW"), "number"),
            sheets.Column("load_factor", _("load factor"), "number"),
            sheets.Column("kvarh_lag", _("lagging reactive energy, kvarh"), "number"),
            sheets.Column("kvarh_lead", _("leading reactive energy, kvarh"), "number"),
            sheets.Column("power_factor", _("power factor"), "number"),
            sheets.Column("power_factor_billed", _("power factor billed"), "number"),
            sheets.Column("pf_adjustment_percent", _("power-factor adjustment, %"), "number"),
            sheets.Column("energy_cost_yuan", _("energy cost, yuan"), "number"),
            sheets.Column("average_price_yuan", _("average price, yuan/kWh"), "number"),
            sheets.Column("completeness", _("completeness"), "number"),
            sheets.Column("estimated_share", _("estimated share"), "number"),
        ]
        sheets.write_xlsx(file, columns, _rows(figures, [column.key for column in columns]))


def _rows(figures: dict[str, Any], keys: list[str]) -> Iterator[list[Any]]:
    whole = {**figures, "month": f"{figures['period_from']} – {figures['period_until']}"}
    for month in [*figures["months"], whole]:
        flat = {**month, **{f"band_{band}": kwh for band, kwh in month["bands"].items()}}
        yield [flat.get(key) for key in keys]
