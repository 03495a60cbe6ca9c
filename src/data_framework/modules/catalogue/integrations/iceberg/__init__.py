"""Apache Iceberg wherever its files and names lie: what the catalogues of one machine and of AWS share."""
