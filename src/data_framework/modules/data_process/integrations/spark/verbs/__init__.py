"""The verbs on frames and tables, as users call them."""
