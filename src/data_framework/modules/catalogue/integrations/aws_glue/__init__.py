"""Apache Iceberg on AWS: names in Glue, tables in the buckets of their layers."""
