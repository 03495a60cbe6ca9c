"""Helpers that more than one module needs."""
