"""Options to SVG: ECharts in an embedded V8, one context per process."""

import atexit
import json
import os
import re
import threading
from pathlib import Path

from py_mini_racer import JSEvalException, JSTimeoutException, MiniRacer

from kam.lib.charts import heatmap
from kam.lib.charts.look import Option

ROOT = Path(__file__).resolve().parents[3]
ECHARTS_PATHS = (
    ROOT / "build/static/vendor/echarts/echarts.min.js",
    ROOT / "node_modules/echarts/dist/echarts.min.js",
)
DRAW_SECONDS = 10

_DRAW = """
var draw = function (option, width, height) {
  var chart = echarts.init(null, null, {renderer: 'svg', ssr: true, width: width, height: height});
  try { chart.setOption(JSON.parse(option)); return chart.renderToSVGString(); } finally { chart.dispose(); }
};
"""
# Classes carry a growing number (drawings would differ between runs) and cost the PDF a style lookup per node.
_NOISE = re.compile(r'\s(?:class|pointer-events)="[^"]*"|<style\b[^>]*>.*?</style>|\sxmlns:xlink="[^"]*"', re.DOTALL)
_NUMBERED = re.compile(r"\bzr\d+-")
_LONG_FRACTION = re.compile(r"(?<=[\d]\.\d\d)\d+")


class ChartFailed(Exception):
    """The chart could not be drawn; the text says why."""


def svg(option: Option, width: int, height: int) -> str:
    """Return `option` drawn as SVG, `width` × `height` CSS pixels. Same option, same text.

    Raises `ChartFailed` when ECharts refuses the option, takes too long, or is not installed.
    """
    if heatmap.OWN in option:
        return heatmap.draw(option[heatmap.OWN], width, height)
    text = json.dumps(option, ensure_ascii=False, allow_nan=False)
    with _lock:
        try:
            drawn = _context().call("draw", text, width, height, timeout_sec=DRAW_SECONDS)
        except JSTimeoutException as error:
            raise ChartFailed("took too long") from error
        except JSEvalException as error:
            raise ChartFailed(str(error)[:300]) from error
    return _LONG_FRACTION.sub("", _NUMBERED.sub("zr-", _NOISE.sub("", str(drawn))))


def close() -> None:
    """Close this process's context; the next chart opens another."""
    global _open
    context, _open = _open, None
    if context is not None:
        context.close()


_lock = threading.Lock()
_open: MiniRacer | None = None
_orphans: list[MiniRacer] = []


def _context() -> MiniRacer:
    global _open
    if _open is None:
        source = next((path for path in ECHARTS_PATHS if path.exists()), None)
        if source is None:
            raise ChartFailed("echarts.min.js is not installed; run make setup")
        context = MiniRacer()
        context.eval("var process = {env: {}};")
        context.eval(source.read_text(encoding="utf-8"))
        context.eval(_DRAW)
        _open = context
    return _open


def _after_fork() -> None:
    # The threads of V8 are not in the child: touching or freeing the parent's context would wait for ever.
    global _open, _lock
    _lock = threading.Lock()
    context, _open = _open, None
    if context is not None:
        _orphans.append(context)


# A context left open has hung the interpreter's exit.
atexit.register(close)
os.register_at_fork(after_in_child=_after_fork)
