"""Bounded pages with counts that stop counting: a list costs what is looked at, not what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from kam.lib.typed import whole

CAP = 10_000
SIZE = 50
LAST = 200  # nobody reads page 201; filters are the way there


@dataclass(frozen=True)
class Page:
    """One page of a list. `count` stops at `CAP`; `capped` tells that there are more."""

    rows: Sequence[Any]
    number: int
    count: int
    capped: bool
    size: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        more = self.number * self.size < self.count
        return self.number + 1 if more and self.number < LAST else None

    @property
    def count_text(self) -> str:
        return f"{CAP:,}+" if self.capped else f"{self.count:,}"

    @property
    def shown(self) -> str:
        if not self.rows:
            return ""
        first = (self.number - 1) * self.size + 1
        return _("%(first)s–%(last)s of %(count)s") % {
            "first": f"{first:,}",
            "last": f"{first + len(self.rows) - 1:,}",
            "count": self.count_text,
        }


def page_of(queryset: "models.QuerySet[Any]", number: str | int | None, *, size: int = SIZE) -> Page:
    """Return page `number` (1-based; nonsense is page 1) with two queries: the capped count and the rows."""
    wanted = min(max(whole(number) or 1, 1), LAST)
    count = queryset.order_by()[: CAP + 1].count()
    pages = max(-(-min(count, CAP) // size), 1)
    wanted = min(wanted, max(pages, 1))
    rows = list(queryset[(wanted - 1) * size : wanted * size])
    return Page(rows, wanted, min(count, CAP), count > CAP, size)
