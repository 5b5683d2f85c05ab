"""Questions to key accounts: one module per subject."""
