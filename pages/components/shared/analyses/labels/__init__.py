"""Labels that look wrong, and what a person does about them."""
