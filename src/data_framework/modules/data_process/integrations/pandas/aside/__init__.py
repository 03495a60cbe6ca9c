"""Rows set aside: into the quarantine, and marked there."""
