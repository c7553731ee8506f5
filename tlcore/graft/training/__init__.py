"""Training: the frozen part computed once, then phases of a plain loop."""
