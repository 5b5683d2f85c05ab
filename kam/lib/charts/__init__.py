"""Charts: ECharts options built here as plain data, the same for the page and the PDF, and the SVG drawn from them.

Every chart is one function `(data..., *, labels, lang, target)` that returns an option: a JSON-able dict, formatters
only strings. `labels` carries every word, already translated (lib knows no gettext); each function names its keys.
`target` is "web" (tooltips, zoom) or "pdf" (no animation, thinned, drawn by `svg`).
"""

from kam.lib.charts.comparisons import bands_by_month, demand_against_contract, energy_compare, power_factor
from kam.lib.charts.curves import TypicalDay, duration_curve, load_curve, sparkline, typical_days
from kam.lib.charts.drawing import ChartFailed, svg
from kam.lib.charts.heatmap import calendar_heatmap, day_hour_heatmap
from kam.lib.charts.look import ACCENT, BAND_COLORS, Labels, Option, Target

__all__ = [
    "ACCENT",
    "BAND_COLORS",
    "ChartFailed",
    "Labels",
    "Option",
    "Target",
    "TypicalDay",
    "bands_by_month",
    "calendar_heatmap",
    "day_hour_heatmap",
    "demand_against_contract",
    "duration_curve",
    "energy_compare",
    "load_curve",
    "power_factor",
    "sparkline",
    "svg",
    "typical_days",
]
