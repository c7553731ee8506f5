"""Engines that run the frozen part, and the choice of the fastest."""
