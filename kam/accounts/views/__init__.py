"""Pages of key accounts, one module per page."""
