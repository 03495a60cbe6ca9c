"""Apache Iceberg on one machine: names in SQLite, tables in folders."""
