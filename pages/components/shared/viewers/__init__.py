"""Examples seen one by one, in a dialog or a preview."""
