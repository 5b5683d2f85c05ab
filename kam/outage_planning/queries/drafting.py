"""What a planner chooses from: lines in the order in which they hang together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from kam.network.models import Line, Substation


@dataclass(frozen=True)
class Choice:
    """A line to choose, with how deep it hangs below the substation."""

    line: Line
    depth: int
    chosen: bool


@dataclass
class Group:
    """A substation with its lines; `substation` None: lines that leave none within the reader's reach."""

    substation: Substation | None
    chosen: bool = False
    choices: list[Choice] = field(default_factory=list)


def line_groups(
    substations: Collection[Substation], lines: Collection[Line], chosen_substations: set[int], chosen_lines: set[int]
) -> list[Group]:
    """Return the lines under their substations, branches behind what they branch off."""
    below: dict[int | None, list[Line]] = defaultdict(list)
    known = {line.pk for line in lines}
    for line in lines:
        below[line.parent_id if line.parent_id in known else None].append(line)
    groups = {row.pk: Group(row, row.pk in chosen_substations) for row in substations}
    others = Group(None)

    def put(group: Group, line: Line, depth: int, seen: frozenset[int]) -> None:
        group.choices.append(Choice(line, min(depth, 3), line.pk in chosen_lines))
        for branch in below[line.pk]:
            if branch.pk not in seen:
                put(group, branch, depth + 1, seen | {line.pk})

    for root in below[None]:
        group = groups.get(root.substation_id, others) if root.substation_id else others
        put(group, root, 1, frozenset())
    return [group for group in [*groups.values(), others] if group.choices]
