"""The room of the transformations of Spark."""
