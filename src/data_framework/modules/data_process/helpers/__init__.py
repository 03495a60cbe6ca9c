"""What both engines share: which text fits which type, and struct text of other systems as JSON."""
