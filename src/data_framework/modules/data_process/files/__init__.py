"""Landed files as text: archives, encodings, CSV dialects and records, JSON. Shared by landing and by both engines."""
