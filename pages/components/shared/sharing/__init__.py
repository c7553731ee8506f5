"""Sharing with the others of a server: the switch of an owner, and what others find and copy."""
