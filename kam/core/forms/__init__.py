"""Core's forms, by subject."""
