"""Pages of outage planning and reliability."""
