"""Monitorings, each named in the table of `core_monitoring`."""
