"""The room of the engine for Spark, which is not part of this version."""
