"""What staff, customers and other systems do to requests: one module per subject."""
