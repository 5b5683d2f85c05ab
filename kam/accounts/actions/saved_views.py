"""Lists as a person likes to see them."""

from kam.accounts.queries.choices import PAGE
from kam.core.models import SavedView, User

MOST = 30


class TooManyViews(Exception):
    """The person has as many views as one list can offer."""


def save_view(*, by: User, name: str, query: str) -> SavedView:
    """Keep `query` (a query string) under `name`; the same name is written over. Raises `TooManyViews`."""
    own = SavedView.objects.filter(user=by, page=PAGE)
    if own.exclude(name=name).count() >= MOST:
        raise TooManyViews
    return SavedView.objects.update_or_create(user=by, page=PAGE, name=name, defaults={"query": query})[0]


def drop_view(*, by: User, pk: int) -> bool:
    """Take a view of one's own away; False where there is none."""
    return bool(SavedView.objects.filter(user=by, page=PAGE, pk=pk).delete()[0])
