"""The engine of one machine: DuckDB inside, pandas at the surface."""
