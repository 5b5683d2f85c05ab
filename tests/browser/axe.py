"""axe-core on a page: what it finds against WCAG 2.2 AA and good practice, one line each."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """tags => axe.run(document, {runOnly: tags, resultTypes: ["violations"]}).then(found => found.violations.map(
  rule => ({id: rule.id, nodes: rule.nodes.map(
    node => node.html.slice(0, 160) + " -- " + node.any.concat(node.all, node.none).map(c => c.message)[0])})))"""


@cache
def _source() -> str:
    return f"{SOURCE.read_text(encoding='utf-8')}\n;undefined"


def faults(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands, and whether a narrow page must be pushed sideways."""
    page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(RUN, TAGS)
    told = [f"{rule['id']}: {rule['nodes'][0]} ({len(rule['nodes'])} times)" for rule in found]
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > window:
        told.append(f"{wide} px wide in a window of {window} px: {page.evaluate(WIDEST)}")
    return told


# Names the deepest elements that reach over the right edge and are not inside something that scrolls by itself.
WIDEST = """() => [...document.querySelectorAll("body *")].filter(e => {
  if (e.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let p = e.parentElement; p; p = p.parentElement)
    if (["auto", "scroll", "hidden"].includes(getComputedStyle(p).overflowX) && p !== document.body) return false;
  return true;
}).slice(-3).map(e => e.outerHTML.slice(0, 120)).join(" | ")"""
