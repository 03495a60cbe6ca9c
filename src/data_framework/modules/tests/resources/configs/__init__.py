"""Configurations these tests read."""
