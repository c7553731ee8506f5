"""Labels that look wrong in a run, and training again without them."""
