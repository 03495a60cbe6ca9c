"""What these tests read."""
