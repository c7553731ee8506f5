"""Labels that look wrong, and training again without them."""
