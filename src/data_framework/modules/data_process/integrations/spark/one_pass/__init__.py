"""One pass over the rows: where they come from, text, casts, rules, keys, and what it found."""
