"""Credit's pages."""
