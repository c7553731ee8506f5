"""Entries on every page: delete them, bring them back, put aside those that cannot be read."""
