"""The local monitoring."""
