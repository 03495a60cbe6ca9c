"""The engine of many machines: Spark with Iceberg, the same answers as the engine of one machine."""
