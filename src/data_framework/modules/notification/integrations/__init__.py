"""Channels of messages, each named in the table of `core_notifications`."""
