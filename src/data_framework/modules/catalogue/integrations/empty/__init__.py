"""A catalogue without tables."""
