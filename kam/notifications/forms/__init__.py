"""Forms of the message pages, by subject."""
