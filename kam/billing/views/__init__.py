"""Pages of billing, by subject."""
