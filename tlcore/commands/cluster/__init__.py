"""The side of a run that works inside a Ray cluster: its driver on the head, its worker on any machine."""
