"""Text to domain types for credit's pages."""
