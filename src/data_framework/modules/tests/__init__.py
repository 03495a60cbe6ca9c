"""Tests that are shipped with the package."""
