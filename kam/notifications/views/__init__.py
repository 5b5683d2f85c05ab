"""Pages of messages, by subject."""
