"""The demonstration company: everything in it is made up, and the same on every machine."""
