"""Ratios of the framework to DuckDB alone, in one run: `python -m benchmarks`."""
