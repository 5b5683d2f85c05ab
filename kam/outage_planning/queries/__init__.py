"""Questions to outages, to what they do, and to reliability."""
