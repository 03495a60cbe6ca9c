"""What judges: the rules engine and the file validator."""
