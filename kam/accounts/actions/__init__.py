"""What staff do to key accounts: one module per subject."""

from kam.accounts.actions.search_index import reindex

__all__ = ["reindex"]
