"""What is the engine's own in a plan's SQL: casts, words, functions."""
