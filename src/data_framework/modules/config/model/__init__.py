"""The models of everything a project may write: frozen, and strict about keys."""
