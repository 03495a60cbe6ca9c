"""Storages, each named in the table of `core_storage`."""
