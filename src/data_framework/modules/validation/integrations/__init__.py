"""The rules engine of this framework, and the controls of files."""
