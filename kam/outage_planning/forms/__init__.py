"""Text to what actions and queries take."""
