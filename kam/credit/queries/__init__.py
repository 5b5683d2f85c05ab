"""Questions to credit's tables, by subject."""
