"""Run stores, each named in the table of `core_state`."""
