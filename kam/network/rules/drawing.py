"""Where the parts of a single-line picture (单线图) stand; plain figures, a template turns them into SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

INDENT, ROW, TOP, LEFT, WIDTH = 36, 34, 30, 24, 760
MOST_ROWS = 120  # a picture longer than this is read as a list


@dataclass(frozen=True)
class Hanging:
    """A line with its branches and the labels of what takes supply from it directly."""

    line_id: int
    label: str
    points: tuple[tuple[str, str], ...] = ()  # key of the point, its label
    branches: tuple[Hanging, ...] = ()


@dataclass(frozen=True)
class Row:
    """One line or supply point; its stroke begins at `x`, `y` and leaves what feeds it at `bus_x`, `bus_y`."""

    kind: str  # "line" or "point"
    key: str
    label: str
    depth: int
    x: int
    y: int
    bus_x: int
    bus_y: int
    end_x: int  # of the line's own stroke

    @property
    def text_x(self) -> int:
        return self.x + (INDENT + 8 if self.kind == "point" else 8)

    @property
    def text_y(self) -> int:
        return self.y + (4 if self.kind == "point" else -5)

    @property
    def switch_x(self) -> int:
        return self.x + INDENT // 2


@dataclass(frozen=True)
class Picture:
    """Rows top to bottom and the size of the drawing. `left_out`: rows that did not fit."""

    rows: tuple[Row, ...]
    height: int
    left_out: int
    width: int = WIDTH


def picture(root: Hanging) -> Picture:
    """Lay a line out with all that hangs on it: the line across, points below it, each branch one step to the right."""
    rows: list[Row] = []

    def place(one: Hanging, depth: int, bus: tuple[int, int]) -> None:
        x, y = LEFT + depth * INDENT, TOP + len(rows) * ROW
        rows.append(Row("line", str(one.line_id), one.label, depth, x, y, bus[0], bus[1], WIDTH - LEFT))
        for key, label in one.points:
            at = TOP + len(rows) * ROW
            rows.append(Row("point", key, label, depth, x + INDENT // 2, at, x + INDENT // 2, y, 0))
        for branch in one.branches:
            place(branch, depth + 1, (x + INDENT // 2, y))

    place(root, 0, (LEFT, TOP))
    shown = tuple(rows[:MOST_ROWS])
    return Picture(shown, TOP + len(shown) * ROW, len(rows) - len(shown))


def hanging(
    root: int,
    *,
    branches: Mapping[int, Sequence[int]],
    labels: Mapping[int, str],
    points: Mapping[int, Sequence[tuple[str, str]]],
) -> Hanging:
    """Return the tree below line `root`; a line that occurs again (a ring by mistake) is not followed again."""
    seen: set[int] = set()

    def tree(line: int) -> Hanging:
        seen.add(line)
        below = tuple(tree(branch) for branch in branches.get(line, ()) if branch not in seen)
        return Hanging(line, labels.get(line, ""), tuple(points.get(line, ())), below)

    return tree(root)
