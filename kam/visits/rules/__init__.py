"""Visits in plain Python: how they are counted, their life, what to do next."""
