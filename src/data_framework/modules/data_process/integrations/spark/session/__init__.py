"""Spark itself: its Java, its libraries, its settings, its sessions."""
