"""The built-in stages: one ProcessingCoordinator for each process."""
