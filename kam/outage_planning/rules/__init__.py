"""Deadlines, guards, conflicts, windows and reliability indices: plain Python."""
