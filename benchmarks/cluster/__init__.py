"""Runs on a Ray cluster when parts of it die."""
