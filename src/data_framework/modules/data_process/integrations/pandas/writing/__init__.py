"""What a publish does to the table, by write mode, in one commit."""
