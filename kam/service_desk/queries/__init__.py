"""Questions to the service desk: one module per subject."""
